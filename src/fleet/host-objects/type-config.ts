/** A FederatedTypeConfig, parsed: a type that is placed in members. Pure; KubeFed's webhook checked the same. */
import { isRecord } from "../kube/kube-error.ts";
import { type HostProblem, type Parsed, quoted } from "./host-problem.ts";

type ApiType = {
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

const REASON = "InvalidTypeConfig";
const WORD = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const GROUP = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

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
    const expected = target.group === "" ? target.pluralName : `${target.pluralName}.${target.group}`;
    if (name !== expected) report(`it must be named ${expected}; create it again with that name`);
  }
  if (target === null || federated === null || problems.length > 0) return { value: null, problems };
  const isPropagated = propagation === "Enabled";
  const collectsStatus = spec["statusCollection"] === "Enabled";
  return {
    value: { name, targetType: target, federatedType: federated, isPropagated, collectsStatus },
    problems,
  };
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
