/** Reading raw API objects, which are hostile until parsed: every accessor takes anything and gives something usable. */
import { ANNOTATION_PREFIX, mayBeAboutTraffic } from "../../federation/annotations/annotation-table.ts";
import { keyOf } from "../../federation/members/federation.ts";
import { NO_ANNOTATIONS, type Annotations } from "../../federation/members/backend.ts";

/** The value at a path of own properties; undefined where the path ends early. */
export function at(value: unknown, first: string, second?: string, third?: string): unknown {
  let found = own(value, first);
  if (second !== undefined) found = own(found, second);
  return third === undefined ? found : own(found, third);
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** "" for what is no text. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Empty for what is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a list, empty ones left out. */
export function texts(value: unknown): readonly string[] {
  return list(value).filter((item): item is string => typeof item === "string" && item !== "");
}

/** Own properties with text values; labels and annotations. Ask with Object.hasOwn: a label may be called "constructor". */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const isText = (one: unknown): one is string => typeof one === "string";
  // Nearly always all are: no need to copy what every object of a cluster has.
  if (Object.values(value).every(isText)) return value as Readonly<Record<string, string>>;
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => isText(pair[1])),
  );
}

/** A port number; 0 for what is none. */
export function port(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 65_535 ? value : 0;
}

/** RFC 1123 §2.1: namespaces, Services. */
export function isLabel(value: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}

/** Names of most objects may hold dots. */
function isName(value: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,252}$/.test(value);
}

export type ObjectMeta = {
  /** "namespace/name". */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdSeconds: number;
  readonly annotations: Readonly<Record<string, string>>;
};

/** What an object that does not say when it was made counts as: the youngest. */
const NEVER_SECONDS = Number.MAX_SAFE_INTEGER;
const IGNORE_LABEL = "fedns.io/ignore";

/**
 * Null for what is no object of a namespace, for an object on its way out (it announces nothing any more), and for one
 * that says by its label `fedns.io/ignore` that it is not meant.
 */
export function metaOf(object: unknown): ObjectMeta | null {
  const metadata = at(object, "metadata");
  const namespace = text(at(metadata, "namespace"));
  const name = text(at(metadata, "name"));
  if (!isLabel(namespace) || !isName(name)) return null;
  if (text(at(metadata, "deletionTimestamp")) !== "") return null;
  const ignore = at(metadata, "labels", IGNORE_LABEL);
  if (ignore !== undefined && ignore !== "false") return null;
  const createdMs = Date.parse(text(at(metadata, "creationTimestamp")));
  return {
    key: keyOf({ namespace, name }),
    namespace,
    name,
    createdSeconds: Number.isFinite(createdMs) ? Math.floor(createdMs / 1000) : NEVER_SECONDS,
    annotations: textMap(at(metadata, "annotations")),
  };
}

/** What an object says about traffic: its annotations of our prefix, also those that are not in the table. */
export function annotationsOf(object: unknown): Annotations {
  const metadata = at(object, "metadata");
  const annotations = at(metadata, "annotations");
  if (typeof annotations !== "object" || annotations === null) return NO_ANNOTATIONS;
  if (!Object.keys(annotations).some((name) => name.startsWith(ANNOTATION_PREFIX))) return NO_ANNOTATIONS;
  const ours = Object.entries(annotations).filter(
    (entry): entry is [string, string] => mayBeAboutTraffic(entry[0]) && typeof entry[1] === "string",
  );
  if (ours.length === 0) return NO_ANNOTATIONS;
  return { createdAt: text(at(metadata, "creationTimestamp")), values: Object.fromEntries(ours) };
}

/** As a part of facts, where most objects have none. */
export function annotationsPart(object: unknown): { readonly annotations?: Annotations } {
  const annotations = annotationsOf(object);
  return annotations === NO_ANNOTATIONS ? {} : { annotations };
}

/** `status.loadBalancer.ingress` and its likes: an entry with an address needs no look-up, whatever name is beside it. */
export function balancerTargets(entries: unknown): {
  readonly addresses: readonly string[];
  readonly hostnames: readonly string[];
} {
  const addresses: string[] = [];
  const hostnames: string[] = [];
  for (const item of list(entries).slice(0, TARGETS_MAX)) {
    const ip = text(at(item, "ip"));
    const hostname = ip === "" ? text(at(item, "hostname")) : "";
    if (ip !== "") addresses.push(ip);
    if (hostname !== "") hostnames.push(hostname);
  }
  return { addresses, hostnames };
}

/** More addresses than this behind one object are a fault or an attack (research/dns.md §4.2). */
export const TARGETS_MAX = 64;
/** Hosts of one object: a certificate for more names than this is nowhere to be had. */
export const HOSTS_MAX = 256;
