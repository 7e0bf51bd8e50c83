/** One service or host of the federation to its pools in the picture: who is a member, how they share, and how well each address is. */
import type { Federation } from "../../federation/members/federation.ts";
import { isHostKey, serviceOf } from "../../federation/members/federation.ts";
import { nameOf } from "../../dns/message/name.ts";
import { type Backend, hasTarget } from "../../federation/members/backend.ts";
import { mergePorts } from "../../federation/members/ports.ts";
import {
  type MemberContent,
  PLAIN_PLAN,
  type PoolAlias,
  type PoolContent,
  type PoolPlan,
  type PoolPort,
} from "../format/encode.ts";
import { hashLabels } from "../format/hash.ts";
import { HEALTH_FULL, HOSTS, type Memory } from "../format/layout.ts";
import { healthOf, setHealth, setVerdict, verdictOf } from "../format/in-place.ts";
import type { Member } from "../format/member.ts";
import type { PictureWriter } from "../write/writer.ts";
import { heldUntilOf } from "./cached-addresses.ts";
import { aliasOf, portLabels, serviceKey } from "./saved.ts";
import type { PublishedFederation } from "./structure.ts";

/** How the clusters of one service share its clients. */
export type ServicePlan = {
  readonly plan: PoolPlan;
  /** Tier 0 to 255; weight 1 to 65535, or 0: this service is drained there. */
  standing(cluster: string): { readonly tier: number; readonly weight: number };
  /** Endpoints that count as full there; null = as many as the cluster wants. */
  capacity(cluster: string): number | null;
};

/** How well an address is: what a probe, a ramp or an operator says. */
export type EndpointState = {
  /** 0 down .. 255 full. */
  readonly health: number;
  readonly verdict: number;
  /** Unix seconds. */
  readonly since: number;
};

/** What decides about traffic beside readiness. All are asked whenever a service is written. */
export type Steering = {
  planOf(key: string, federation: Federation): ServicePlan;
  /** Null = nobody looks after the addresses of this service in this cluster: they are in full health. Of an address null: as it was. */
  vitalsOf(key: string, cluster: string): ((address: number | string) => EndpointState | null) | null;
};

/** All clusters alike, every address well. */
export const EVENLY: Steering = {
  planOf: () => ({ plan: PLAIN_PLAN, standing: () => ({ tier: 0, weight: 1 }), capacity: () => null }),
  vitalsOf: () => null,
};

const WELL: EndpointState = { health: HEALTH_FULL, verdict: 0, since: 0 };

type ServiceWriterOptions = {
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly steering: Steering;
};

type Rise = { readonly endpoint: number; readonly vital: EndpointState };

/**
 * Health is written in place and counts at once, what else is said of a service counts with the commit. So an address
 * that gets better waits for the commit, and one that gets worse does not: whoever asks in between must not be sent to
 * an address that was down because of what the commit is about to take away.
 */
export class ServiceWriter {
  readonly #options: ServiceWriterOptions;
  #rises: Rise[] = [];
  /** From now on a cluster that has not been heard in this run keeps nothing waiting. */
  isSettled = false;

  constructor(options: ServiceWriterOptions) {
    this.#options = options;
  }

  /** Before the first service of a commit. */
  begin(): void {
    this.#rises = [];
  }

  /** After the commit. */
  finish({ memory }: PictureWriter): void {
    for (const { endpoint, vital } of this.#rises) setVital(memory, endpoint, vital);
    this.#rises = [];
  }

  /** Returns false when no member declares it. */
  write(writer: PictureWriter, key: string, wallSeconds: number): boolean {
    const { federation, steering } = this.#options;
    const ids = this.#idsOf(key);
    const bytes = serviceKey(serviceOf(key));
    const declared = federation
      .declaring(key)
      .map(({ name, index, backends }) => ({ name, index, backend: backends.get(key) as Backend }));
    if (declared.length === 0) {
      for (const id of ids) writer.removePool(id, bytes);
      return false;
    }
    // What the unheard ones say may be what counts, and the picture still knows what it was.
    const isKept = !this.isSettled && declared.some(({ backend }) => backend.annotations === null);
    const known = isKept ? writer.poolOf(ids[0] ?? 0, bytes) : null;
    const plan = known === null ? steering.planOf(key, federation) : planIn(known, declared);
    const aliases = isHostKey(key) ? [] : aliasesOf(declared);
    const members = declared.map((one): Member => {
      const { name, index, backend } = one;
      const { readyEndpoints } = backend;
      const wantedEndpoints = plan.capacity(name) ?? backend.wantedEndpoints;
      return {
        cluster: index,
        ...plan.standing(name),
        readyEndpoints,
        wantedEndpoints,
        ...targetsOf(one, aliases),
        since: wallSeconds,
      };
    });
    // The target of an SRV record may be no alias (RFC 2782).
    const ports = aliases.length > 0 ? [] : portsOf(declared);
    for (const id of ids) {
      const placed = writer.putPool(id, bytes, members, { plan: plan.plan, ports, aliases });
      placed.forEach((member, i) => {
        const vitals = steering.vitalsOf(key, (declared[i] as Declared).name);
        this.#writeVitals(writer, member, vitals, this.#rises);
      });
    }
    return true;
  }

  /** A service has a pool in each federation, a host one for all. */
  #idsOf(key: string): readonly number[] {
    return isHostKey(key) ? [HOSTS] : this.#options.federations.map(({ id }) => id);
  }

  /** Health of the addresses of one service in one cluster: takes effect at once, without a commit. */
  writeVitals(writer: PictureWriter, key: string, cluster: string): void {
    const index = this.#options.federation.member(cluster)?.index;
    if (index === undefined) return;
    const bytes = serviceKey(serviceOf(key));
    const vitals = this.#options.steering.vitalsOf(key, cluster);
    for (const id of this.#idsOf(key)) {
      const member = writer.poolOf(id, bytes)?.members.find((one) => one.cluster === index);
      if (member !== undefined) this.#writeVitals(writer, member, vitals, null);
    }
  }

  /** Of all federations' pools together: each address has the latest of its moments. */
  heldOf(
    writer: PictureWriter,
    key: string,
    cluster: string,
  ): { readonly address: number | string; readonly heldUntil: number }[] {
    const index = this.#options.federation.member(cluster)?.index;
    const bytes = serviceKey(serviceOf(key));
    const latest = new Map<number | string, number>();
    for (const id of this.#idsOf(key)) {
      const pool = writer.poolOf(id, bytes);
      const member = pool?.members.find((one) => one.cluster === index);
      if (pool === null || member === undefined) continue;
      const alias = aliasOf(pool.aliases, member.cluster);
      [...member.ipv4, ...member.ipv6].forEach((address, i) => {
        const heldUntil = heldUntilOf(writer.memory, member.firstEndpoint + i);
        latest.set(alias ?? address, Math.max(latest.get(alias ?? address) ?? 0, heldUntil));
      });
    }
    return [...latest].map(([address, heldUntil]) => ({ address, heldUntil }));
  }

  #writeVitals(
    { memory }: PictureWriter,
    { firstEndpoint, ipv4, ipv6 }: MemberContent,
    vitals: ReturnType<Steering["vitalsOf"]>,
    rises: Rise[] | null,
  ): void {
    const write = (address: number | string, endpoint: number): void => {
      // Where nobody looks, and nobody has looked, there is nothing to say.
      if (vitals === null && verdictOf(memory, endpoint) === 0) return;
      const vital = vitals === null ? WELL : vitals(address);
      if (vital === null) return;
      if (rises !== null && vital.health > healthOf(memory, endpoint)) rises.push({ endpoint, vital });
      else setVital(memory, endpoint, vital);
    };
    ipv4.forEach((address, i) => write(address, firstEndpoint + i));
    ipv6.forEach((address, i) => write(address, firstEndpoint + ipv4.length + i));
  }
}

function setVital(memory: Memory, endpoint: number, { health, verdict, since }: EndpointState): void {
  setHealth(memory, endpoint, health);
  setVerdict(memory, endpoint, verdict, since);
}

type Declared = { readonly name: string; readonly index: number; readonly backend: Backend };

/**
 * A name is an alias for everybody or for nobody: only where each cluster that has something leads to a name, clients are
 * sent to names; otherwise all are answered with addresses.
 */
function aliasesOf(declared: readonly Declared[]): readonly PoolAlias[] {
  const able = declared.filter(({ backend }) => hasTarget(backend));
  if (!able.every(({ backend }) => backend.alias !== undefined)) return [];
  return able.map(({ index, backend }) => ({
    cluster: index,
    labels: nameOf(backend.alias as string).subarray(0, -1),
  }));
}

/** In a pool of aliases the one address of a member only says whether its name is the same as before. */
function targetsOf(
  { index, backend: { ipv4, ipv6 } }: Declared,
  aliases: readonly PoolAlias[],
): Pick<Member, "ipv4" | "ipv6"> {
  if (aliases.length === 0) return { ipv4, ipv6 };
  const alias = aliases.find(({ cluster }) => cluster === index);
  return { ipv4: alias === undefined ? [] : [hashLabels(alias.labels, 0)], ipv6: [] };
}

/** What clusters agree on, or the oldest says. */
function portsOf(declared: readonly Declared[]): readonly PoolPort[] {
  const voices = declared.flatMap(({ name, backend: { ports } }) =>
    ports === undefined ? [] : [{ cluster: name, ports }],
  );
  if (voices.length === 0) return [];
  return mergePorts(voices)
    .ports.slice(0, PORTS_MAX)
    .map((port) => ({ key: portLabels(port), port: port.port }));
}

/** As many as a pool can have. */
const PORTS_MAX = 255;

/** The plan that is in the picture. */
function planIn(pool: PoolContent, declared: readonly Declared[]): ServicePlan {
  const members = new Map<string, MemberContent>();
  for (const { name, index } of declared) {
    const member = pool.members.find(({ cluster }) => cluster === index);
    if (member !== undefined) members.set(name, member);
  }
  return {
    plan: pool.plan,
    standing: (cluster) => members.get(cluster) ?? { tier: 0, weight: 1 },
    capacity: (cluster) => members.get(cluster)?.wantedEndpoints ?? null,
  };
}
