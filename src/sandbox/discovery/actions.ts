/** Subresources that act and store nothing: evictions, tokens, finalize and logs, as discovery lists them. */
import type { ApiResource } from "../store/resource.ts";

/** A subresource as discovery lists it. */
type ActionSubresource = {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
};

const core = { group: "", version: "v1" } as const;

/** The action subresources of a resource. */
export function actionsOf({
  plural,
  group,
}: Pick<ApiResource, "plural" | "group">): readonly ActionSubresource[] {
  if (group !== "") return [];
  if (plural === "namespaces") return [{ name: "finalize", ...core, kind: "Namespace", verbs: ["update"] }];
  if (plural === "serviceaccounts") {
    return [
      {
        name: "token",
        group: "authentication.k8s.io",
        version: "v1",
        kind: "TokenRequest",
        verbs: ["create"],
      },
    ];
  }
  if (plural !== "pods") return [];
  const eviction = { name: "eviction", group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] };
  const log = { name: "log", ...core, kind: "Pod", verbs: ["get"] };
  return [eviction, log];
}
