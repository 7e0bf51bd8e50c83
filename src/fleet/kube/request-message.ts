/** Path and headers of a request to an API server, and what is said when it is not answered. */

export type QueryParameters = Readonly<Record<string, string | number | boolean | undefined>>;
type HeaderOptions = {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string | undefined;
  readonly ifNoneMatch?: string;
};

/** With the prefix of the server's URL. */
export function pathOf(server: URL, path: string, parameters: QueryParameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) query.set(name, String(value));
  const prefix = server.pathname.replace(/\/+$/, "");
  return prefix + path + (query.size === 0 ? "" : `?${query.toString()}`);
}

export function contentHeaders(options: HeaderOptions): readonly string[] {
  const accept = ["accept", options.accept ?? "application/json", "user-agent", "fedns"];
  if (options.ifNoneMatch !== undefined) accept.push("if-none-match", options.ifNoneMatch);
  return options.body === undefined
    ? accept
    : [...accept, "content-type", options.contentType ?? "application/json"];
}

export function noAnswer(
  { method, path }: { readonly method?: string; readonly path: string },
  timeoutMs: number,
): string {
  return `no complete answer to ${method ?? "GET"} ${path} within ${timeoutMs} ms`;
}
