/** Reads raw API objects, which may contain anything: every accessor accepts any value and returns one of its type. */
import { ANNOTATION_PREFIX, mayBeAboutTraffic } from "../../federation/annotations/annotation-table.ts";
import { keyOf } from "../../federation/members/federation.ts";
import {
  type Annotations,
  type NamedPort,
  NO_ANNOTATIONS,
  portKey,
} from "../../federation/members/backend.ts";

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

/** Names and addresses have a quarter of that; what is cut is refused as any other nonsense, and told in part. */
const TEXT_MAX = 1024;
/** Annotations are a line or two, or a little JSON. */
const ANNOTATION_MAX = 16_384;

/** "" for anything but text; only the beginning of a long one. */
export function text(value: unknown): string {
  return typeof value === "string" ? cut(value, TEXT_MAX) : "";
}

/** A slice would keep all of the text in memory: the beginning is copied. */
function cut(value: string, max: number): string {
  return value.length <= max ? value : Buffer.from(value.slice(0, max)).toString();
}

/** Empty for anything but a list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts in a list, without empty ones; only the beginnings of long ones. */
export function texts(value: unknown, max: number = TEXT_MAX): readonly string[] {
  const given = list(value).filter((item): item is string => typeof item === "string" && item !== "");
  return given.map((item) => cut(item, max));
}

/** Own properties with text values, for labels and annotations. Read them with Object.hasOwn: a label may be called "constructor". */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const isText = (one: unknown): one is string => typeof one === "string";
  // Nearly always true: then nothing is copied.
  if (Object.values(value).every(isText)) return value as Readonly<Record<string, string>>;
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => isText(pair[1])),
  );
}

/** 0 for anything but a port number. */
export function port(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 65_535 ? value : 0;
}

/** Each port is a record; API servers accept more. */
const PORTS_MAX = 64;
/** Fits a label of 63 octets after an underscore. Names of ports may be longer than service names of RFC 6335. */
const PORT_NAME = /^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/;

/** Named ports of a Service or EndpointSlice: ports without a name have no SRV record. */
export function portsOf(ports: unknown, field: "port" | "nodePort"): readonly NamedPort[] {
  const named = list(ports)
    .slice(0, PORTS_MAX)
    .flatMap((item): NamedPort[] => {
      const name = text(at(item, "name"));
      const protocol = (text(at(item, "protocol")) || "TCP").toLowerCase();
      const number = port(at(item, field));
      const isKnown = protocol === "tcp" || protocol === "udp" || protocol === "sctp";
      return isKnown && PORT_NAME.test(name) && number > 0 ? [{ name, protocol, port: number }] : [];
    });
  return named.sort((a, b) => (portKey(a) < portKey(b) ? -1 : 1));
}

/** A label (RFC 1123 §2.1): the name of a namespace or Service. */
export function isLabel(value: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}

/** Names of most objects may contain dots. */
function isName(value: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,252}$/.test(value);
}

export type ObjectMeta = {
  /** "namespace/name". */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdSeconds: number;
  /** "" = it has none. */
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
};

/** For objects without a time of creation: they count as the youngest. */
const NEVER_SECONDS = Number.MAX_SAFE_INTEGER;
/** A UUID has 36. */
const UID_CHARACTERS_MAX = 64;
const IGNORE_LABEL = "fedns.io/ignore";

/**
 * Null for anything but an object in a namespace, for an object that is being deleted, and for one with the label
 * `fedns.io/ignore`.
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
    uid: text(at(metadata, "uid")).slice(0, UID_CHARACTERS_MAX),
    annotations: textMap(at(metadata, "annotations")),
  };
}

/** The annotations of an object with our prefix that may be about traffic, also those that are not in the table. */
export function annotationsOf(object: unknown): Annotations {
  const metadata = at(object, "metadata");
  const annotations = at(metadata, "annotations");
  if (typeof annotations !== "object" || annotations === null) return NO_ANNOTATIONS;
  if (!Object.keys(annotations).some((name) => name.startsWith(ANNOTATION_PREFIX))) return NO_ANNOTATIONS;
  const ours = Object.entries(annotations).filter(
    (entry): entry is [string, string] => mayBeAboutTraffic(entry[0]) && typeof entry[1] === "string",
  );
  if (ours.length === 0) return NO_ANNOTATIONS;
  const values = Object.fromEntries(ours.map(([name, value]) => [name, cut(value, ANNOTATION_MAX)]));
  return { createdAt: text(at(metadata, "creationTimestamp")), values };
}

/** The same as an optional property: most objects have none. */
export function annotationsPart(object: unknown): { readonly annotations?: Annotations } {
  const annotations = annotationsOf(object);
  return annotations === NO_ANNOTATIONS ? {} : { annotations };
}

/** From `status.loadBalancer.ingress`: in an entry with an address, a host name is ignored. */
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

/** A condition, or "" in each field if it is missing. `status`: "True", "False" or "Unknown". */
type Condition = { readonly status: string; readonly reason: string; readonly message: string };

const MESSAGE_CHARACTERS_MAX = 160;
const REASON_CHARACTERS_MAX = 64;

/** Text that others wrote, as part of a sentence: cut, and without control characters. */
export function oneLine(words: string, charactersMax: number): string {
  return words
    .slice(0, charactersMax)
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim();
}

export function conditionOf(holder: unknown, type: string): Condition {
  const found = list(at(holder, "conditions")).find((one) => at(one, "type") === type);
  return {
    status: text(at(found, "status")),
    reason: oneLine(text(at(found, "reason")), REASON_CHARACTERS_MAX),
    message: oneLine(text(at(found, "message")), MESSAGE_CHARACTERS_MAX),
  };
}

/** The status of a condition alone. */
export function condition(holder: unknown, type: string): string {
  return conditionOf(holder, type).status;
}

/** "Programmed is False (Pending: no address yet)", of the first of `types` that is not True; "" = all are. */
export function troubleIn(holder: unknown, types: readonly string[]): string {
  for (const type of types) {
    const { status, ...said } = conditionOf(holder, type);
    if (status === "True") continue;
    return status === ""
      ? `its controller has not said whether it is ${type}`
      : `${type} is ${status}${inBrackets(said)}`;
  }
  return "";
}

export function inBrackets({ reason, message }: Omit<Condition, "status">): string {
  const words = [reason, message].filter((word) => word !== "").join(": ");
  return words === "" ? "" : ` (${words})`;
}

/** Addresses of one object: more are a mistake or an attack. */
export const TARGETS_MAX = 64;
/** Hosts of one object: certificates do not have more names. */
export const HOSTS_MAX = 256;
