/** The Secret of a Federation v1 Cluster: a kubeconfig, or a token with a CA. Only a token and a CA can be carried over. */
import { parseKubeconfig, pickEntry } from "../../fleet/credentials/kubeconfig-entry.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { messageOf } from "../../kernel/error.ts";

type FederationAccess = {
  /** Null = none, or none that can be carried over. */
  readonly token: string | null;
  /** PEM in base64; null = none. */
  readonly caBundle: string | null;
  /** The certificate of the API server is not checked. */
  readonly isInsecure: boolean;
  /** What could not be carried over, each with its cure. */
  readonly notes: readonly string[];
};

const JOIN = "run fedns join, which makes an account with a token";

/** Never throws, and never repeats a part of the Secret. */
export function readFederationSecret(secret: unknown): FederationAccess {
  const data = dataOf(secret);
  const kubeconfig = data.get("kubeconfig");
  if (kubeconfig !== undefined) return fromKubeconfig(kubeconfig);
  const token = data.get("token") ?? "";
  const ca = data.get("ca.crt") ?? "";
  return {
    token: token === "" ? null : token,
    caBundle: ca === "" ? null : base64(ca),
    isInsecure: false,
    notes: token === "" ? [`its Secret has neither a kubeconfig nor a token; ${JOIN}`] : [],
  };
}

function fromKubeconfig(text: string): FederationAccess {
  const none: FederationAccess = { token: null, caBundle: null, isInsecure: false, notes: [] };
  try {
    const { cluster, user } = pickEntry(parseKubeconfig(text, "in the Secret"), "in the Secret", undefined);
    const notes: string[] = [];
    const token = user["token"];
    const hasToken = typeof token === "string" && token !== "";
    if (!hasToken) {
      const other = ["client-certificate-data", "client-certificate", "username", "exec", "auth-provider"];
      const found = other.find((key) => user[key] !== undefined);
      const has = found === undefined ? "no credentials" : `${found} and no token`;
      notes.push(`the kubeconfig in its Secret has ${has}; ${JOIN}`);
    }
    const ca = cluster["certificate-authority-data"];
    if (cluster["certificate-authority"] !== undefined && ca === undefined)
      notes.push("the kubeconfig in its Secret names a file with the CA; write the CA into spec.caBundle");
    if (cluster["tls-server-name"] !== undefined)
      notes.push("tls-server-name has no field; use an endpoint by that name");
    return {
      token: hasToken ? token : null,
      caBundle: typeof ca === "string" && ca !== "" ? ca : null,
      isInsecure: cluster["insecure-skip-tls-verify"] === true,
      notes,
    };
  } catch (error) {
    return { ...none, notes: [`the kubeconfig in its Secret cannot be used (${messageOf(error)}); ${JOIN}`] };
  }
}

function dataOf(secret: unknown): ReadonlyMap<string, string> {
  const fields = isRecord(secret) ? secret : {};
  const coded = Object.entries(isRecord(fields["data"]) ? fields["data"] : {});
  const plain = Object.entries(isRecord(fields["stringData"]) ? fields["stringData"] : {});
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return new Map([
    ...coded.map(
      ([key, value]) => [key, Buffer.from(text(value), "base64").toString("utf8").trim()] as const,
    ),
    ...plain.map(([key, value]) => [key, text(value).trim()] as const),
  ]);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
