/** How to reach one API server and authenticate there, independent of where this was loaded from. */
import { createHash } from "node:crypto";

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
  /** The http:// or https:// proxy to go through. */
  readonly proxy: string | null;
  /** Identifies server and CA: while it stays the same, resourceVersions are valid. */
  readonly identity: string;
  /** Files that must be loaded again when they change. */
  readonly files: readonly string[];
  /** TLS material without certificates from exec plug-ins. */
  readonly tls: TlsMaterial;
  /** For the next request; runs an exec plug-in if needed. Throws OperationalError. */
  authenticate(): Promise<Authentication>;
  /** After a 401: looks for newer credentials. True when another attempt may succeed. */
  renew(): Promise<boolean>;
};

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
