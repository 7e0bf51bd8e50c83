/** Is an answer one that the truth allows? Written against the promises, without a look at how answers are made. */
import type { Message } from "../support/decode.ts";
import { FRESH_MS, type State, type Truth } from "./truth.ts";

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
/** Second octet of the addresses of the first cluster. */
export const FIRST_OCTET = 100;

export type Question = {
  /** The service's name, one label. */
  readonly service: string;
  /** Null: the global name. */
  readonly cluster: string | null;
  readonly askedMs: number;
};

/** Addresses of cluster i are 10.(100+i).x.y, so that an answer says which part of it belongs to which cluster. */
export function ownerOf(address: string, clusters: readonly string[]): string | undefined {
  return clusters[Number(address.split(".")[1]) - FIRST_OCTET];
}

/** Null = the answer is right; otherwise what is wrong with it. */
export function faultOf(truth: Truth, question: Question, answer: Message): string | null {
  switch (answer.rcode) {
    case NXDOMAIN:
      return faultOfDenial(truth, question);
    case SERVFAIL:
      return truth.isUnsettled ? null : faultOfFailure(truth, question);
    case NOERROR:
      return faultOfAddresses(truth, question, answer);
    default:
      return `RCODE ${answer.rcode}`;
  }
}

function isDeclared(state: State): boolean {
  return state !== null;
}

function isReady(state: State): boolean {
  return state !== null && state.length > 0;
}

function faultOfDenial(truth: Truth, { service, askedMs }: Question): string | null {
  const declaring = truth.clusters.filter((name) => truth.possible(name, service, askedMs).every(isDeclared));
  if (declaring.length > 0) return `NXDOMAIN, but ${declaring.join(", ")} declared it all the while`;
  const recent = truth.clusters.filter((name) => truth.recent(name, service, askedMs).every(isDeclared));
  if (service === truth.keptBack && recent.length > 0)
    return `NXDOMAIN, but it is kept back, and ${recent.join(", ")} declared it`;
  const added = recent.filter((name) => truth.outdated.has(name));
  if (added.length > 0) return `NXDOMAIN, but ${added.join(", ")} declared it after the copy was made`;
  const unread = recent.filter((name) => truth.unread.has(name));
  if (unread.length > 0) return `NXDOMAIN, but ${unread.join(", ")} declared it before it was read`;
  return truth.unreadable === null ? null : `NXDOMAIN, but ${truth.unreadable} may declare it`;
}

function faultOfFailure(truth: Truth, { service, cluster, askedMs }: Question): string | null {
  const { unread, outdated, clusters, keptBack, overQuota } = truth;
  if (service === keptBack) return null;
  if (overQuota !== null && truth.possible(overQuota, service, askedMs).some(isDeclared)) return null;
  if (unread.size + outdated.size === 0)
    return askedMs < truth.allReadMs + FRESH_MS ? null : "SERVFAIL, but every member has been read";
  // What another cluster has is no answer for the region of one that was never read.
  if (cluster !== null && unread.has(cluster)) return null;
  const isKnown = unread.size > 0 ? isReady : isDeclared;
  const known = clusters.filter(
    (name) => !unread.has(name) && truth.possible(name, service, askedMs).every(isKnown),
  );
  return known.length === 0 ? null : `SERVFAIL, but it was known from ${known.join(", ")}`;
}

function faultOfAddresses(truth: Truth, question: Question, answer: Message): string | null {
  const { service, cluster, askedMs } = question;
  const possible = (name: string): readonly State[] => truth.possible(name, service, askedMs);
  const addresses = answer.answer.filter(({ type }) => type === 1).map(({ data }) => data);
  const strangers = addresses.filter((address) => ownerOf(address, truth.clusters) === undefined);
  if (strangers.length > 0) return `addresses that no cluster has: ${strangers.join(", ")}`;
  const doubled = addresses.filter((address, i) => addresses.indexOf(address) !== i);
  if (doubled.length > 0) return `the record ${doubled[0]} twice`;
  // A region's name with nothing ready leads up the ladder to the global one.
  const isClimbed = cluster !== null && answer.answer.some(({ type }) => type === 5);
  if (isClimbed && possible(cluster).every(isReady))
    return `a CNAME, but ${cluster} had addresses all the while`;
  for (const name of isClimbed || cluster === null ? truth.clusters : [cluster]) {
    const part = addresses.filter((address) => ownerOf(address, truth.clusters) === name).toSorted();
    const states = possible(name);
    const fits = states.some((state) => isSame(state ?? [], part));
    if (!fits && !(truth.unread.has(name) && part.length === 0))
      return `of ${name} [${part.join(" ")}], but it was ${states.map(textOf).join(" or ")}`;
  }
  const others =
    cluster === null || isClimbed ? [] : addresses.filter((a) => ownerOf(a, truth.clusters) !== cluster);
  return others.length === 0 ? null : `addresses of other clusters: ${others.join(", ")}`;
}

function isSame(state: readonly string[], part: readonly string[]): boolean {
  return state.length === part.length && state.toSorted().every((address, i) => address === part[i]);
}

function textOf(state: State): string {
  return state === null ? "not declared" : `[${state.join(" ")}]`;
}
