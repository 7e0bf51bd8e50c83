/** What is made of each object: its federated object, in a type that is enabled or is going to be. */
import { stepRefused } from "../clusters/step-error.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { templateOf } from "../../propagate/federated/template.ts";
import type { TypePlan } from "../federate/type-config.ts";
import { qualified } from "../membership/kinds.ts";
import { objectTitle, type PlannedObject } from "../membership/planned-object.ts";
import type { DeclaredType } from "../types/declared-types.ts";
import { planTypes } from "../types/enable.ts";
import type { ObjectCandidate } from "./candidates.ts";
import type { FederateOptions } from "./federate-options.ts";

type FoundTypes = {
  readonly declared: readonly DeclaredType[];
  /** Types that are enabled first. */
  readonly missing: readonly TypePlan[];
};

export async function typesFor(
  candidates: readonly ObjectCandidate[],
  declared: readonly DeclaredType[],
  options: FederateOptions,
): Promise<FoundTypes> {
  const { runner, host, enablesTypes, isPrinted } = options;
  const names = [...new Set(candidates.map(({ target }) => qualified(target)))];
  const missing = names.filter((name) => !declared.some((type) => type.name === name));
  for (const { name } of declared.filter((type) => names.includes(type.name) && !type.isPropagated))
    runner.note(`propagation of ${name} is disabled: nothing is placed before fedns enable ${name}`);
  if (missing.length > 0 && !enablesTypes && !isPrinted) {
    const skip =
      options.source.kind === "object" && options.source.contents !== null
        ? `, or leave them out with --skip-kinds ${missing.join(",")}`
        : "";
    throw stepRefused(
      `${host.name}: types`,
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not enabled; use --enable-type, or run fedns enable ${missing.join(" ")}${skip}`,
    );
  }
  const requests = missing.map((word) => ({ word }));
  return { declared, missing: await planTypes({ ...options, requests, collectsStatus: null }) };
}

export type PlannedFederation = {
  readonly planned: PlannedObject;
  readonly title: string;
  readonly from: string;
  readonly isNamespace: boolean;
  /** The host serves the federated type. */
  readonly isServed: boolean;
  readonly leftOut: readonly string[];
  readonly lost: readonly string[];
};

export function planOf(
  candidate: ObjectCandidate,
  { declared, missing }: FoundTypes,
  { placement }: Pick<FederateOptions, "placement">,
): PlannedFederation {
  const { target, object, from, name } = candidate;
  const own = declared.find((type) => type.name === qualified(target))?.federatedType;
  const made = missing.find((plan) => qualified(plan.target) === qualified(target))?.federated;
  const { group = "", version = "", kind = "" } = own ?? made ?? {};
  const plural = own?.pluralName ?? made?.plural ?? "";
  const { template, leftOut, lost } = templateOf(qualified(target), object);
  const key = { resource: { group, version, plural }, namespace: candidate.namespace, name };
  const spec = { template, placement };
  return {
    planned: { key, manifest: { kind, spec }, ifForeign: "keep" },
    title: objectTitle(kind, key),
    from,
    isNamespace: qualified(target) === NAMESPACE_TYPE,
    isServed: own !== undefined,
    leftOut,
    lost,
  };
}

export function namespacesFirst(a: PlannedFederation, b: PlannedFederation): number {
  return Number(b.isNamespace) - Number(a.isNamespace);
}

/** Of an object that a cluster has, everybody knows that its addresses are its own. In a manifest somebody wrote them. */
export function noteLoss(
  { title, from, leftOut, lost }: PlannedFederation,
  { runner }: Pick<FederateOptions, "runner">,
): void {
  if (leftOut.length > 0 && from !== "")
    runner.note(`${title}: left out ${leftOut.join(", ")}: each member allots its own`);
  if (lost.length > 0)
    runner.note(
      `${title}: not propagated: ${lost.join(", ")}; overrides of /metadata/annotations can set annotations`,
    );
}
