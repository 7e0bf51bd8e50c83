/** The only writer of the store: every create, update and delete, over HTTP or within the process. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../kernel/clock.ts";
import { admitCreate, admitUpdate } from "./admit.ts";
import type { Admission, Subresource } from "./admit.ts";
import { textsAt } from "../object/json.ts";
import { keyOf, keyOfObject, timestamp, withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { differsInTimes, withManagedFields } from "./attribution.ts";
import type { UpdateManagedFields } from "./attribution.ts";
import { managedFieldsAfter, managedFieldsOf } from "../merge/ownership.ts";
import { apiVersionOf, inVersion, statusDetailsOf } from "./resource.ts";
import type { Allocator, ApiResource, ResourceTable } from "./resource.ts";
import { alreadyExists, conflict, forbidden, notFound } from "../object/status.ts";
import type { ApiError } from "../object/status.ts";
import { quotaFault } from "./quota.ts";
import type { Countable } from "./quota.ts";
import { administrator } from "../object/user.ts";
import type { User } from "../object/user.ts";
import type { ObjectStore } from "./store.ts";

export type ObjectWriteOptions = {
  readonly isDryRun?: boolean;
  /** Absent for writes from within the process. */
  readonly user?: User;
  /** Called with the object whose fields have been attributed; what it returns is written instead. */
  readonly mutate?: (after: KubeObject, before: KubeObject | undefined) => KubeObject;
  /** Called with the object as it would be stored; what it throws refuses the write. */
  readonly check?: (after: KubeObject, before: KubeObject | undefined) => void;
  /** Computes `managedFields` of the stored object; without it they stay as they are. */
  readonly updateManagedFields?: UpdateManagedFields;
};

type PropagationPolicy = "Background" | "Foreground" | "Orphan";

export type DeleteOptions = ObjectWriteOptions & {
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

/** Who writes the status of a kind, where it is not the controller manager. */
const controllers: Readonly<Record<string, string>> = { Pod: "kubelet", Service: "cloud-controller-manager" };

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

  create(resource: ApiResource, sent: KubeObject, options: ObjectWriteOptions = {}): KubeObject {
    if (resource.review) return resource.review(sent, options.user ?? administrator("system:apiserver"));
    const { namespace = "", name } = sent.metadata;
    if (resource.namespaced) this.#checkNamespace(resource, namespace, name);
    const object = admitCreate(resource, sent, this.#admission());
    const existing = this.#store.get(resource, keyOfObject(object));
    if (existing) {
      const isBeingDeleted = existing.metadata.deletionTimestamp !== undefined;
      throw alreadyExists(statusDetailsOf(resource, object.metadata.name), isBeingDeleted);
    }
    const tracked = withManagedFields({ resource, options, sent }, object, undefined);
    const mutated = options.mutate?.(tracked, undefined) ?? tracked;
    const made = mutated === tracked ? tracked : this.#readmitted(resource, mutated, undefined);
    options.check?.(made, undefined);
    this.#checkQuota(resource, made);
    return options.isDryRun ? made : this.#store.write(resource, made);
  }

  /** Replaces the object or its status. An update without changes creates no new version. */
  update(
    resource: ApiResource,
    object: KubeObject,
    options: ObjectWriteOptions & { subresource?: Subresource; isPatch?: boolean } = {},
  ): KubeObject {
    const { namespace = "", name } = object.metadata;
    const previous = this.read({ resource, namespace, name });
    const { subresource = "", isPatch = false } = options;
    const wanted = admitUpdate(resource, { object, subresource, isPatch }, previous, this.#admission());
    const attributed =
      subresource === "status" && !options.user
        ? { ...options, updateManagedFields: this.#controllerFields(resource) }
        : options;
    const tracked = withManagedFields({ resource, options: attributed, sent: object }, wanted, previous);
    const mutated = options.mutate?.(tracked, previous) ?? tracked;
    const made =
      mutated === tracked ? tracked : this.#readmitted(resource, mutated, { previous, subresource, isPatch });
    const admitted = differsInTimes(made, previous) ? previous : made;
    options.check?.(admitted, previous);
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

  /** Controllers own the status that they write, where the fields of an object are tracked at all. */
  #controllerFields(resource: ApiResource): UpdateManagedFields {
    const manager = controllers[resource.kind] ?? "kube-controller-manager";
    const apiVersion = apiVersionOf(resource);
    const author = { manager, operation: "Update", apiVersion, subresource: "status" } as const;
    const wallMs = this.#options.clock.wallMs();
    return (after, before) => {
      const owners = managedFieldsOf(before);
      if (!owners) return before?.metadata.managedFields;
      return managedFieldsAfter({ resource, author, before, after, owners, wallMs });
    };
  }

  /** What a webhook returns is completed and validated like what a client sends. Its managed fields are kept. */
  #readmitted(resource: ApiResource, mutated: KubeObject, update: Readmission | undefined): KubeObject {
    const { managedFields, uid } = mutated.metadata;
    const made = update
      ? admitUpdate(resource, { ...update, object: mutated }, update.previous, this.#admission())
      : withMetadata(admitCreate(resource, mutated, this.#admission()), { uid });
    return withMetadata(made, { managedFields });
  }

  #checkQuota(resource: ApiResource, object: KubeObject): void {
    const { namespace, name } = object.metadata;
    const quotas = this.#table.find("v1", "resourcequotas");
    if (namespace === undefined || !quotas) return;
    const own = this.#store.objects(quotas).filter((quota) => quota.metadata.namespace === namespace);
    if (own.length === 0) return;
    const all = this.#store.objects(resource).filter((one) => one.metadata.namespace === namespace);
    const usedOf = ({ amountOf }: Countable): number => all.reduce((sum, one) => sum + amountOf(one), 0);
    for (const quota of own) {
      const why = quotaFault(quota, { object, resource, usedOf });
      if (why !== undefined) throw forbidden(statusDetailsOf(resource, name), why);
    }
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
    const cause = {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    };
    throw forbidden(statusDetailsOf(resource, name), why, [cause]);
  }

  #checkPreconditions(key: ObjectKey, previous: KubeObject, options: DeleteOptions): void {
    const { uid = "", resourceVersion = "" } = previous.metadata;
    // Here real servers name the kind, not the resource.
    const subject = { group: key.resource.group, kind: key.resource.kind, name: key.name };
    const differs = (field: string, asked: string, found: string, when: string): ApiError => {
      const both = `the ${field} in the precondition (${asked}) does not match the ${field} in record (${found})`;
      return conflict(subject, `${both}. The object might have been ${when}`);
    };
    if (options.uid && options.uid !== uid)
      throw differs("UID", options.uid, uid, "deleted and then recreated");
    if (options.resourceVersion && options.resourceVersion !== resourceVersion)
      throw differs("ResourceVersion", options.resourceVersion, resourceVersion, "modified");
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

type Readmission = {
  readonly previous: KubeObject;
  readonly subresource: Subresource;
  readonly isPatch: boolean;
};

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
