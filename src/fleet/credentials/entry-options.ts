/**
 * The TLS and login options in an entry of a kubeconfig, without plug-ins. The fields are read by client-node's module for
 * them; client-node as a whole takes a third of a second and 90 MB, and is loaded only for its auth providers
 * (authenticator.ts).
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
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

/** Files are relative to `directory`. Throws when one cannot be read. */
export async function entryOptions(
  cluster: KubeconfigSection,
  user: KubeconfigSection,
  directory: string,
): Promise<EntryOptions> {
  const [trust] = newClusters([{ name: "it", cluster }]);
  const [self] = newUsers([{ name: "it", user }]);
  const read = (file: unknown, data: unknown): Promise<Buffer | null> => octetsOf(file, data, directory);
  return {
    ca: await read(trust?.caFile, trust?.caData),
    cert: await read(self?.certFile, self?.certData),
    key: await read(self?.keyFile, self?.keyData),
    servername: textOf(trust?.tlsServerName),
    rejectUnauthorized: trust?.skipTLSVerify !== true,
    authorization: authorizationOf(self?.token, self?.username, self?.password),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

async function octetsOf(file: unknown, data: unknown, directory: string): Promise<Buffer | null> {
  const path = textOf(file);
  if (path !== null) return readFile(resolve(directory, path));
  const text = textOf(data);
  return text === null ? null : Buffer.from(text, "base64");
}

function authorizationOf(token: unknown, username: unknown, password: unknown): string | null {
  const bearer = textOf(token);
  if (bearer !== null) return `Bearer ${bearer}`.trim();
  const name = textOf(username);
  if (name === null) return null;
  return `Basic ${Buffer.from(`${name}:${textOf(password) ?? ""}`).toString("base64")}`;
}
