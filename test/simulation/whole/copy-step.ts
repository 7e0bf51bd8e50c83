/** What is to be done with one copy: from its object in the host, and what was seen of it. */
import type { CopyAction } from "../../../src/propagate/apply/decide.ts";
import { allottedReplicas } from "../../../src/propagate/federated/allotted.ts";
import type { FederatedObject } from "../../../src/propagate/federated/federated-object.ts";
import type { Wanted } from "../../../src/propagate/steps/wanted.ts";
import type { WorkloadFacts } from "../../../src/propagate/workloads/workload-facts.ts";
import { TEMPLATE, type Whole, wishNow } from "./world.ts";

export type Seen = {
  facts: WorkloadFacts | null;
  lives: number;
  unschedulable: number;
  isAutoscaled: boolean;
};

/** As the host has it. */
export function declaredObject(whole: Whole, key: string): FederatedObject {
  const [namespace = "", name = ""] = key.split("/");
  const wishes = whole.wishes.get(key) ?? [];
  const { placement, drain } = wishNow(whole, key);
  return {
    namespace,
    name,
    uid: key,
    generation: wishes.length,
    isDeleting: false,
    isSpecRead: true,
    deletedMs: null,
    isHeld: true,
    template: { spec: { replicas: TEMPLATE } },
    placement,
    overrides: [],
    retainReplicas: false,
    orphan: null,
    deleteOptions: {},
    recreation: "never",
    allotment: null,
    drain,
    isPlain: false,
    isCascadeKnown: true,
    shares: null,
    rollout: null,
  };
}

/** `number` null: the copy is not wanted. */
export function stepOf(
  wanted: Exclude<Wanted, { readonly kind: "undecided" }>,
  { facts, isAutoscaled }: Seen,
  cluster: string,
): { readonly action: CopyAction; readonly number: number | null } {
  const none = { kind: "none" } as const;
  if (wanted.kind === "absent") return { action: facts === null ? none : { kind: "remove" }, number: null };
  const number = allottedReplicas(wanted.object, cluster) ?? TEMPLATE;
  if (facts === null) return { action: { kind: "create" }, number };
  if (isAutoscaled) return { action: none, number: facts.asked };
  return { action: facts.asked === number ? none : { kind: "update", why: "content" }, number };
}
