/** Access to the objects of a server from within the process: for controllers, sample content and tests. */
import type { Subresource } from "./admit.ts";
import type { Change } from "./history.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { keyOf, keyOfObject, withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { mergePatch } from "../merge/patch.ts";
import { inVersion } from "./resource.ts";
import type { ApiResource, ResourceTable } from "./resource.ts";
import { ApiError } from "../object/status.ts";
import type { ObjectStore } from "./store.ts";
import type { DeleteOptions, ObjectWriter } from "./writer.ts";

export type ObjectRef = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
};

/** A manifest, as `kubectl create -f` reads it. */
export type Manifest = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
};

export class ObjectClient {
  readonly #store: ObjectStore;
  readonly #table: ResourceTable;
  readonly #writer: ObjectWriter;

  constructor(store: ObjectStore, table: ResourceTable, writer: ObjectWriter) {
    this.#store = store;
    this.#table = table;
    this.#writer = writer;
  }

  /** The version of the latest write. */
  get version(): number {
    return this.#store.version;
  }

  /** Also undefined for a kind that the server does not offer. */
  get(ref: ObjectRef): KubeObject | undefined {
    const resource = this.#table.ofKind(ref.apiVersion, ref.kind);
    const found = resource && this.#store.get(resource, keyOf(ref.namespace ?? "", ref.name));
    return found && inVersion(found, resource);
  }

  isKnown(of: { readonly apiVersion: string; readonly kind: string }): boolean {
    return this.#table.ofKind(of.apiVersion, of.kind) !== undefined;
  }

  /** Sorted by namespace and name; from all namespaces where none is given. */
  list(apiVersion: string, kind: string, namespace?: string): readonly KubeObject[] {
    const resource = this.#resource({ apiVersion, kind });
    const stored = this.#store.objects(resource);
    const all = resource.storageVersion ? stored.map((object) => inVersion(object, resource)) : stored;
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  /** By the plural, in a namespace; none for a resource that the server does not offer. */
  ofResource(plural: string, group: string, namespace: string): readonly KubeObject[] {
    const resource = this.#table.ofPlural(plural, group);
    const all = resource ? this.#store.objects(resource) : [];
    return all.filter((object) => object.metadata.namespace === namespace);
  }

  /** All objects in a namespace, of every resource. */
  within(namespace: string): readonly KubeObject[] {
    const resources = this.#table.stored().filter((resource) => resource.namespaced && !resource.review);
    return resources.flatMap((resource) =>
      this.#store.objects(resource).filter((object) => object.metadata.namespace === namespace),
    );
  }

  /** Creates or replaces; a `status` in the manifest is written to the subresource. Throws `ApiError` as over HTTP. */
  put(manifest: Manifest): KubeObject {
    const resource = this.#resource(manifest);
    const sent = withMetadata(manifest, { resourceVersion: undefined });
    const previous = this.#store.get(resource, keyOfObject(sent));
    const dated = withMetadata(sent, { resourceVersion: previous?.metadata.resourceVersion });
    const stored = previous ? this.#writer.update(resource, dated) : this.#writer.create(resource, sent);
    if (!resource.hasStatus || manifest["status"] === undefined) return stored;
    return this.putStatus(stored, manifest["status"]);
  }

  putStatus(object: KubeObject, status: Json): KubeObject {
    const latest = this.#store.get(this.#resource(object), keyOfObject(object)) ?? object;
    return this.#writer.update(this.#resource(object), { ...latest, status }, { subresource: "status" });
  }

  /** JSON merge patch (RFC 7386). */
  patch(ref: ObjectRef, patch: JsonObject, subresource: Subresource = ""): KubeObject {
    const resource = this.#resource(ref);
    const previous = this.#writer.read({ resource, namespace: ref.namespace ?? "", name: ref.name });
    return this.#writer.update(resource, mergePatch(previous, patch) as KubeObject, { subresource });
  }

  /** Deletes the object, or marks it for deletion where it has finalizers. Does nothing where it does not exist. */
  delete(ref: ObjectRef, options: DeleteOptions = {}): void {
    if (!this.get(ref)) return;
    this.#writer.delete(
      { resource: this.#resource(ref), namespace: ref.namespace ?? "", name: ref.name },
      options,
    );
  }

  /** For the namespace controller: removes the finalizers in the namespace's spec. */
  finalizeNamespace(namespace: KubeObject): void {
    this.#writer.finalize(this.#resource(namespace), namespace);
  }

  subscribe(listener: (change: Change) => void): () => void {
    return this.#store.subscribe(listener);
  }

  #resource(of: { readonly apiVersion: string; readonly kind: string }): ApiResource {
    const found = this.#table.ofKind(of.apiVersion, of.kind);
    if (!found) throw new ApiError(404, "NotFound", `no resource for kind ${of.kind} in ${of.apiVersion}`);
    return found;
  }
}

export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
  return { apiVersion, kind, name: metadata.name, ...namespace };
}
