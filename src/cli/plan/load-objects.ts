/** Federated objects into the world of a plan: from the host, as a file would make them, or all of them. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { OperationalError } from "../../kernel/error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { FINALIZER } from "../../propagate/federated/federated-object.ts";
import { NAMESPACES, type PropagatedType } from "../../propagate/objects/propagated-type.ts";
import { propagated } from "../../run/propagate/placed-types.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { guess, type OpenWorld } from "./open-world.ts";
import type { FileObject } from "./read-manifests.ts";

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

/** The object as it would be after `kubectl apply`, whether or not the host has it. */
export async function loadManifest(
  open: OpenWorld,
  { type, key }: ObjectName,
  { metadata, name, namespace, spec }: FileObject,
): Promise<void> {
  const before = await readFederated(open, type, key);
  const known = before?.metadata ?? { uid: "none yet", generation: 1, finalizers: [] };
  const maps = Object.fromEntries(
    ["labels", "annotations"].map((field) => [
      field,
      { ...recordAt(known, field), ...recordAt(metadata, field) },
    ]),
  );
  keep(open, type, key, {
    metadata: { ...known, ...maps, name, ...(namespace !== null && { namespace }) },
    spec,
    status: before?.["status"],
  });
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

/** All objects of all types. Returns sentences about types that cannot be read. */
export async function loadAll(open: OpenWorld, namespace: string | null): Promise<readonly string[]> {
  const problems = await Promise.all(
    open.world.types.map(async (type) => {
      const isBounded = namespace !== null && (type.target.isNamespaced || type.name === NAMESPACES);
      try {
        for (const object of await listed(open, type.federated, isBounded ? namespace : "")) {
          const { name, namespace: place = "" } = object.metadata;
          keep(open, type, `${place}/${name}`, object);
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
