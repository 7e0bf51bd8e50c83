/**
 * The TLS and login options in an entry of a kubeconfig, without plug-ins. The fields are read by client-node's module for
 * them; client-node as a whole takes a third of a second and 90 MB, and is loaded only for its auth providers
 * (authenticator.ts).
 */
import { newClusters, newUsers } from "@kubernetes/client-node/dist/config_types.js";
import type { KubeconfigSection } from "./kubeconfig-entry.ts";

export type EntryOptions = {
  /** PEM, from the file or the data. */
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  /** The name in the server's certificate, if it is not the host of the URL. */
  readonly servername: string | null;
  readonly rejectUnauthorized: boolean;
  /** The value of the Authorization header: from a token, else from a user name and password. */
  readonly authorization: string | null;
};

/** The content of a file that the field `field` names. */
export type ReadField = (field: string, path: string) => Promise<Buffer>;

/** Throws what `readField` throws. */
export async function entryOptions(
  cluster: KubeconfigSection,
  user: KubeconfigSection,
  readField: ReadField,
): Promise<EntryOptions> {
  const [trust] = newClusters([{ name: "it", cluster }]);
  const [self] = newUsers([{ name: "it", user }]);
  const read = async (field: string, file: unknown, data: unknown): Promise<Buffer | null> => {
    const path = textOf(file);
    if (path !== null) return readField(field, path);
    const text = textOf(data);
    return text === null ? null : Buffer.from(text, "base64");
  };
  return {
    ca: await read("certificate-authority", trust?.caFile, trust?.caData),
    cert: await read("client-certificate", self?.certFile, self?.certData),
    key: await read("client-key", self?.keyFile, self?.keyData),
    servername: textOf(trust?.tlsServerName),
    rejectUnauthorized: trust?.skipTLSVerify !== true,
    authorization: authorizationOf(self?.token, self?.username, self?.password),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function authorizationOf(token: unknown, username: unknown, password: unknown): string | null {
  const bearer = textOf(token);
  if (bearer !== null) return `Bearer ${bearer}`.trim();
  const name = textOf(username);
  if (name === null) return null;
  return `Basic ${Buffer.from(`${name}:${textOf(password) ?? ""}`).toString("base64")}`;
}
