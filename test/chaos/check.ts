/** Is an answer one that the truth allows? Written against the promises, without a look at how answers are made. */
import type { Message } from "../support/decode.ts";
import type { State, Truth } from "./truth.ts";

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
  const { service, cluster, askedMs } = question;
  const asked = cluster === null ? truth.clusters : [cluster];
  const possible = (name: string): readonly State[] => truth.possible(name, service, askedMs);
  switch (answer.rcode) {
    case NXDOMAIN: {
      const declaring = truth.clusters.filter((name) => possible(name).every((state) => state !== null));
      if (declaring.length > 0) return `NXDOMAIN, but ${declaring.join(", ")} declared it all the while`;
      const unread = [...truth.unread];
      return unread.length > 0 ? `NXDOMAIN, but ${unread.join(", ")} may declare it` : null;
    }
    case SERVFAIL: {
      if (truth.unread.size === 0) return "SERVFAIL, but every member has been read";
      // What another cluster has is no answer for the region of one that was never read.
      if (cluster !== null && truth.unread.has(cluster)) return null;
      const known = truth.clusters.filter(
        (name) =>
          !truth.unread.has(name) && possible(name).every((state) => state !== null && state.length > 0),
      );
      return known.length === 0 ? null : `SERVFAIL, but ${known.join(", ")} had addresses and has been read`;
    }
    case NOERROR:
      break;
    default:
      return `RCODE ${answer.rcode}`;
  }
  const addresses = answer.answer.filter(({ type }) => type === 1).map(({ data }) => data);
  const strangers = addresses.filter((address) => ownerOf(address, truth.clusters) === undefined);
  if (strangers.length > 0) return `addresses that no cluster has: ${strangers.join(", ")}`;
  const doubled = addresses.filter((address, i) => addresses.indexOf(address) !== i);
  if (doubled.length > 0) return `the record ${doubled[0]} twice`;
  // A region's name with nothing ready leads up the ladder to the global one.
  const isClimbed = cluster !== null && answer.answer.some(({ type }) => type === 5);
  if (isClimbed && possible(cluster).every((state) => state !== null && state.length > 0))
    return `a CNAME, but ${cluster} had addresses all the while`;
  for (const name of isClimbed || cluster === null ? truth.clusters : asked) {
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
