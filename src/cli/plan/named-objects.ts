/** The objects that a plan is about, as a person names them: one of the host, or those of a file, as they are or deleted. */
import { OperationalError } from "../../kernel/error.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import { copyNameOf } from "../../propagate/objects/propagated-type.ts";
import { findType, typeOf } from "./find-type.ts";
import { keyOf, loadDeleted, loadManifest, loadObject, type ObjectName, planned } from "./load-objects.ts";
import type { OpenWorld } from "./open-world.ts";
import type { FileObject } from "../types/read-manifests.ts";

/** What is planned: some objects of a file, or one of the host. */
export type NamedSubject =
  | { readonly kind: "file"; readonly manifests: readonly FileObject[] }
  | { readonly kind: "object"; readonly word: string; readonly name: string };

type NamedOptions = { readonly namespace: string | null; readonly isDeletion: boolean };

/** What a person has named. */
type Named = {
  /** They are in the world. */
  readonly objects: readonly ObjectName[];
  /** Those of a file that the host would not take. */
  readonly refused: readonly ObjectPlan[];
  readonly notes: readonly string[];
};
export const NOTHING_NAMED: Named = { objects: [], refused: [], notes: [] };

/** Throws an OperationalError where an object is not there, or cannot be planned. */
export async function namedObjects(
  open: OpenWorld,
  subject: NamedSubject,
  options: NamedOptions,
): Promise<Named> {
  const { namespace, isDeletion } = options;
  if (subject.kind === "object") {
    const type = await findType(subject.word, { ...open.host, ...open });
    const object = { type: planned(type), key: keyOf(type, namespace, subject.name) };
    await loadObject(open, object);
    if (isDeletion) await loadDeleted(open, object);
    return { ...NOTHING_NAMED, objects: [object] };
  }
  const found: Named[] = [];
  for (const manifest of subject.manifests) found.push(await namedIn(open, manifest, options));
  return {
    objects: found.flatMap(({ objects }) => objects),
    refused: found.flatMap(({ refused }) => refused),
    notes: found.flatMap(({ notes }) => notes),
  };
}

async function namedIn(
  open: OpenWorld,
  manifest: FileObject,
  { namespace, isDeletion }: NamedOptions,
): Promise<Named> {
  const type = await federatedTypeOf(manifest, open);
  const title = `${manifest.kind} ${manifest.name}`;
  if (namespace !== null && manifest.namespace !== null && manifest.namespace !== namespace)
    throw new OperationalError(
      "PLAN",
      `${title}: the file says namespace ${manifest.namespace}, and -n says ${namespace}`,
    );
  const object = { type: planned(type), key: keyOf(type, manifest.namespace ?? namespace, manifest.name) };
  if (isDeletion) {
    if (await loadDeleted(open, object)) return { ...NOTHING_NAMED, objects: [object] };
    return { ...NOTHING_NAMED, notes: [`${title}: the host does not have it`] };
  }
  const place = type.federatedType.isNamespaced ? (object.key.split("/")[0] ?? null) : null;
  const { refusal, notes } = await loadManifest(open, object, { ...manifest, namespace: place });
  if (refusal === null) return { objects: [object], refused: [], notes };
  const { name, target } = object.type;
  const problem = `the host would refuse it: ${refusal}`;
  const copy = copyNameOf(object.type, object.key);
  return { ...NOTHING_NAMED, refused: [{ type: name, kind: target.kind, ...copy, problem, copies: [] }] };
}

/** In any version of the federated type that the host serves. */
async function federatedTypeOf(
  { kind, apiVersion, name }: FileObject,
  { types, host }: OpenWorld,
): Promise<FederatedType> {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const found = types.find(
    ({ federatedType }) => federatedType.kind === kind && federatedType.group === group,
  );
  if (found !== undefined) {
    if (found.federatedType.version === version) return found;
    const known = await host.discovery.find(group, kind);
    const versions = known.state === "served" ? known.served.versions.map((one) => one.version) : null;
    if (versions === null || versions.includes(version)) return found;
    const cure = `the host serves ${versions.map((one) => `${group}/${one}`).join(", ")}`;
    throw new OperationalError("PLAN", `${kind} ${name}: apiVersion is ${apiVersion}; ${cure}`);
  }
  const plain = types.find(({ targetType }) => targetType.kind === kind && targetType.group === group);
  if (plain !== undefined) {
    const cure = `write a ${plain.federatedType.kind} with it as spec.template, as fedns federate does`;
    throw new OperationalError("PLAN", `${kind} ${name} is no federated object; ${cure}`);
  }
  const other = typeOf(kind, types).federatedType;
  throw new OperationalError(
    "PLAN",
    `${kind} ${name}: apiVersion is ${apiVersion}; write ${other.group}/${other.version}`,
  );
}
