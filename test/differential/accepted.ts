/** The differences from all three servers that we accept: few, narrow, each with the text that allows it. */
import type { Case } from "./batch.ts";
import type { Reply } from "./reply.ts";
import { SERVERS } from "./servers.ts";

export type Accepted = {
  readonly name: string;
  /** Which text allows it, or which server is wrong. */
  readonly why: string;
  readonly covers: (one: Case, ours: Reply) => boolean;
};

const TYPE_NS = 2;
const TYPE_DS = 43;
const TYPE_ANY = 255;
/** As many aliases as fedns follows (LINKS_MAX in src/answer/solve/chase.ts). */
const LINKS_MAX = 8;

export const ACCEPTED: readonly Accepted[] = [
  {
    name: "ANY gets HINFO",
    why: "RFC 8482 §4.2; the others send all they have, or TC",
    covers: ({ question, peers }, ours) =>
      question.type === TYPE_ANY &&
      ours.rcode === 0 &&
      ours.aa &&
      ours.answer.length === 1 &&
      fieldOf(ours.answer[0], 3) === "HINFO" &&
      SERVERS.some(
        (name) => peers[name]?.rcode === 0 && ((peers[name]?.answer.length ?? 0) > 0 || peers[name]?.tc),
      ),
  },
  {
    name: "no addresses beside NS answers",
    why: "RFC 1034 §4.3.2 step 6 is not mandatory; the others add them although configured to be brief",
    covers: ({ question, peers }, ours) =>
      question.type === TYPE_NS &&
      ours.aa &&
      ours.additional.length === 0 &&
      ours.answer.some((record) => fieldOf(record, 3) === "NS") &&
      SERVERS.some((name) => isSameBody(peers[name], ours)),
  },
  {
    name: "fewer addresses beside an answer",
    why: "RFC 1034 §4.3.2 step 6 and RFC 2782: they are optional; we make none from wildcards and none of services, Knot does, BIND and NSD give none",
    covers: ({ peers }, ours) =>
      ours.aa &&
      ours.answer.length > 0 &&
      SERVERS.some(
        (name) =>
          isSameBody(peers[name] ?? null, ours) &&
          missingIn(peers[name]?.additional, ours.additional).length === 0,
      ),
  },
  {
    name: "no glue made from wildcards",
    why: "RFC 9471 §2: glue is what is there; NSD and Knot make some up, BIND leaves out glue of siblings",
    covers: ({ world, peers }, ours) =>
      isReferral(ours) &&
      SERVERS.some(
        (name) =>
          isSameBody(peers[name], ours) &&
          missingIn(ours.additional, peers[name]?.additional).every(
            (record) =>
              !world.zones.some(({ entries }) => entries.some(({ owner }) => owner === fieldOf(record, 0))),
          ) &&
          missingIn(peers[name]?.additional, ours.additional).length === 0,
      ),
  },
  {
    name: "glue of a zone inside",
    why: "of names in another zone of ours we say what that zone says, not the parent's copy (RFC 2181 §5.4.1)",
    covers: ({ world, peers }, ours) => {
      const [, inner] = world.zones;
      const isInside = (record: string): boolean => isIn(fieldOf(record, 0), inner?.origin);
      if (!isReferral(ours) || inner === undefined) return false;
      const servers = ours.authority.map((record) => fieldOf(record, 4));
      const there = inner.entries.filter(
        ({ owner, type }) => (type === "A" || type === "AAAA") && servers.includes(owner),
      );
      const inside = ours.additional.filter(isInside);
      return (
        inside.length === there.length &&
        inside.every((record) =>
          there.some(({ owner, ttl, type }) => record.startsWith(`${owner} ${ttl} 1 ${type} `)),
        ) &&
        SERVERS.some(
          (name) =>
            isSameBody(peers[name], ours) &&
            isSame(
              (peers[name]?.additional ?? []).filter((record) => !isInside(record)),
              ours.additional.filter((record) => !isInside(record)),
            ),
        )
      );
    },
  },
  {
    name: "a loop ends where it began",
    why: "RFC 1034 §5.3.3 asks for a bound, none is given; NSD and Knot write the same link again, BIND gives up with SERVFAIL",
    covers: ({ peers }, ours) =>
      isOpenEnded(ours) &&
      isLoop(linksOf(ours)) &&
      SERVERS.some((name) => missingIn(peers[name]?.answer, ours.answer).length === 0),
  },
  {
    name: "a chain ends after eight links",
    why: "RFC 1034 §5.3.3 asks for a bound, none is given; NSD stops at a DNAME's second use, Knot at its fifth, BIND at the 12th with SERVFAIL",
    covers: ({ peers }, ours) =>
      isOpenEnded(ours) &&
      linksOf(ours).size === LINKS_MAX &&
      SERVERS.some(
        (name) =>
          peers[name] !== null &&
          (peers[name].rcode === 2 ||
            missingIn(peers[name].answer, ours.answer).length === 0 ||
            missingIn(ours.answer, peers[name].answer).length === 0),
      ),
  },
  {
    name: "an alias into another zone of ours",
    why: "RFC 1034 §4.3.2 step 3a goes on in any zone at hand; Knot and BIND stop, NSD minds the first zone's tree; asked directly, one of them says what we say",
    covers: ({ beyond }) =>
      beyond !== null &&
      beyond.peers.some(
        (peer) =>
          isSameBody(peer, { ...beyond.ours, aa: peer?.aa === true }) &&
          (isReferral(beyond.ours) || isSame(peer?.additional ?? [], beyond.ours.additional)),
      ),
  },
  {
    name: "truncated a little earlier or later",
    why: "RFC 1035 §4.1.4: how much is compressed is free; all but the TC bit is the same",
    covers: ({ peers }, ours) =>
      SERVERS.some(
        (name) =>
          peers[name]?.tc === !ours.tc &&
          isSame(peers[name].additional, ours.additional) &&
          isSameBody(peers[name], ours),
      ),
  },
  {
    name: "an alias at the name of a zone inside",
    why: "RFC 1034 §3.6.2 and RFC 4035 §3.1.4.1 together ask for an outer zone that cannot be; the others follow its CNAME when asked for DS",
    covers: ({ question, world }, ours) =>
      question.type === TYPE_DS &&
      world.zones[1]?.origin === question.name.toLowerCase() &&
      world.zones[0]?.entries.some(
        ({ owner, type }) => type === "CNAME" && owner === world.zones[1]?.origin,
      ) === true &&
      ours.answer.length === 0,
  },
  {
    name: "DS of a zone inside, reached by an alias",
    why: "RFC 4035 §3.1.4.1: the outer zone speaks of DS, also at the end of a chain; the others stay in the zone where it began",
    covers: ({ question, world, peers }, ours) =>
      question.type === TYPE_DS &&
      [...linksOf(ours).values()].includes(world.zones[1]?.origin ?? "") &&
      ours.authority.length === 1 &&
      fieldOf(ours.authority[0], 0) === world.zones[0]?.origin &&
      SERVERS.some((name) => peers[name]?.rcode === ours.rcode && isSame(peers[name].answer, ours.answer)),
  },
];

/** Equal, additional section and truncation aside. */
function isSameBody(peer: Reply | null, ours: Reply): boolean {
  return (
    peer !== null &&
    peer.rcode === ours.rcode &&
    peer.aa === ours.aa &&
    isSame(peer.answer, ours.answer) &&
    isSame(peer.authority, ours.authority)
  );
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((record, i) => record === b[i]);
}

/** What `all` has and `some` has not. */
function missingIn(
  some: readonly string[] | undefined,
  all: readonly string[] | undefined,
): readonly string[] {
  return (all ?? []).filter((record) => some?.includes(record) !== true);
}

function isReferral({ authority }: Reply): boolean {
  return authority.length > 0 && authority.every((record) => fieldOf(record, 3) === "NS");
}

/** Aliases without a known target. */
function isOpenEnded({ rcode, aa, authority, answer }: Reply): boolean {
  return (
    rcode === 0 &&
    aa &&
    authority.length === 0 &&
    answer.every((record) => ["CNAME", "DNAME"].includes(fieldOf(record, 3)))
  );
}

/** The CNAME links of an answer: from where to where. */
function linksOf({ answer }: Reply): ReadonlyMap<string, string> {
  const aliases = answer.filter((record) => fieldOf(record, 3) === "CNAME");
  return new Map(aliases.map((record) => [fieldOf(record, 0), fieldOf(record, 4)]));
}

function isLoop(links: ReadonlyMap<string, string>): boolean {
  return links.size > 0 && [...links.values()].every((target) => links.has(target));
}

function isIn(name: string, zone: string | undefined): boolean {
  return zone !== undefined && (name === zone || name.endsWith(`.${zone}`));
}

/** A field of a record in the form of reply.ts: owner, TTL, class, type, RDATA. */
function fieldOf(record: string | undefined, field: number): string {
  return record?.split(" ")[field] ?? "";
}
