/** Kubeconfig files: the address of a server, its certificate authority, and the credentials of a user. */
import { stringify } from "yaml";

export type KubeconfigUser =
  | { readonly token: string }
  | { readonly certificatePem: string; readonly keyPem: string };

type KubeconfigContext = {
  /** Names the cluster, the context and (with a suffix) the user. */
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly user: KubeconfigUser;
};

/** YAML with one context per entry; the first is the current one. */
export function kubeconfig(entries: readonly KubeconfigContext[]): string {
  const userName = (name: string): string => `${name}-admin`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": entries[0]?.name ?? "",
    clusters: entries.map(({ name, url, caPem }) => ({
      name,
      cluster: { server: url, "certificate-authority-data": base64(caPem) },
    })),
    contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: userName(name) } })),
    users: entries.map(({ name, user }) => ({ name: userName(name), user: userFields(user) })),
  });
}

function userFields(user: KubeconfigUser): Readonly<Record<string, string>> {
  if ("token" in user) return { token: user.token };
  return {
    "client-certificate-data": base64(user.certificatePem),
    "client-key-data": base64(user.keyPem),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
