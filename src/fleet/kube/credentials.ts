/** How to reach one API server and prove who we are: what the transport needs to know, wherever it was loaded from. */
import { createHash } from "node:crypto";

/** PEM bytes and TLS names, as node:tls takes them. `fingerprint` is equal exactly when all the rest is. */
export type TlsMaterial = {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  readonly passphrase: string | null;
  /** The name to ask for and to check instead of the URL's host. */
  readonly servername: string | null;
  readonly rejectUnauthorized: boolean;
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
  /** Server and CA: while it stays the same, resourceVersions stay meaningful. */
  readonly identity: string;
  /** Files whose change asks for loading again. */
  readonly files: readonly string[];
  /** The TLS material before any plug-in added a certificate of its own. */
  readonly tls: TlsMaterial;
  /** For the next request; runs plug-ins where needed. Throws OperationalError. */
  authenticate(): Promise<Authentication>;
  /** After a 401: looks for something newer. True when a second try may end differently. */
  renew(): Promise<boolean>;
};

export function tlsMaterial(parts: Omit<TlsMaterial, "fingerprint">): TlsMaterial {
  const hash = createHash("sha256");
  for (const part of [parts.ca, parts.cert, parts.key, parts.passphrase, parts.servername]) {
    hash.update(part === null ? "-" : `${part.length}:`);
    hash.update(part ?? "");
  }
  return { ...parts, fingerprint: hash.update(String(parts.rejectUnauthorized)).digest("base64") };
}
