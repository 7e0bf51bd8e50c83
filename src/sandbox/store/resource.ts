/** What the server knows of one resource (`deployments.apps`): its names, its subresources and the rules of its objects. */
import type { Json, JsonObject } from "../object/json.ts";
import type { NameRule } from "../object/name.ts";
import type { KubeObject } from "../object/object.ts";
import type { Pruned } from "../types/typed.ts";
import type { Shape } from "../merge/shape.ts";
import type { StatusCause, StatusDetails } from "../object/status.ts";

/** One column of `kubectl get`; priority 1 columns show with `-o wide` only. */
export type PrinterColumn = {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: "name";
  readonly priority?: 0 | 1;
  readonly cell: (object: KubeObject, nowMs: number) => Json;
};

/** Where the scale subresource finds its three values, as dotted paths. */
export type ScalePaths = { readonly replicas: string; readonly observed: string; readonly selector: string };

export type IpFamily = "IPv4" | "IPv6";

/** What is handed out once per cluster; undefined where nothing is left. */
export type Allocator = {
  freeClusterIp(family: IpFamily): string | undefined;
  freeNodePort(): number | undefined;
  /** Whether a cluster IP or node port is somebody's. */
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
  /** There is a status subresource, and main writes cannot change `status`. */
  readonly hasStatus: boolean;
  /** `metadata.generation` counts changes outside metadata and status. */
  readonly hasGeneration: boolean;
  /** Updates may leave out resourceVersion. Leases and custom resources must name it. */
  readonly allowsUnconditionalUpdate: boolean;
  /** Items of its lists leave apiVersion and kind out, as those of built-in resources do. */
  readonly hasBareItems: boolean;
  readonly scale?: ScalePaths;
  /** How patches and server-side apply merge its objects. */
  readonly shape: Shape;
  readonly nameRule: NameRule;
  readonly columns: readonly PrinterColumn[];
  /** Built-in resources only: the type of their objects, by its name in `types/model.ts`. */
  readonly model: string | undefined;
  /** Fields that selectors may name besides metadata.name and metadata.namespace, each with its dotted path. */
  readonly selectableFields: Readonly<Record<string, string>>;
  /** Fills in what clients may leave out; runs on create and update, must be idempotent. */
  readonly applyDefaults?: (
    object: KubeObject,
    previous: KubeObject | undefined,
    allocator: Allocator,
  ) => KubeObject;
  /** Resources of several versions: an object that was written in another one as this version shows it. */
  readonly fromStorage?: (object: KubeObject) => KubeObject;
  /** What of an object written in this version the storage version keeps. */
  readonly toStorage?: (object: KubeObject) => KubeObject;
  readonly validate?: (
    object: KubeObject,
    previous: KubeObject | undefined,
    allocator: Allocator,
  ) => readonly StatusCause[];
  /** Custom resources only: the schema of their definition. What is written to their status is checked against it too. */
  readonly schema?: JsonObject;
  /** The object without undeclared fields, and the paths of those. Custom resources leave metadata alone. */
  readonly prune: (object: JsonObject) => Pruned;
  /** The version objects are kept in, where there are several. */
  readonly storageVersion?: string;
  /** Holds every deleted object until its controller has cleaned up. */
  readonly deletionFinalizer?: string;
  /** What clients are told whenever they use this version (deprecation). */
  readonly deprecationWarning?: string;
  /** What a client is told about an object it writes. */
  readonly warnings?: (object: JsonObject) => readonly string[];
  /** A create that is answered and never stored (access reviews). */
  readonly review?: (object: KubeObject) => KubeObject;
};

/** `v1`, `apps/v1`: the apiVersion of its objects. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

/** Storage and change streams are per resource, whatever the version. */
export function resourceKey(plural: string, group: string): string {
  return group ? `${plural}.${group}` : plural;
}

/** `object` as this version of its resource shows it. No conversion webhook is called for custom ones. */
export function inVersion(object: KubeObject, resource: ApiResource): KubeObject {
  const apiVersion = apiVersionOf(resource);
  if (object.apiVersion === apiVersion) return object;
  return resource.fromStorage ? resource.fromStorage(object) : { ...object, apiVersion };
}

export function statusDetailsOf(resource: ApiResource, name?: string): StatusDetails {
  return { group: resource.group, kind: resource.plural, ...(name === undefined ? {} : { name }) };
}

/** The resources a server offers; more may be registered while it runs. */
export class ResourceTable {
  readonly #byPath = new Map<string, ApiResource>();
  readonly #byKind = new Map<string, ApiResource>();
  readonly #leavers = new Set<(path: string) => void>();
  #serial = 0;

  constructor(resources: readonly ApiResource[]) {
    for (const resource of resources) this.register(resource);
  }

  /** Grows with every registration and removal: documents about the resources are dated with it. */
  get serial(): number {
    return this.#serial;
  }

  register(resource: ApiResource): void {
    this.#serial += 1;
    this.#byPath.set(pathOf(resource), resource);
    this.#byKind.set(`${apiVersionOf(resource)}/${resource.kind}`, resource);
  }

  /** Tells those who follow it (watches) that a resource is no longer offered. */
  unregister(resource: ApiResource): void {
    this.#serial += 1;
    this.#byPath.delete(pathOf(resource));
    this.#byKind.delete(`${apiVersionOf(resource)}/${resource.kind}`);
    for (const listener of this.#leavers) listener(pathOf(resource));
  }

  /** Calls `listener` when this very version is no longer offered; the returned function ends that. */
  onceUnregistered(resource: ApiResource, listener: () => void): () => void {
    const heed = (path: string): void => {
      if (path === pathOf(resource)) listener();
    };
    this.#leavers.add(heed);
    return () => this.#leavers.delete(heed);
  }

  /** One version of each resource: for whoever looks at everything that is stored. */
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
