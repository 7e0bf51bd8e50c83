/** A FederatedTypeConfig, parsed: a type that is placed in members. Pure; KubeFed's webhook checked the same. */
import { isRecord } from "../kube/kube-error.ts";
import { type HostProblem, type Parsed, quoted } from "./host-problem.ts";

export type ApiType = {
  /** "" = the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly pluralName: string;
  readonly isNamespaced: boolean;
};

export type FederatedType = {
  /** PLURAL for core types, else PLURAL.GROUP. */
  readonly name: string;
  readonly targetType: ApiType;
  readonly federatedType: ApiType;
  readonly isPropagated: boolean;
  /** The status of each copy is shown in the federated object. */
  readonly collectsStatus: boolean;
};

/** Name of the FederatedTypeConfig of Namespaces. Its federated objects are in the namespaces that they are about. */
export const NAMESPACE_TYPE = "namespaces";

const REASON = "InvalidTypeConfig";
const WORD = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const GROUP = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

/** PLURAL for core types, else PLURAL.GROUP. */
export function typeConfigName({ group, pluralName }: Pick<ApiType, "group" | "pluralName">): string {
  return group === "" ? pluralName : `${pluralName}.${group}`;
}

/** Never throws. */
export function parseFederatedTypeConfig(object: unknown): Parsed<FederatedType> {
  const metadata = isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : {};
  const spec = isRecord(object) && isRecord(object["spec"]) ? object["spec"] : {};
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  const problems: HostProblem[] = [];
  const report = (sentence: string): void => {
    problems.push({ object: `FederatedTypeConfig ${quoted(name).slice(1, -1)}`, reason: REASON, sentence });
  };
  const target = readType(spec["targetType"], "spec.targetType", report);
  const federated = readType(spec["federatedType"], "spec.federatedType", report);
  if (federated !== null && !federated.group.includes("."))
    report(
      `spec.federatedType.group is ${quoted(federated.group)} and must have a dot; write types.kubefed.io`,
    );
  const { propagation } = spec;
  if (propagation !== "Enabled" && propagation !== "Disabled")
    report(`spec.propagation is ${quoted(propagation)}; write Enabled or Disabled`);
  if (target !== null) {
    const expected = typeConfigName(target);
    if (name !== expected) report(`it must be named ${expected}; create it again with that name`);
  }
  if (target !== null && federated !== null) {
    const scope = scopeProblem(target, federated);
    if (scope !== null) report(scope);
  }
  if (target === null || federated === null || problems.length > 0) return { value: null, problems };
  const isPropagated = propagation === "Enabled";
  const collectsStatus = spec["statusCollection"] === "Enabled";
  return {
    value: { name, targetType: target, federatedType: federated, isPropagated, collectsStatus },
    problems,
  };
}

/**
 * Whoever may make federated objects in a namespace must not make objects of the whole cluster by them, and an object without a
 * namespace says of no copy where it is to be.
 */
function scopeProblem(target: ApiType, federated: ApiType): string | null {
  const isInNamespace = target.isNamespaced || typeConfigName(target) === NAMESPACE_TYPE;
  if (federated.isNamespaced === isInNamespace) return null;
  const needed = isInNamespace ? "Namespaced" : "Cluster";
  return `spec.federatedType.scope must be ${needed} for ${target.kind}; make ${federated.kind} again with that scope`;
}

function readType(value: unknown, path: string, report: (sentence: string) => void): ApiType | null {
  const fields = isRecord(value) ? value : {};
  const { group = "", version, kind, pluralName, scope } = fields;
  const wrong = [
    ["group", group, group === "" || isText(group, GROUP), "the name of an API group"],
    ["version", version, isText(version, WORD), "a version like v1"],
    ["kind", kind, isText(kind, KIND), "a kind like Deployment"],
    ["pluralName", pluralName, isText(pluralName, WORD), "the name in URLs, like deployments"],
    ["scope", scope, scope === "Namespaced" || scope === "Cluster", "Namespaced or Cluster"],
  ] as const;
  const mistakes = wrong.filter(([, , isSound]) => !isSound);
  for (const [field, written, , mustBe] of mistakes)
    report(`${path}.${field} is ${quoted(written)}; write ${mustBe}`);
  if (mistakes.length > 0) return null;
  return {
    group: String(group),
    version: String(version),
    kind: String(kind),
    pluralName: String(pluralName),
    isNamespaced: scope === "Namespaced",
  };
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}
