/** An EnableTypeDirective, the file that `kubefedctl enable -f` reads: which kind is to be enabled, and as what. */
import { isRecord } from "../../fleet/kube/kube-error.ts";

export type EnableRequest = {
  /** A kind, a plural, a short name, or a plural with its group. */
  readonly word: string;
  /** Undefined = as the cluster prefers. */
  readonly targetVersion?: string | undefined;
  /** Undefined = KubeFed's. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
};

type ParsedDirective = { readonly request: EnableRequest } | { readonly problem: string };

const FIELDS = {
  targetVersion: "targetVersion",
  federatedGroup: "group",
  federatedVersion: "version",
} as const;

/** `value` is one document of the file; a problem names the field and the cure. */
export function parseDirective(value: unknown): ParsedDirective {
  if (!isRecord(value) || value["kind"] !== "EnableTypeDirective")
    return {
      problem: "it is no EnableTypeDirective: write kind: EnableTypeDirective, or name the kind without -f",
    };
  const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
  const { name } = metadata;
  if (typeof name !== "string" || name === "")
    return { problem: "metadata.name must be the name of a kind, like deployments.apps" };
  const spec = value["spec"] ?? {};
  if (!isRecord(spec)) return { problem: "spec must be an object" };
  const request: Record<string, string> = { word: name };
  for (const [field, written] of Object.entries(spec)) {
    const known = FIELDS[field as keyof typeof FIELDS] as string | undefined;
    if (known === undefined)
      return { problem: `spec.${field} is unknown; there are ${Object.keys(FIELDS).join(", ")}` };
    if (typeof written !== "string" || written === "")
      return {
        problem: `spec.${field} must be a text, like ${field === "federatedGroup" ? "types.kubefed.io" : "v1"}`,
      };
    request[known] = written;
  }
  return { request: request as EnableRequest };
}
