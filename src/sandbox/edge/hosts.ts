/** Host names of rules, listeners and routes: exact, `*.` for what is below, or none for every host. */

/** Whether a request for `host` fits. `depth`: how many labels a star stands for; Ingresses say one, Gateways any. */
export function fitsHost(pattern: string, host: string, depth: "one" | "any"): boolean {
  if (pattern === "" || pattern === host) return true;
  if (!pattern.startsWith("*.") || !host.endsWith(pattern.slice(1))) return false;
  const star = host.slice(0, host.length - pattern.length + 1);
  return star !== "" && (depth === "any" || !star.includes("."));
}

/** Exact names before wildcards, long ones before short ones, no name last. */
export function hostRank(pattern: string): number {
  return (pattern.startsWith("*.") || pattern === "" ? 0 : 1000) + pattern.length;
}

/** What a listener and a route have in common; a route that names no host takes the listener's. Empty: nothing. */
export function commonHosts(listener: string, routes: readonly string[]): readonly string[] {
  if (routes.length === 0) return [listener];
  return routes.flatMap((route) => {
    if (listener === "" || fitsHost(listener, route, "any")) return [route];
    return route.startsWith("*.") && fitsHost(route, listener, "any") ? [listener] : [];
  });
}
