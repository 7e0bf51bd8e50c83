/** The only writer of the store: every create, update and delete, over HTTP or within the process. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../kernel/clock.ts";
import { admitCreate, admitUpdate } from "./admit.ts";
import type { Admission, Subresource } from "./admit.ts";
import { textsAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import { keyOf, keyOfObject, timestamp, withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { inVersion, statusDetailsOf } from "./resource.ts";
import type { Allocator, ApiResource, ResourceTable } from "./resource.ts";
import { alreadyExists, conflict, forbidden, notFound } from "../object/status.ts";
import type { ObjectStore } from "./store.ts";

type WriteOptions = {
  readonly isDryRun?: boolean;
  /** Computes `managedFields` of the stored object; without it they stay as they are. */
  readonly updateManagedFields?: UpdateManagedFields;
};

export type UpdateManagedFields = (
  after: KubeObject,
  before: KubeObject | undefined,
) => readonly Json[] | undefined;

type PropagationPolicy = "Background" | "Foreground" | "Orphan";

export type DeleteOptions = WriteOptions & {
  readonly propagation?: PropagationPolicy;
  readonly uid?: string;
  readonly resourceVersion?: string;
};

/** Identifies an object. `namespace` is "" for cluster-wide resources. */
type ObjectKey = { readonly resource: ApiResource; readonly namespace: string; readonly name: string };

/** Finalizers of the propagation policies; garbage collection removes them. */
export const propagationFinalizers = { Foreground: "foregroundDeletion", Orphan: "orphan" } as const;

type ObjectWriterOptions = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly allocator: Allocator;
};

/** Namespaces that cannot be deleted. */
const protectedNamespaces: readonly string[] = ["default", "kube-public", "kube-system"];

export class ObjectWriter {
  readonly #store: ObjectStore;
  readonly #table: ResourceTable;
  readonly #options: ObjectWriterOptions;

  constructor(store: ObjectStore, table: ResourceTable, options: ObjectWriterOptions) {
    this.#store = store;
    this.#table = table;
    this.#options = options;
  }

  /** Throws 404. */
  read(key: ObjectKey): KubeObject {
    const found = this.#store.get(key.resource, keyOf(key.namespace, key.name));
    if (!found) throw notFound(statusDetailsOf(key.resource, key.name));
    return inVersion(found, key.resource);
  }

  create(resource: ApiResource, sent: KubeObject, options: WriteOptions = {}): KubeObject {
    if (resource.review) return resource.review(sent);
    const { namespace = "", name } = sent.metadata;
    if (resource.namespaced) this.#checkNamespace(resource, namespace, name);
    const object = admitCreate(resource, sent, this.#admission());
    if (this.#store.get(resource, keyOfObject(object))) {
      throw alreadyExists(statusDetailsOf(resource, object.metadata.name));
    }
    const tracked = withManagedFields(options, object, undefined);
    return options.isDryRun ? tracked : this.#store.write(resource, tracked);
  }

  /** Replaces the object or its status. An update without changes creates no new version. */
  update(
    resource: ApiResource,
    object: KubeObject,
    options: WriteOptions & { subresource?: Subresource } = {},
  ): KubeObject {
    const { namespace = "", name } = object.metadata;
    const previous = this.read({ resource, namespace, name });
    const sent = { object, subresource: options.subresource ?? "" };
    const admitted = withManagedFields(
      options,
      admitUpdate(resource, sent, previous, this.#admission()),
      previous,
    );
    if (isDeepStrictEqual(admitted, previous) || options.isDryRun) return admitted;
    if (admitted.metadata.deletionTimestamp && !hasFinalizers(admitted))
      return this.#store.remove(resource, admitted);
    return this.#store.write(resource, admitted);
  }

  /** Removes the object, or marks it for deletion where it has finalizers. Returns the object and whether it is removed. */
  delete(
    key: ObjectKey,
    options: DeleteOptions = {},
  ): { readonly object: KubeObject; readonly isGone: boolean } {
    const previous = this.read(key);
    this.#checkPreconditions(key, previous, options);
    if (previous.kind === "Namespace" && protectedNamespaces.includes(key.name))
      throw forbidden(statusDetailsOf(key.resource, key.name), "this namespace may not be deleted");
    const { deletionFinalizer } = key.resource;
    const { propagation = "Background" } = options;
    const policyFinalizer = propagation === "Background" ? undefined : propagationFinalizers[propagation];
    const finalized = withFinalizer(withFinalizer(previous, deletionFinalizer), policyFinalizer);
    if (!hasFinalizers(finalized)) {
      if (!options.isDryRun) this.#store.remove(key.resource, previous);
      return { object: previous, isGone: true };
    }
    const marked = this.#marked(key.resource, finalized);
    if (options.isDryRun || isDeepStrictEqual(marked, previous)) return { object: marked, isGone: false };
    return { object: this.#store.write(key.resource, marked), isGone: false };
  }

  /** Removes the finalizers in a namespace's spec, and the namespace itself unless it has other finalizers. */
  finalize(resource: ApiResource, namespace: KubeObject): void {
    const free = { ...namespace, spec: {} };
    if (hasFinalizers(free)) this.#store.write(resource, free);
    else this.#store.remove(resource, free);
  }

  #admission(): Admission {
    const { clock, random, allocator } = this.#options;
    return { allocator, wallMs: clock.wallMs(), random };
  }

  #checkNamespace(resource: ApiResource, namespace: string, name: string): void {
    const namespaces = this.#table.find("v1", "namespaces");
    const found = namespaces && this.#store.get(namespaces, keyOf("", namespace));
    if (!found) throw notFound({ group: "", kind: "namespaces", name: namespace });
    if (!found.metadata.deletionTimestamp) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(statusDetailsOf(resource, name), why);
  }

  #checkPreconditions(key: ObjectKey, previous: KubeObject, options: DeleteOptions): void {
    const { uid = "", resourceVersion = "" } = previous.metadata;
    const subject = statusDetailsOf(key.resource, key.name);
    if (options.uid && options.uid !== uid) {
      throw conflict(
        subject,
        `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`,
      );
    }
    if (options.resourceVersion && options.resourceVersion !== resourceVersion) {
      const both = `${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
      throw conflict(subject, `Precondition failed: ResourceVersion in precondition: ${both}`);
    }
  }

  #marked(resource: ApiResource, object: KubeObject): KubeObject {
    if (object.metadata.deletionTimestamp) return object;
    const deletionTimestamp = timestamp(this.#options.clock.wallMs());
    const marked = withMetadata(object, {
      deletionTimestamp,
      deletionGracePeriodSeconds: 0,
      generation: resource.hasGeneration ? (object.metadata.generation ?? 0) + 1 : undefined,
    });
    return object.kind === "Namespace" ? { ...marked, status: { phase: "Terminating" } } : marked;
  }
}

function withManagedFields(
  { updateManagedFields }: WriteOptions,
  after: KubeObject,
  before: KubeObject | undefined,
): KubeObject {
  if (!updateManagedFields) return after;
  const managedFields = updateManagedFields(after, before);
  return withMetadata(after, { managedFields: managedFields?.length ? managedFields : undefined });
}

function hasFinalizers(object: KubeObject): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0) return true;
  return (
    object.kind === "Namespace" && object.apiVersion === "v1" && textsAt(object, "spec.finalizers").length > 0
  );
}

/** Adds the finalizer unless the object has it already. */
function withFinalizer(object: KubeObject, finalizer: string | undefined): KubeObject {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizer === undefined || finalizers.includes(finalizer)) return object;
  return withMetadata(object, { finalizers: [...finalizers, finalizer] });
}
