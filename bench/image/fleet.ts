/**
 * The fleet of the `image` bench: three clusters with a region and a zone each, so seven levels (the top, three regions,
 * three zones); services that all three have, each with three addresses in each; and a zone of exact records.
 */
import { writeQuery } from "../load/ask.ts";
import { domain, federationLabel } from "../load/federation.ts";

export const recordZone = "records.example";
export const clusters = ["us-west", "eu-central", "ap-northeast"] as const;
export const zoneLabel = "a";
const namespace = "demo";
const addressesPerCluster = 3;

/** The suffixes behind `service.namespace.federation.svc.`: all levels. */
export const levels: readonly string[] = [
  domain,
  ...clusters.map((region) => `${region}.${domain}`),
  ...clusters.map((region) => `${zoneLabel}.${region}.${domain}`),
];

/** "namespace/name", as the federation keys services. */
export function serviceKeyText(index: number): string {
  return `${namespace}/s${index}`;
}

export function serviceName(index: number, level: string): string {
  return `s${index}.${namespace}.${federationLabel}.svc.${level}`;
}

/** The first label of a record's name below `recordZone`. */
export function recordLabel(index: number): string {
  return `n${index}`;
}

/**
 * The three addresses of a service in a cluster, ascending. Each `version` has different addresses, so that an answer
 * tells its version.
 */
export function addressesOf(cluster: number, index: number, version: number): readonly number[] {
  // 8 bits of network, 2 of cluster, 12 of version, 8 of service, 2 of address: enough to tell apart all answers of one
  // probe.
  const first = (10 << 24) | (cluster << 22) | ((version & 0xfff) << 10) | ((index & 0xff) << 2);
  return Array.from({ length: addressesPerCluster }, (_, host) => first + host);
}

/** An IPv4 address as in RDATA. */
export function octetsOf(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/** A service and a level drawn at random, or a record. */
export function drawServiceName(services: number, random: () => number): string {
  const level = levels[Math.floor(random() * levels.length)] ?? domain;
  return serviceName(Math.floor(random() * services), level);
}

export function drawRecordName(records: number, random: () => number): string {
  return `${recordLabel(Math.floor(random() * records))}.${recordZone}`;
}

/** Many queries in one block of memory, as a receive buffer holds them; query i is octets [starts[i], starts[i + 1]). */
export type Queries = { readonly bytes: Uint8Array; readonly starts: Uint32Array };

const slackOctets = 8;

export function encodeQueries(names: readonly string[]): Queries {
  const messages = names.map((name, id) => writeQuery({ name, edns: false }, id & 0xffff));
  const starts = new Uint32Array(messages.length + 1);
  for (const [i, message] of messages.entries()) starts[i + 1] = (starts[i] as number) + message.length;
  const bytes = new Uint8Array((starts.at(-1) ?? 0) + slackOctets);
  for (const [i, message] of messages.entries()) bytes.set(message, starts[i]);
  return { bytes, starts };
}
