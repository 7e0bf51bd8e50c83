/** What the picture remembers of the federation, and how a restarted control plane gets it back before it sees a cluster. */
import { list, nullable, number, object, readShape, type ValueShape, text } from "../../kernel/shape.ts";
import { formatName } from "../../dns/message/name.ts";
import { type Federation, keyOf } from "../../federation/members/federation.ts";
import type { Backend, NamedPort } from "../../federation/members/backend.ts";
import { type ClustersAt, decodeClusters } from "../content/clusters.ts";
import type { MemberContent, PoolPort } from "../content/content.ts";
import { isPool, keyLabels, poolOf } from "../content/decode.ts";
import { freshUntilOf, lastSeenOf, NEVER_SEEN } from "../format/in-place.ts";
import { Header, header, onlyRecord } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { isOutdated, isUnread, unreadRecord } from "../content/unread.ts";
import { recordsOf, SERVICES } from "../format/table.ts";
import type { PublishedFederation } from "../nodes/node-plan.ts";
import { aliasOf, pooledService } from "../nodes/pool-key.ts";

type SavedFederation = {
  readonly federations: readonly { readonly id: number; readonly name: string; readonly domain: string }[];
  readonly clusters: readonly {
    readonly name: string;
    readonly index: number;
    readonly places: readonly { readonly region: string; readonly zone: string | null }[];
    readonly latitude: number | null;
    readonly longitude: number | null;
  }[];
};

/** The picture's records bound them all; names are checked where they are used. */
const ANY_LENGTH = Number.POSITIVE_INFINITY;
const word: ValueShape<string> = text(0, ANY_LENGTH);
const anyNumber: ValueShape<number> = number(-Number.MAX_VALUE, Number.MAX_VALUE);

const savedShape: ValueShape<SavedFederation> = object<SavedFederation>({
  federations: list(
    ANY_LENGTH,
    object<SavedFederation["federations"][number]>({ id: anyNumber, name: word, domain: word }),
  ),
  clusters: list(
    ANY_LENGTH,
    object<SavedFederation["clusters"][number]>({
      name: word,
      index: anyNumber,
      places: list(ANY_LENGTH, object({ region: word, zone: nullable(word) })),
      latitude: nullable(anyNumber),
      longitude: nullable(anyNumber),
    }),
  ),
});

export function memoryRecord(
  federation: Federation,
  federations: readonly PublishedFederation[],
): SavedFederation {
  return {
    federations: federations.map(({ id, name, domain }) => ({ id, name, domain: formatName(domain) })),
    clusters: federation.members.map(({ name, index, locality }) => ({
      name,
      index,
      places: [...locality.places],
      latitude: locality.latitude,
      longitude: locality.longitude,
    })),
  };
}

/** What an earlier run knew, or null. */
export function readSaved(memory: Memory): SavedFederation | null {
  const at = onlyRecord(memory.u32, Header.Clusters) as ClustersAt;
  if (at === NONE) return null;
  const read = readShape(savedShape, decodeClusters(memory, at));
  return "value" in read ? read.value : null;
}

/** When the last run knew its members to be as the picture says. */
export type LastRun = {
  /** Wall time in ms until which changes of a member were seen, by its name; one that was never seen is not among them. */
  readonly seenUntilMs: ReadonlyMap<string, number>;
  /** Wall time in ms, give or take a minute, when it ended; null = there was none. */
  readonly endedMs: number | null;
  /** The members that were read, in it or before. */
  readonly read: ReadonlySet<string>;
  /** Those of them that the picture knows from a saved copy, without what was added since it was made. */
  readonly outdated: ReadonlySet<string>;
};

/** `wallMs`: now. What was seen later than that was seen by a clock that was ahead. */
export function lastRunOf({ u32 }: Memory, known: SavedFederation | null, wallMs: number): LastRun {
  const seen = (known?.clusters ?? []).map(({ name, index }) => [name, lastSeenOf(u32, index)] as const);
  const seenUntilMs = new Map(
    seen
      .filter(([, seconds]) => seconds !== NEVER_SEEN)
      .map(([name, seconds]) => [name, Math.min(wallMs, seconds * 1000)]),
  );
  const committedMs = Math.min(wallMs, header(u32, Header.CommittedAt) * 1000);
  const endedMs = Math.max(committedMs, ...seenUntilMs.values());
  const unread = unreadRecord(u32);
  const namesOf = (isOne: (index: number) => boolean): Set<string> =>
    new Set((known?.clusters ?? []).filter(({ index }) => isOne(index)).map(({ name }) => name));
  const read = namesOf((index) => unread === NONE || !isUnread(u32, unread, index));
  const outdated = namesOf((index) => unread !== NONE && isOutdated(u32, unread, index));
  return { seenUntilMs, endedMs: endedMs === 0 ? null : endedMs, read, outdated };
}

/** True when names in the picture mean what the settings of today say. */
export function isSameFederations(
  known: SavedFederation,
  federations: readonly PublishedFederation[],
): boolean {
  const today = federations.map(({ id, name, domain }) => ({ id, name, domain: formatName(domain) }));
  return JSON.stringify(known.federations) === JSON.stringify(today);
}

/** Puts clusters and backends of the picture into the (empty) federation. */
export function restore(memory: Memory, known: SavedFederation, federation: Federation): void {
  const names = new Map<number, string>();
  for (const { name, index, places, latitude, longitude } of known.clusters) {
    federation.join(name, index);
    federation.setLocality(name, { places, latitude, longitude });
    names.set(index, name);
  }
  for (const at of recordsOf(memory.u32, SERVICES)) {
    if (!isPool(memory, at)) continue;
    const { federation: id, key, members, ports, aliases, isLookedUp } = poolOf(memory, at);
    const named = ports.length === 0 ? {} : { ports: { createdSeconds: 0, list: ports.map(namedPort) } };
    const service = keyOf(pooledService(id, key));
    for (const one of members) {
      const { cluster, readyEndpoints, wantedEndpoints, ipv4, ipv6 } = one;
      const member = names.get(cluster);
      const alias = aliasOf(aliases, cluster);
      const target = alias === null ? { ipv4, ipv6 } : { ipv4: [], ipv6: [], alias };
      const backend = {
        readyEndpoints,
        wantedEndpoints,
        annotations: null,
        ...target,
        ...named,
        ...(isLookedUp ? freshIn(memory, one) : {}),
      };
      if (member !== undefined) federation.setBackend(member, service, backend);
    }
  }
}

/** Until when the addresses of a member that were looked up hold. */
function freshIn({ u32 }: Memory, { ipv4, ipv6, firstEndpoint }: MemberContent): Pick<Backend, "freshUntil"> {
  const times = [...ipv4, ...ipv6].map(
    (address, i) => [address, freshUntilOf(u32, firstEndpoint + i)] as const,
  );
  const lookedUp = times.filter(([, seconds]) => seconds !== 0);
  return lookedUp.length === 0 ? {} : { freshUntil: new Map(lookedUp) };
}

/** Those that came into the picture are of the protocols there are. */
function namedPort({ key, port }: PoolPort): NamedPort {
  const [name = "", protocol = ""] = keyLabels(key).map((label) => label.slice(1));
  return { name, protocol: protocol as NamedPort["protocol"], port };
}
