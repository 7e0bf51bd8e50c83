/** A proxy on the way to an API server: its address, and who named it. Messages never have its user name and password. */

export type Proxy = {
  /** http:, https: or socks5: */
  readonly url: URL;
  /** For messages: "HTTPS_PROXY", "proxy-url of context it of /etc/fedns/it.kubeconfig". */
  readonly source: string;
  /** Named by a variable of this process: it holds for this machine only. */
  readonly isFromEnvironment: boolean;
};

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443, "socks5:": 1080 };
const URL_MAX_CHARACTERS = 2048;

/**
 * A proxy in a kubeconfig or a KubeFedCluster. `problem` ends the sentence "proxy-url …" and does not repeat the value, which
 * may have a password.
 */
export function parseProxyUrl(value: unknown): { readonly url: URL } | { readonly problem: string } {
  const url = typeof value === "string" && value.length <= URL_MAX_CHARACTERS ? URL.parse(value) : null;
  if (url === null || url.hostname === "") return { problem: "is no URL of a proxy; write http://HOST:PORT" };
  // Names are looked up by the proxy in both.
  if (url.protocol === "socks5h:") return parseProxyUrl(String(value).replace(/^\s*socks5h/i, "socks5"));
  if (DEFAULT_PORTS[url.protocol] === undefined)
    return { problem: `has the scheme ${url.protocol.slice(0, 20)}//; there are http, https and socks5` };
  return isWellEncoded(url)
    ? { url }
    : { problem: "has a user name or password that is not percent-encoded" };
}

export function portOf(url: URL): number {
  return url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
}

/** Without brackets, which URLs have around addresses of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** As people know it: without user name, password and path. */
export function shownProxy({ url, source }: Proxy): string {
  return `the proxy ${url.protocol}//${url.host} (${source})`;
}

/** The URL, for others who reach the server; null: there is none, or it holds for this machine only. */
export function declaredProxy(proxy: Proxy | null): string | null {
  return proxy === null || proxy.isFromEnvironment ? null : proxy.url.href;
}

export function isSameProxy(one: Proxy | null, other: Proxy | null): boolean {
  return one?.url.href === other?.url.href && one?.source === other?.source;
}

/** Null = without. */
export function loginOf(url: URL): { readonly name: string; readonly password: string } | null {
  if (url.username === "" && url.password === "") return null;
  return { name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

function isWellEncoded(url: URL): boolean {
  try {
    loginOf(url);
    return true;
  } catch {
    return false;
  }
}
