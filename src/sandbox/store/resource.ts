/** What the server knows of one resource (`deployments.apps`): its names, its subresources and the rules of its objects. */
import type { Json } from "./json.ts";
import type { KubeObject } from "./object.ts";
import type { Cause, Subject } from "./status.ts";

/** One column of `kubectl get`; priority 1 columns show with `-o wide` only. */
export type Column = {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly format?: "name";
  readonly priority?: 0 | 1;
  readonly cell: (object: KubeObject, nowMs: number) => Json;
};

/** Where the scale subresource finds its three values, as dotted paths. */
export type ScalePaths = { readonly replicas: string; readonly observed: string; readonly selector: string };

export type Family = "IPv4" | "IPv6";

/** What is handed out once per cluster; undefined where nothing is left. */
export type Allocator = {
  freeClusterIp(family: Family): string | undefined;
  freeNodePort(): number | undefined;
};

export type NameRule = "subdomain" | "label" | "service" | "path-segment";

export type Resource = {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** There is a status subresource, and main writes cannot change `status`. */
  readonly hasStatus: boolean;
  /** `metadata.generation` counts changes outside metadata and status. */
  readonly hasGeneration: boolean;
  /** Updates may leave out resourceVersion. Leases and custom resources must name it. */
  readonly allowsBlindUpdate: boolean;
  /** Items of its lists leave apiVersion and kind out, as those of built-in resources do. */
  readonly hasBareItems: boolean;
  readonly scale?: ScalePaths;
  readonly nameRule: NameRule;
  readonly columns: readonly Column[];
  /** What its objects hold besides apiVersion, kind and metadata; undefined: anything (custom resources). */
  readonly parts?: readonly string[];
  /** Fields that selectors may name besides metadata.name and metadata.namespace, each with its dotted path. */
  readonly fields: Readonly<Record<string, string>>;
  /** Fills in what clients may leave out; runs on create and update, must be idempotent. */
  readonly complete?: (
    object: KubeObject,
    previous: KubeObject | undefined,
    allocator: Allocator,
  ) => KubeObject;
  readonly validate?: (object: KubeObject, previous: KubeObject | undefined) => readonly Cause[];
  /** A create that is answered and never stored (access reviews). */
  readonly answer?: (object: KubeObject) => KubeObject;
};

/** `v1`, `apps/v1`: the apiVersion of its objects. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

/** Storage and change streams are per resource, whatever the version. */
export function resourceKey(plural: string, group: string): string {
  return group ? `${plural}.${group}` : plural;
}

export function subjectOf(resource: Resource, name?: string): Subject {
  return { group: resource.group, kind: resource.plural, ...(name === undefined ? {} : { name }) };
}

/** The resources a server offers; more may be registered while it runs. */
export class ResourceTable {
  readonly #byPath = new Map<string, Resource>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) this.register(resource);
  }

  register(resource: Resource): void {
    this.#byPath.set(`${apiVersionOf(resource)}/${resource.plural}`, resource);
  }

  unregister(resource: Resource): void {
    this.#byPath.delete(`${apiVersionOf(resource)}/${resource.plural}`);
  }

  all(): readonly Resource[] {
    return [...this.#byPath.values()];
  }

  find(apiVersion: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${apiVersion}/${plural}`);
  }

  ofKind(apiVersion: string, kind: string): Resource | undefined {
    return this.all().find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  }

  ofPlural(plural: string, group: string): Resource | undefined {
    return this.all().find((one) => one.plural === plural && one.group === group);
  }
}
