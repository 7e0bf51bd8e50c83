/** What is read from the objects of simulated servers: whose they are, what is still to be done, and one line about each write. */
import { type JournalEntry, parseEntry } from "../../../src/propagate/journal/journal-entry.ts";
import { MANAGED, OWNER } from "../../../src/propagate/federated/labels.ts";
import { keyOfCopy, type PropagatedType } from "../../../src/propagate/objects/propagated-type.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { Written } from "./sim-server.ts";
import { ALL_TYPES, apiVersionOfCopies } from "./types.ts";

export const OWN = "test";
/** An annotation of somebody else. */
export const NOTE = "example.com/note";

/** That of the control plane in the host. */
export const SYSTEM = "kube-federation-system";

export function entriesOf({ data }: KubeObject): readonly string[] {
  return Object.values((data ?? {}) as Readonly<Record<string, string>>);
}

/** Deletions that are still to be carried out. */
export function entriesIn(host: Written["server"]): readonly JournalEntry[] {
  const books = host.objects
    .list("v1", "ConfigMap", SYSTEM)
    .filter(({ metadata }) => metadata.labels?.["fedns.io/journal"] === "true");
  return books.flatMap(entriesOf).flatMap((text) => parseEntry(text) ?? []);
}

/** It has the label by which copies are watched. Without it nobody sees it: so a person takes it out of the federation. */
export function isSeen({ metadata: { labels = {} } }: KubeObject): boolean {
  return labels[MANAGED] !== undefined;
}

/** A copy of this federation, or one that KubeFed left. */
export function isOurs({ metadata: { labels = {} } }: KubeObject): boolean {
  return labels[OWNER] === OWN || (labels[OWNER] === undefined && labels[MANAGED] === "true");
}

export function copyIn(
  all: ReadonlyMap<string, KubeObject>,
  type: PropagatedType,
  key: string,
): KubeObject | undefined {
  const [namespace = "", name = ""] = key.split("/");
  return all.get(type.target.isNamespaced ? `${namespace}/${name}` : `/${name}`);
}

export function keyIn({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

export function lineOf({ server, change, caller }: Written): string {
  const { metadata } = change.object;
  const isStatus = caller?.request.url.includes("/status?") === true ? " status" : "";
  const leaves = metadata.deletionTimestamp === undefined ? "" : " leaving";
  const name = `${change.resource.plural} ${metadata.namespace ?? ""}/${metadata.name}`;
  return `${server.name}: ${change.kind}${isStatus} ${name}@${change.version}${leaves} by ${caller?.instance ?? caller?.who ?? "a controller"}`;
}

/** What a status says, and what copies have. */
export function detailOf({ change: { object } }: Written): string {
  const { status, data, spec } = object as { status?: any; data?: any; spec?: any };
  if (status?.clusters !== undefined || status?.conditions !== undefined) {
    const ready = (status.conditions ?? []).map(
      (one: any) => `${one.type}=${one.status} ${one.reason} ${one.lastTransitionTime}`,
    );
    return ` ${status.observedGeneration} ${JSON.stringify(status.clusters ?? [])} ${ready.slice(0, 1).join(" ")}`;
  }
  const { finalizers = [] } = object.metadata;
  return ` ${JSON.stringify(data ?? (spec?.template === undefined ? {} : { replicas: spec.replicas }))} ${finalizers.join(",")}`;
}

/** Every copy in a member that is ours, by type and key. */
export function* copiesOf(
  server: Written["server"],
): Generator<readonly [PropagatedType, string, KubeObject]> {
  for (const type of ALL_TYPES)
    for (const copy of server.all(apiVersionOfCopies(type), type.target.kind).values())
      if (isOurs(copy) && isSeen(copy)) {
        const { name, namespace = "" } = copy.metadata;
        yield [type, keyOfCopy(type, { name, namespace }), copy];
      }
}

/** Without what others than the host decide about. */
export function contentIn(object: KubeObject): unknown {
  return { ...object, metadata: undefined, status: undefined };
}

export function isSameContent(a: KubeObject, b: KubeObject): boolean {
  return JSON.stringify(contentIn(a)) === JSON.stringify(contentIn(b));
}
