/** The kind that a word means in the host, as a kind that can be placed in members. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { read } from "../../fleet/objects/read.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { DEFINITION_KIND, DEFINITIONS } from "../clusters/definitions.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import type { TargetKind } from "../federate/federated-names.ts";
import { findKinds, qualified } from "../membership/kinds.ts";

/** What fedns does with copies. */
const NEEDED_VERBS = ["get", "list", "watch", "create", "patch", "delete"];
/** The objects of the federation itself. */
export const OWN_GROUPS: RegExp = /(^|\.)(kubefed|fedns)\.io$/;
export const OWN_TYPE = "it belongs to the federation itself, and is not placed in members";

/** Throws an OperationalError with a suggestion where no kind has the name, or the kind cannot be propagated. */
export async function targetKind(
  host: ClusterConnection,
  word: string,
  wantedVersion?: string,
): Promise<TargetKind> {
  const step = `${host.name}: kind ${word}`;
  const document = await host.discovery.kinds().catch((error: unknown) => {
    throw stepError(`${host.name}: discovery`, error);
  });
  const { kinds, problems } = findKinds(document.kinds, [word]);
  const [kind] = kinds;
  if (kind === undefined) throw stepRefused(step, problems.join("; "));
  if (OWN_GROUPS.test(kind.group))
    throw stepRefused(
      step,
      `${qualified(kind)} belongs to the federation itself and is not placed in members`,
    );
  return inVersion(kind, wantedVersion, step);
}

/** The kind in the version, or else in the first one that can be propagated. */
export function inVersion(kind: ServedKind, wanted: string | undefined, step: string): TargetKind {
  const { group, plural, isNamespaced, shortNames, versions } = kind;
  const able = versions.filter(({ verbs }) => NEEDED_VERBS.every((verb) => verbs.includes(verb)));
  if (able.length === 0) {
    const missing = NEEDED_VERBS.filter((verb) => versions.every(({ verbs }) => !verbs.includes(verb)));
    throw stepRefused(step, `${qualified(kind)} cannot be propagated: its API has no ${missing.join(", ")}`);
  }
  const version = wanted === undefined ? able[0] : able.find((one) => one.version === wanted);
  if (version === undefined)
    throw stepRefused(
      step,
      `${qualified(kind)} is not served as ${String(wanted)}; there are ${able.map((one) => one.version).join(", ")}`,
    );
  return { group, kind: kind.kind, plural, isNamespaced, shortNames, version: version.version };
}

/** Whether the kind has a whole number `spec.replicas`. Built-in kinds that have it can be scaled; a definition says it. */
export async function hasReplicas(
  host: ClusterConnection,
  target: TargetKind,
  signal: AbortSignal,
): Promise<boolean> {
  const definition = await definitionOf(host, target, signal);
  if (definition !== null) return hasReplicasInSchema(definition, target.version);
  const found = await host.discovery.find(target.group, target.plural);
  if (found.state !== "served") return false;
  const version = found.served.versions.find((one) => one.version === target.version);
  return version?.subresources.includes("scale") === true;
}

async function definitionOf(
  host: ClusterConnection,
  { group, plural }: TargetKind,
  signal: AbortSignal,
): Promise<ApiObject | null> {
  if (!group.includes(".")) return null;
  const key = { resource: DEFINITIONS, namespace: "", name: `${plural}.${group}` };
  return read(host.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(`${host.name}: ${DEFINITION_KIND} ${key.name}`, error, DEFINITIONS.plural);
  });
}

function hasReplicasInSchema(definition: ApiObject, version: string): boolean {
  const versions = recordAt(definition["spec"])["versions"];
  const all = Array.isArray(versions) ? versions.filter(isRecord) : [];
  const schema = recordAt(recordAt(all.find(({ name }) => name === version))["schema"])["openAPIV3Schema"];
  const spec = recordAt(recordAt(recordAt(schema)["properties"])["spec"]);
  return recordAt(recordAt(spec["properties"])["replicas"])["type"] === "integer";
}

function recordAt(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
