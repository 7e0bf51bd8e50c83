/** Host patterns of rules, listeners and routes: an exact name, a wildcard (`*.`), or empty for every host. */

/** Whether `host` matches. `depth`: how many labels the wildcard covers, one for Ingresses and any number for Gateways. */
export function fitsHost(pattern: string, host: string, depth: "one" | "any"): boolean {
  if (pattern === "" || pattern === host) return true;
  if (!pattern.startsWith("*.") || !host.endsWith(pattern.slice(1))) return false;
  const star = host.slice(0, host.length - pattern.length + 1);
  return star !== "" && (depth === "any" || !star.includes("."));
}

/** Exact names rank above wildcards, long ones above short ones, and the empty pattern last. */
export function hostRank(pattern: string): number {
  return (pattern.startsWith("*.") || pattern === "" ? 0 : 1000) + pattern.length;
}

/** The hosts that a listener and a route have in common. A route without host names takes the listener's. */
export function commonHosts(listener: string, routes: readonly string[]): readonly string[] {
  if (routes.length === 0) return [listener];
  return routes.flatMap((route) => {
    if (listener === "" || fitsHost(listener, route, "any")) return [route];
    return route.startsWith("*.") && fitsHost(route, listener, "any") ? [listener] : [];
  });
}
