/** How to reach one API server and authenticate there, independent of where this was loaded from. */
import { createHash } from "node:crypto";
import { isSameProxy, type Proxy } from "../proxy/proxy.ts";

/** PEM bytes and TLS names for node:tls. Two fingerprints are equal exactly when everything else is. */
export type TlsMaterial = {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  readonly passphrase: string | null;
  /** The name for SNI and verification instead of the URL's host. */
  readonly servername: string | null;
  readonly rejectUnauthorized: boolean;
  /** The name in the server's certificate may be any. */
  readonly ignoresName: boolean;
  readonly fingerprint: string;
};

export type Authentication = {
  readonly tls: TlsMaterial;
  /** Name, value, name, value, …: a list, because Impersonate-Group is sent once per group. */
  readonly headers: readonly string[];
};

export type Credentials = {
  readonly server: URL;
  /** The proxy to go through; null = none. */
  readonly proxy: Proxy | null;
  /** Identifies server and CA: while it stays the same, resourceVersions are valid. */
  readonly identity: string;
  /** Files that must be loaded again when they change. */
  readonly files: readonly string[];
  /** TLS material without certificates from exec plug-ins. */
  readonly tls: TlsMaterial;
  /** What others on the way can do, in sentences for operators; empty = the connection is encrypted and the server verified. */
  readonly warnings: readonly string[];
  /** For the next request; runs an exec plug-in if needed. Throws OperationalError. */
  authenticate(): Promise<Authentication>;
  /** After a 401: looks for newer credentials. True when another attempt may succeed. */
  renew(): Promise<boolean>;
};

type Route = Pick<Credentials, "server" | "proxy">;

/** The same connections lead there. */
export function isSameRoute(one: Route, other: Route): boolean {
  return one.server.href === other.server.href && isSameProxy(one.proxy, other.proxy);
}

export function tlsMaterial(parts: Omit<TlsMaterial, "fingerprint">): TlsMaterial {
  const hash = createHash("sha256");
  for (const part of [parts.ca, parts.cert, parts.key, parts.passphrase, parts.servername]) {
    hash.update(part === null ? "-" : `${part.length}:`);
    hash.update(part ?? "");
  }
  return {
    ...parts,
    fingerprint: hash.update(`${parts.rejectUnauthorized} ${parts.ignoresName}`).digest("base64"),
  };
}

/** What others on the way to an API server can do, for the status and `fedns check`; empty = nothing. */
export function warningsOf(
  server: URL,
  tls: Pick<TlsMaterial, "ca" | "rejectUnauthorized" | "servername" | "ignoresName">,
): readonly string[] {
  const where = server.origin;
  if (server.protocol === "http:")
    return [`${where} is not encrypted: everybody on the way can read the credentials; use https://`];
  if (!tls.rejectUnauthorized)
    return [
      `the certificate of ${where} is not checked: everybody on the way can take its place and read the credentials; name its CA instead`,
    ];
  if (tls.ignoresName)
    return [
      `the name in the certificate of ${where} is not checked: every server with a certificate of the same CA can take its place`,
    ];
  if (tls.servername !== null && tls.ca === null)
    return [
      `the certificate of ${where} may be of any authority that the system trusts, and must be for ${tls.servername} instead; name its CA`,
    ];
  return [];
}
