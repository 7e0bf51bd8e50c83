/**
 * What an entry of a kubeconfig says without any plug-in: whom to trust, and who we are. The fields are read by client-node's
 * own module for them; the whole of client-node takes a third of a second and 90 MB, and is loaded only by those who have
 * one of its auth providers (authenticator.ts).
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { newClusters, newUsers } from "@kubernetes/client-node/dist/config_types.js";
import type { Settings } from "./kubeconfig-entry.ts";

export type EntryOptions = {
  /** PEM, as it is in the file or the data. */
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  /** Whose certificate is expected, where that is not the server's host. */
  readonly servername: string | null;
  readonly rejectUnauthorized: boolean;
  /** The value of the header: of a token, else of a name with a password. */
  readonly authorization: string | null;
};

/** Files are relative to `directory`; throws what reading them throws. */
export async function entryOptions(
  cluster: Settings,
  user: Settings,
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
