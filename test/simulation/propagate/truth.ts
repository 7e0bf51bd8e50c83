/**
 * What the host wants, and wanted a moment ago: every version of every federated object, with its time. A process acts on what its
 * watches have shown, so a write is justified by any version that was there within HORIZON_MS.
 */
import type { Labels } from "../../../src/federation/hosts/selector.ts";
import {
  parseFederatedObject,
  type ParsedObject,
} from "../../../src/propagate/federated/federated-object.ts";
import { type NamespaceBound, place } from "../../../src/propagate/placement/placement.ts";
import type { PropagatedType } from "../../../src/propagate/objects/propagated-type.ts";
import { targetTypeOf } from "../../../src/propagate/objects/propagated-type.ts";
import { type Wanted, wantedIn } from "../../../src/propagate/steps/wanted.ts";
import { render } from "../../../src/propagate/render/render.ts";
import type { Change } from "../../../src/sandbox/store/history.ts";
import { type KubeObject, keyOfObject } from "../../../src/sandbox/object/object.ts";
import type { SimServer } from "./sim-server.ts";
import { ALL_TYPES, federatedKindOf, typeOf, typeOfFederated } from "./types.ts";

/** Watches are behind by up to half of it. */
export const HORIZON_MS = 60_000;
const OWNER = "test";

type Version<T> = { readonly fromMs: number; readonly value: T; readonly text: string };

/** What was to be in a member at some time: `hash` of the content, null = no copy. */
export type Ordered = {
  readonly wanted: Wanted;
  readonly hash: string | null;
  readonly object: KubeObject | null;
};

export class Truth {
  readonly #objects = new Map<string, Version<KubeObject | null>[]>();
  readonly #members: Version<ReadonlyMap<string, Labels>>[] = [];
  readonly #parsed = new WeakMap<KubeObject, ParsedObject | null>();
  /** When the host lost an object, by type and key. */
  readonly goneMs: Map<string, number> = new Map();
  /** Changes of content per object, for bounds on the number of writes. */
  readonly edits: Map<string, number> = new Map();

  note(change: Change, nowMs: number): void {
    const type = typeOfFederated(change.resource.plural);
    if (type === undefined) return;
    this.#set(type, keyOfObject(change.object), change.kind === "DELETED" ? null : change.object, nowMs);
  }

  /** The host was restored: it may have anything. */
  look(host: SimServer, nowMs: number): void {
    for (const type of ALL_TYPES) {
      const all = host.all("types.kubefed.io/v1beta1", federatedKindOf(type));
      const known = [...this.#objects.keys()].filter((id) => id.startsWith(`${type.name}\0`));
      for (const id of known) {
        const [, key = ""] = id.split("\0");
        this.#set(type, key, all.get(key) ?? null, nowMs);
      }
      for (const [key, object] of all)
        if (!this.#objects.has(idOf(type, key))) this.#set(type, key, object, nowMs);
    }
  }

  noteMembers(members: ReadonlyMap<string, Labels>, nowMs: number): void {
    this.#members.push({ fromMs: nowMs, value: members, text: "" });
  }

  now(type: PropagatedType, key: string): KubeObject | null {
    return this.#objects.get(idOf(type, key))?.at(-1)?.value ?? null;
  }

  keys(type: PropagatedType): readonly string[] {
    const all = [...this.#objects.keys()].filter((id) => id.startsWith(`${type.name}\0`));
    return all.map((id) => id.split("\0")[1] as string);
  }

  parsed(object: KubeObject): ParsedObject | null {
    const known = this.#parsed.get(object);
    if (known !== undefined) return known;
    const parsed = parseFederatedObject(object);
    this.#parsed.set(object, parsed);
    return parsed;
  }

  /** What was ordered at any time since then, each once or more. */
  ordered(type: PropagatedType, key: string, member: string, sinceMs: number): Ordered[] {
    const [namespace = ""] = key.split("/");
    const objects = since(this.#objects.get(idOf(type, key)) ?? [], sinceMs);
    const namespaces = since(
      this.#objects.get(idOf(typeOf("namespaces"), `${namespace}/${namespace}`)) ?? [],
      sinceMs,
    );
    const all: Ordered[] = [];
    for (const labels of since(this.#members, sinceMs))
      for (const object of objects.length === 0 ? [null] : objects)
        for (const one of type.name === "namespaces" || namespaces.length === 0 ? [null] : namespaces)
          all.push(this.#order(type, { object, namespace: one, labels: labels ?? new Map(), member, key }));
    return all;
  }

  /** What is ordered now; null = the cluster is no member. */
  order(type: PropagatedType, key: string, member: string): Ordered {
    return this.ordered(type, key, member, Infinity).at(-1) as Ordered;
  }

  #order(
    type: PropagatedType,
    parts: {
      readonly object: KubeObject | null;
      readonly namespace: KubeObject | null;
      readonly labels: ReadonlyMap<string, Labels>;
      readonly member: string;
      readonly key: string;
    },
  ): Ordered {
    const { object, labels, member } = parts;
    const own = labels.get(member);
    const parsed = object === null ? null : this.parsed(object);
    if (own === undefined) return { wanted: { kind: "undecided" }, hash: null, object };
    const cluster = { name: member, labels: own };
    const wanted = wantedIn(parsed, cluster, this.#bound(type, parts.key, parts.namespace, labels));
    if (wanted.kind !== "present") return { wanted, hash: null, object };
    const target = targetTypeOf(type);
    const rendered = render({ object: wanted.object, target, cluster, owner: OWNER, isUpdate: false });
    return { wanted, hash: "hash" in rendered ? rendered.hash : null, object };
  }

  #bound(
    type: PropagatedType,
    key: string,
    object: KubeObject | null,
    labels: ReadonlyMap<string, Labels>,
  ): NamespaceBound {
    const [namespace = "", name = ""] = key.split("/");
    if (type.name === "namespaces")
      return namespace === name ? { kind: "unbounded" } : { kind: "refused", message: "" };
    const parsed = object === null ? null : this.parsed(object);
    if (parsed === null || "problem" in parsed) return { kind: "not-federated" };
    const clusters = [...labels].map(([one, own]) => ({ name: one, labels: own }));
    const placed = place(parsed.object.placement, clusters, { kind: "unbounded" });
    return {
      kind: "placed",
      clusters: new Set(placed.filter(({ isChosen }) => isChosen).map(({ cluster }) => cluster)),
    };
  }

  #set(type: PropagatedType, key: string, object: KubeObject | null, nowMs: number): void {
    const id = idOf(type, key);
    const versions = this.#objects.get(id) ?? [];
    const last = versions.at(-1);
    const text = contentOf(object);
    if ((last?.value ?? null) !== null && object === null) this.goneMs.set(id, nowMs);
    if (last?.text === text) versions[versions.length - 1] = { ...last, value: object };
    else {
      this.edits.set(id, (this.edits.get(id) ?? 0) + 1);
      versions.push({ fromMs: nowMs, value: object, text });
    }
    this.#objects.set(id, versions);
  }
}

export function idOf(type: PropagatedType, key: string): string {
  return `${type.name}\0${key}`;
}

/** The version at that time, and all later ones. */
function since<T>(versions: readonly Version<T>[], sinceMs: number): T[] {
  const first = Math.max(
    0,
    versions.findLastIndex(({ fromMs }) => fromMs <= sinceMs),
  );
  return versions.slice(first).map(({ value }) => value);
}

/** As text, without the status. */
function contentOf(object: KubeObject | null): string {
  if (object === null) return "";
  const { uid, deletionTimestamp, annotations, finalizers } = object.metadata;
  return JSON.stringify({ uid, deletionTimestamp, annotations, finalizers, spec: object["spec"] });
}

export function textOfOrders(orders: readonly Ordered[]): string {
  return [...new Set(orders.map(({ wanted, hash }) => hash ?? wanted.kind))].join(", ");
}
