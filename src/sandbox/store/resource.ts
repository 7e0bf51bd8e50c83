/** API resources (`deployments.apps`): names, subresources, and the rules of their objects. */
import type { Json, JsonObject } from "../object/json.ts";
import type { NameRule } from "../object/name.ts";
import type { KubeObject } from "../object/object.ts";
import type { MistypedField } from "../types/mistyped.ts";
import type { Pruned } from "../types/typed.ts";
import type { Shape } from "../merge/shape.ts";
import type { StatusCause, StatusDetails } from "../object/status.ts";
import type { User } from "../object/user.ts";

/** One column of `kubectl get`; priority 1 columns show with `-o wide` only. */
export type PrinterColumn = {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: "name";
  readonly priority?: 0 | 1;
  readonly cell: (object: KubeObject, nowMs: number) => Json;
};

/** Dotted paths of the three values that the scale subresource reads and writes. */
export type ScalePaths = { readonly replicas: string; readonly observed: string; readonly selector: string };

export type IpFamily = "IPv4" | "IPv6";

/** Addresses and ports that are unique in a cluster; undefined where none is left. */
export type Allocator = {
  freeClusterIp(family: IpFamily): string | undefined;
  freeNodePort(): number | undefined;
  /** Whether a cluster IP or node port is in use. */
  isTaken(addressOrPort: string): boolean;
};

export type ApiResource = {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  /** Default: the kind and "List". */
  readonly listKind?: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** There is a status subresource, and writes to the object itself do not change `status`. */
  readonly hasStatus: boolean;
  /** `metadata.generation` counts changes outside metadata and status. */
  readonly hasGeneration: boolean;
  /** Updates may omit resourceVersion. Leases and custom resources require it. */
  readonly allowsUnconditionalUpdate: boolean;
  /** Items of lists omit apiVersion and kind, as those of built-in resources do. */
  readonly hasBareItems: boolean;
  readonly scale?: ScalePaths;
  /** How patches and server-side apply merge its objects. */
  readonly shape: Shape;
  readonly nameRule: NameRule;
  readonly columns: readonly PrinterColumn[];
  /** Built-in resources only: the model of their type in `types/model.ts`. */
  readonly model: string | undefined;
  /** Fields that selectors may name besides metadata.name and metadata.namespace, with their dotted paths. */
  readonly selectableFields: Readonly<Record<string, string>>;
  /** Sets the fields that clients may omit; runs on create and update, and must be idempotent. */
  readonly applyDefaults?: (
    object: KubeObject,
    previous: KubeObject | undefined,
    allocator: Allocator,
  ) => KubeObject;
  /** Resources with several versions: converts a stored object to this version. */
  readonly fromStorage?: (object: KubeObject) => KubeObject;
  /** Converts an object of this version to the storage version. */
  readonly toStorage?: (object: KubeObject) => KubeObject;
  readonly validate?: (
    object: KubeObject,
    previous: KubeObject | undefined,
    allocator: Allocator,
  ) => readonly StatusCause[];
  /** Custom resources only: the schema of their definition. Writes to their status are validated against it, too. */
  readonly schema?: JsonObject;
  /** Drops undeclared fields and reports their paths. Metadata of custom resources is kept as it is. */
  readonly prune: (object: JsonObject) => Pruned;
  /** Values of a wrong type, in the words of server-side apply. */
  readonly mistyped: (object: JsonObject) => readonly MistypedField[];
  /**
   * Fields that the server allocates after the write is attributed to its author, so that no one owns them unless the
   * author sent them: steps of a path, in which `*` is every entry of a list or every key of a map.
   */
  readonly allocated?: readonly (readonly string[])[];
  /** `metadata.generation` counts changes of annotations, too: Deployments alone do that. */
  readonly countsAnnotations?: boolean;
  /** The version that objects are stored in, where there are several. */
  readonly storageVersion?: string;
  /** A finalizer that every deleted object keeps until its controller has cleaned up. */
  readonly deletionFinalizer?: string;
  /** A warning for every request that uses this version. */
  readonly deprecationWarning?: string;
  /** Warnings about an object that a client writes. */
  readonly warnings?: (object: JsonObject) => readonly string[];
  /** Answers a create without storing anything (access reviews). */
  readonly review?: (object: KubeObject, author: User) => KubeObject;
};

/** The apiVersion of its objects: `v1`, `apps/v1`. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

/** Objects and changes are stored per resource, independent of the version. */
export function resourceKey(plural: string, group: string): string {
  return group ? `${plural}.${group}` : plural;
}

/** Converts `object` to this version of its resource. Conversion webhooks are not called. */
export function inVersion(object: KubeObject, resource: ApiResource): KubeObject {
  const apiVersion = apiVersionOf(resource);
  if (object.apiVersion === apiVersion) return object;
  return resource.fromStorage ? resource.fromStorage(object) : { ...object, apiVersion };
}

export function statusDetailsOf(resource: ApiResource, name?: string): StatusDetails {
  return { group: resource.group, kind: resource.plural, ...(name === undefined ? {} : { name }) };
}

/** The resources that a server offers; more can be registered while it runs. */
export class ResourceTable {
  readonly #byPath = new Map<string, ApiResource>();
  readonly #byKind = new Map<string, ApiResource>();
  readonly #removalListeners = new Set<(path: string) => void>();
  #serial = 0;

  constructor(resources: readonly ApiResource[]) {
    for (const resource of resources) this.register(resource);
  }

  /** Increases with every registration and removal; documents about the resources carry it as their version. */
  get serial(): number {
    return this.#serial;
  }

  register(resource: ApiResource): void {
    this.#serial += 1;
    this.#byPath.set(pathOf(resource), resource);
    this.#byKind.set(`${apiVersionOf(resource)}/${resource.kind}`, resource);
  }

  /** Notifies watches that the resource is no longer offered. */
  unregister(resource: ApiResource): void {
    this.#serial += 1;
    this.#byPath.delete(pathOf(resource));
    this.#byKind.delete(`${apiVersionOf(resource)}/${resource.kind}`);
    for (const listener of this.#removalListeners) listener(pathOf(resource));
  }

  /** Calls `listener` when this version is no longer offered; the returned function cancels that. */
  onceUnregistered(resource: ApiResource, listener: () => void): () => void {
    const onRemoval = (path: string): void => {
      if (path === pathOf(resource)) listener();
    };
    this.#removalListeners.add(onRemoval);
    return () => this.#removalListeners.delete(onRemoval);
  }

  /** One version of each resource, for reading everything that is stored. */
  stored(): readonly ApiResource[] {
    return [...new Map(this.all().map((one) => [resourceKey(one.plural, one.group), one])).values()];
  }

  all(): readonly ApiResource[] {
    return [...this.#byPath.values()];
  }

  find(apiVersion: string, plural: string): ApiResource | undefined {
    return this.#byPath.get(`${apiVersion}/${plural}`);
  }

  ofKind(apiVersion: string, kind: string): ApiResource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  ofPlural(plural: string, group: string): ApiResource | undefined {
    return this.all().find((one) => one.plural === plural && one.group === group);
  }
}

function pathOf(resource: ApiResource): string {
  return `${apiVersionOf(resource)}/${resource.plural}`;
}
