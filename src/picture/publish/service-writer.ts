/** One service or host of the federation to its pools in the picture: its members, how they share clients, and the health of each address. */
import type { Federation } from "../../federation/members/federation.ts";
import { isHostKey, serviceOf } from "../../federation/members/federation.ts";
import { nameOf } from "../../dns/message/name.ts";
import { type Backend, hasTarget } from "../../federation/members/backend.ts";
import { mergePorts } from "../../federation/members/ports.ts";
import type { MemberContent, MemberDraft, PoolAlias, PoolContent, PoolPort } from "../content/content.ts";
import { hashLabels } from "../format/hash.ts";
import { healthOf, reasonOf, setFreshUntil, setHealth, setReason } from "../format/in-place.ts";
import type { Memory } from "../format/memory.ts";
import type { PictureWriter } from "../write/writer.ts";
import { poolsOf } from "./cached-until.ts";
import { portLabels, serviceKey } from "../nodes/pool-key.ts";
import type { PublishedFederation } from "../nodes/node-plan.ts";
import {
  type EndpointState,
  type EndpointStates,
  FULL_HEALTH,
  type ServicePlan,
  type TrafficPlanner,
} from "./traffic-planner.ts";

type ServiceWriterOptions = {
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly planner: TrafficPlanner;
};

/** From the first service of a commit to the commit itself; not used afterwards. */
export type ServiceBatch = {
  /** Returns false when no member declares the service or host. */
  write(key: string): boolean;
  /** Commits all that was put into the picture. Returns false when nothing had changed. */
  commit(): boolean;
};

type ServiceWrite = {
  readonly key: string;
  /** Unix seconds. */
  readonly wallSeconds: number;
  /** Health that is better than before: to be written after the commit. */
  readonly recoveries: Recovery[];
};

type Recovery = { readonly endpoint: number; readonly state: EndpointState };

/**
 * Health is written in place and counts at once; everything else about a service counts with the commit. So an address
 * that recovers waits for the commit, and one that gets worse does not. A query in between must not be sent to an
 * address that was down, and that the commit is about to take away.
 */
export class ServiceWriter {
  readonly #options: ServiceWriterOptions;
  /** Clusters that were not read in this run keep no service waiting any more. */
  isInitialSyncDone = false;

  constructor(options: ServiceWriterOptions) {
    this.#options = options;
  }

  /** The services of one commit. */
  begin(writer: PictureWriter, wallSeconds: number): ServiceBatch {
    const recoveries: Recovery[] = [];
    return {
      write: (key) => this.#write(writer, { key, wallSeconds, recoveries }),
      commit: () => {
        const isChanged = writer.commit({ wallSeconds });
        for (const { endpoint, state } of recoveries) setState(writer.memory, endpoint, state);
        return isChanged;
      },
    };
  }

  #write(writer: PictureWriter, { key, wallSeconds, recoveries }: ServiceWrite): boolean {
    const { federation, federations, planner } = this.#options;
    const ids = poolsOf(key, federations);
    const bytes = serviceKey(serviceOf(key));
    const declared = federation
      .declaring(key)
      .map(({ name, index, backends }) => ({ name, index, backend: backends.get(key) as Backend }));
    if (declared.length === 0) {
      for (const id of ids) writer.removePool(id, bytes);
      return false;
    }
    // The annotations of a cluster that was not read yet may be the ones that count: the plan in the picture stays.
    const isKept = !this.isInitialSyncDone && declared.some(({ backend }) => backend.annotations === null);
    const known = isKept ? writer.poolOf(ids[0] ?? 0, bytes) : null;
    const plan = known === null ? planner.planOf(key) : planIn(known, declared);
    const aliases = isHostKey(key) ? [] : aliasesOf(declared);
    const members = declared.map((one): MemberDraft => {
      const { name, index, backend } = one;
      const { readyEndpoints } = backend;
      const wantedEndpoints = plan.capacityOf(name) ?? backend.wantedEndpoints;
      return {
        cluster: index,
        ...plan.placementOf(name),
        readyEndpoints,
        wantedEndpoints,
        ...targetsOf(one, aliases),
        since: wallSeconds,
      };
    });
    // The target of an SRV record may be no alias (RFC 2782).
    const ports = aliases.length > 0 ? [] : portsOf(declared);
    const isLookedUp =
      aliases.length === 0 && declared.some(({ backend }) => backend.freshUntil !== undefined);
    for (const id of ids) {
      const placed = writer.putPool(id, bytes, members, { plan: plan.plan, ports, aliases, isLookedUp });
      placed.forEach((member, i) => {
        if (isLookedUp) writeFreshness(writer, member, (declared[i] as Declared).backend);
        const states = planner.endpointStatesOf(key, (declared[i] as Declared).name);
        writeStates(writer, member, states, recoveries);
      });
    }
    return true;
  }

  /** Until when the addresses of one service in one cluster hold: takes effect at once, without a commit. */
  writeFreshness(writer: PictureWriter, key: string, cluster: string): void {
    const { federation, federations } = this.#options;
    const member = federation.member(cluster);
    const backend = member?.backends.get(key);
    if (member === undefined || backend === undefined) return;
    for (const id of poolsOf(key, federations)) {
      const pool = writer.poolOf(id, serviceKey(serviceOf(key)));
      const one = pool?.members.find(({ cluster: index }) => index === member.index);
      if (pool?.isLookedUp === true && one !== undefined) writeFreshness(writer, one, backend);
    }
  }

  /** Health of the addresses of one service in one cluster: takes effect at once, without a commit. */
  writeHealth(writer: PictureWriter, key: string, cluster: string): void {
    const { federation, federations, planner } = this.#options;
    const index = federation.member(cluster)?.index;
    if (index === undefined) return;
    const bytes = serviceKey(serviceOf(key));
    const states = planner.endpointStatesOf(key, cluster);
    for (const id of poolsOf(key, federations)) {
      const member = writer.poolOf(id, bytes)?.members.find((one) => one.cluster === index);
      if (member !== undefined) writeStates(writer, member, states, null);
    }
  }
}

function writeFreshness(
  { memory }: PictureWriter,
  { firstEndpoint, ipv4, ipv6 }: MemberContent,
  { freshUntil }: Backend,
): void {
  [...ipv4, ...ipv6].forEach((address, i) =>
    setFreshUntil(memory, firstEndpoint + i, freshUntil?.get(address) ?? 0),
  );
}

/** `recoveries`: takes what must wait for the commit; null = nothing waits. */
function writeStates(
  { memory }: PictureWriter,
  { firstEndpoint, ipv4, ipv6 }: MemberContent,
  states: EndpointStates | null,
  recoveries: Recovery[] | null,
): void {
  const write = (address: number | string, endpoint: number): void => {
    // An address that is not watched, and was not watched before, has nothing to write.
    if (states === null && reasonOf(memory.u32, endpoint) === 0) return;
    const state = states === null ? FULL_HEALTH : states(address);
    if (state === null) return;
    if (recoveries !== null && state.health > healthOf(memory.u8, endpoint))
      recoveries.push({ endpoint, state });
    else setState(memory, endpoint, state);
  };
  ipv4.forEach((address, i) => write(address, firstEndpoint + i));
  ipv6.forEach((address, i) => write(address, firstEndpoint + ipv4.length + i));
}

function setState(memory: Memory, endpoint: number, { health, reason, since }: EndpointState): void {
  setHealth(memory, endpoint, health);
  setReason(memory, endpoint, reason, since);
}

type Declared = { readonly name: string; readonly index: number; readonly backend: Backend };

/**
 * A name is an alias for all clients or for none: only if every cluster that has something to answer leads to a name,
 * clients are sent to names. Otherwise all get addresses.
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
): Pick<MemberDraft, "ipv4" | "ipv6"> {
  if (aliases.length === 0) return { ipv4, ipv6 };
  const alias = aliases.find(({ cluster }) => cluster === index);
  return { ipv4: alias === undefined ? [] : [hashLabels(alias.labels, 0)], ipv6: [] };
}

/** The ports that clusters agree on, or those of the oldest object. */
function portsOf(declared: readonly Declared[]): readonly PoolPort[] {
  const declaredPorts = declared.flatMap(({ name, backend: { ports } }) =>
    ports === undefined ? [] : [{ cluster: name, ports }],
  );
  if (declaredPorts.length === 0) return [];
  return mergePorts(declaredPorts)
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
    placementOf: (cluster) => members.get(cluster) ?? { tier: 0, weight: 1 },
    capacityOf: (cluster) => members.get(cluster)?.wantedEndpoints ?? null,
  };
}
