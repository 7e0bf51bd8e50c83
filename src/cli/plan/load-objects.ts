/** Federated objects into the world of a plan: from the host, as a file would make them, or all of them. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { OperationalError } from "../../kernel/error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { FINALIZER } from "../../propagate/federated/federated-object.ts";
import { changedFields, pathText } from "../../propagate/plan/changed-fields.ts";
import { NAMESPACES, type PropagatedType } from "../../propagate/objects/propagated-type.ts";
import { propagated } from "../../run/propagate/placed-types.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { tryManifest } from "../objects/try-manifest.ts";
import { guess, type OpenWorld } from "./open-world.ts";
import type { FileObject } from "../types/read-manifests.ts";

export type ObjectName = { readonly type: PropagatedType; readonly key: string };

/** Throws OperationalError where the type is switched off: nothing would be done then. */
export function planned(type: FederatedType): PropagatedType {
  if (type.isPropagated) return propagated(type);
  const cure = `set it to Enabled (fedns enable ${type.name}) first`;
  const sentence = `nothing of type ${type.name} is propagated: its FederatedTypeConfig says propagation: Disabled; ${cure}`;
  throw new OperationalError("PLAN", sentence);
}

/** "namespace/name" of the federated object. A FederatedNamespace is in the namespace of its name. */
export function keyOf(type: FederatedType, namespace: string | null, name: string): string {
  if (!type.federatedType.isNamespaced) return `/${name}`;
  if (namespace !== null) return `${namespace}/${name}`;
  if (type.name === NAMESPACES) return `${name}/${name}`;
  throw new OperationalError("PLAN", `${type.federatedType.kind} ${name}: name its namespace with -n`);
}

/** Reads one object of the host. Throws OperationalError where it is not there, with the names that are. */
export async function loadObject(open: OpenWorld, { type, key }: ObjectName): Promise<ApiObject> {
  const object = await readFederated(open, type, key);
  if (object !== null) return keep(open, type, key, object);
  const [namespace = "", name = ""] = key.split("/");
  const others = await listed(open, type.federated, namespace).catch(() => []);
  const names = others.map(({ metadata }) => metadata.name);
  const some = names.length === 0 ? "" : `; there are ${names.slice(0, 10).join(", ")}`;
  const near = guess(name, names);
  throw stepRefused(
    `host: ${type.federated.plural} ${key.replace(/^\//, "")}`,
    `it does not exist${near === "" ? some : near}`,
  );
}

type LoadedManifest = {
  /** Why the host would not take it, with the cure; null = it would. Then it is not in the world. */
  readonly refusal: string | null;
  /** What the reader of the plan should know. */
  readonly notes: readonly string[];
};

/**
 * The object as it would be after `kubectl apply`, whether or not the host has it: as the host answers to a dry run. Throws an
 * OperationalError where the host does not answer.
 */
export async function loadManifest(
  open: OpenWorld,
  { type, key }: ObjectName,
  { apiVersion, kind, metadata, name, namespace, spec }: FileObject,
): Promise<LoadedManifest> {
  const before = await readFederated(open, type, key);
  const known = before?.metadata ?? {};
  const maps = Object.fromEntries(
    ["labels", "annotations"].map((field) => [
      field,
      { ...recordAt(known, field), ...recordAt(metadata, field) },
    ]),
  );
  const resource = { ...type.federated, version: apiVersion.split("/").at(-1) ?? type.federated.version };
  const manifest = { kind, metadata: { ...known, ...maps }, spec };
  const tried = await tryManifest(
    open.host,
    { resource, namespace: namespace ?? "", name },
    { manifest, before },
    open.world.signal,
  );
  if (tried.kind === "refused") return { refusal: tried.sentence, notes: [] };
  const made =
    tried.kind === "made"
      ? tried.object
      : { metadata: { uid: "none yet", generation: 1, ...known, ...maps, name, namespace }, spec };
  keep(open, type, key, { metadata: made.metadata, spec: made["spec"], status: before?.["status"] });
  const title = objectTitle(kind, { namespace: namespace ?? "", name });
  if (tried.kind === "unasked") return { refusal: null, notes: [`${title}: ${tried.sentence}`] };
  const lost = changedFields({ spec }, { spec: made["spec"] })
    .filter(({ after }) => after === undefined)
    .map(({ path }) => pathText(path));
  const notes = lost.map((path) => `${title}: the host's definition has no ${path} and drops it`);
  return { refusal: null, notes };
}

/** The object as it would be after `kubectl delete`: held by fedns until its copies are gone. False = the host does not have it. */
export async function loadDeleted(open: OpenWorld, { type, key }: ObjectName): Promise<boolean> {
  const object = await readFederated(open, type, key);
  if (object === null) return false;
  const { metadata } = object;
  const finalizers = [...(metadata.finalizers ?? []).filter((one) => one !== FINALIZER), FINALIZER];
  const deletionTimestamp = new Date(open.world.clock.wallMs()).toISOString();
  keep(open, type, key, { ...object, metadata: { ...metadata, finalizers, deletionTimestamp } });
  return true;
}

/** Reads the FederatedNamespace that bounds the placement of an object, unless it is known. */
export async function loadNamespace(open: OpenWorld, { type, key }: ObjectName): Promise<void> {
  const namespaces = open.world.types.find(({ name }) => name === NAMESPACES);
  if (namespaces === undefined || type.name === NAMESPACES || !type.target.isNamespaced) return;
  const [namespace = ""] = key.split("/");
  await loadIfThere(open, { type: namespaces, key: `${namespace}/${namespace}` });
}

/** True when the host has it, or a file would make it. */
export async function loadIfThere(open: OpenWorld, { type, key }: ObjectName): Promise<boolean> {
  const { objects } = open.world;
  const row = objects.rowOf({ type: type.name, key });
  if (row !== undefined && objects.has(row)) return true;
  const object = await readFederated(open, type, key);
  if (object !== null) keep(open, type, key, object);
  return object !== null;
}

/** All objects of all types, but for those that are known already. Returns sentences about types that cannot be read. */
export async function loadAll(open: OpenWorld, namespace: string | null): Promise<readonly string[]> {
  const problems = await Promise.all(
    open.world.types.map(async (type) => {
      const isBounded = namespace !== null && (type.target.isNamespaced || type.name === NAMESPACES);
      try {
        for (const object of await listed(open, type.federated, isBounded ? namespace : "")) {
          const { name, namespace: place = "" } = object.metadata;
          const row = open.world.objects.takeRow({ type: type.name, key: `${place}/${name}` });
          if (!open.world.objects.has(row)) keep(open, type, `${place}/${name}`, object);
        }
        return [];
      } catch (error) {
        const refusal = refusalOf(error, type.federated);
        return refusal.kind === "kind-not-served"
          ? [
              `the host does not serve ${type.federated.plural}: install its definition, or disable ${type.name}`,
            ]
          : [`${type.federated.plural} of the host cannot be read: ${refusal.message}; ${refusal.advice}`];
      }
    }),
  );
  return problems.flat();
}

function listed(
  { host, world }: OpenWorld,
  resource: Resource,
  namespace: string,
): Promise<readonly ApiObject[]> {
  return readAll(host.transport, { resource, namespace }, { signal: world.signal });
}

async function readFederated(
  { host, world }: OpenWorld,
  { federated }: PropagatedType,
  key: string,
): Promise<ApiObject | null> {
  const [namespace = "", name = ""] = key.split("/");
  try {
    return await read(host.transport, { resource: federated, namespace, name }, { signal: world.signal });
  } catch (error) {
    throw stepError(`host: ${federated.plural} ${key.replace(/^\//, "")}`, error, federated.plural);
  }
}

/** The propagator puts its finalizer on an object before anything else: the plan is about what follows. */
function keep<T extends JsonRecord>({ world }: OpenWorld, type: PropagatedType, key: string, object: T): T {
  const { managedFields: _, ...metadata } = recordAt(object, "metadata");
  const finalizers = Array.isArray(metadata["finalizers"]) ? (metadata["finalizers"] as unknown[]) : [];
  const isHeld = finalizers.includes(FINALIZER) || typeof metadata["deletionTimestamp"] === "string";
  const held = isHeld ? metadata : { ...metadata, finalizers: [...finalizers, FINALIZER] };
  const { spec, status } = object;
  const row = world.objects.takeRow({ type: type.name, key });
  world.objects.set(row, Buffer.from(JSON.stringify({ metadata: held, spec, status })));
  return object;
}

function recordAt(value: JsonRecord, field: string): JsonRecord {
  const inner = value[field];
  return isJsonRecord(inner) ? inner : {};
}
