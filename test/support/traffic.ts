/** Contexts with policies: the plan of a service, the locations of clients and clusters, and counted answers. */
import type { Coordinates } from "../../src/federation/members/distance.ts";
import { buildTable } from "../../src/traffic/locate/table.ts";
import type { LocatedNetwork } from "../../src/traffic/locate/network.ts";
import type { LocatedCluster } from "../../src/federation/policy/located-cluster.ts";
import { nearnessOf } from "../../src/federation/policy/nearness.ts";
import type { Placement } from "../../src/federation/policy/placement.ts";
import {
  EQUAL_SHARES,
  type ServicePlan,
  type TrafficPlanner,
} from "../../src/picture/publish/traffic-planner.ts";
import { PLAIN_PLAN, type PoolPlan } from "../../src/picture/content/content.ts";
import { Kind } from "../../src/picture/format/record.ts";
import { answer } from "../../src/answer/answer.ts";
import { createPeer, type Peer, setPeerAddress } from "../../src/answer/terms/peer.ts";
import type { Message } from "./decode.ts";
import { ask, type Front } from "./worker-context.ts";
import { type Asked, encodeQuery, subnet, wireName } from "./query.ts";

export type Plans = {
  plan: Partial<PoolPlan>;
  placements: Readonly<Record<string, Partial<Placement>>>;
  capacity: Readonly<Record<string, number>>;
};

/** One plan for all services; a change takes effect when a service is written next. */
export function plannerOf(plans: Plans): TrafficPlanner {
  return {
    ...EQUAL_SHARES,
    planOf: (): ServicePlan => ({
      plan: { ...PLAIN_PLAN, ...plans.plan },
      placementOf: (cluster) => ({ tier: 0, weight: 1, ...plans.placements[cluster] }),
      capacityOf: (cluster) => plans.capacity[cluster] ?? null,
    }),
  };
}

/** Sets the locations of networks and clusters from now on. */
export function place(
  front: Front,
  networks: Readonly<Record<string, Coordinates | string>>,
  clusters: Readonly<Record<string, Coordinates>>,
  halfKm: number = 500,
): void {
  const table = buildTable(
    null,
    Object.entries(networks).map(([cidr, where]): LocatedNetwork =>
      typeof where === "string"
        ? { cidr, cluster: where, region: null, location: null }
        : { cidr, cluster: null, region: null, location: where },
    ),
  );
  const clients = table.words.slice();
  clients[0] = ((Kind.Clients << 24) | clients.length) >>> 0;
  front.publisher.setGeography({
    clients,
    nearness: (members) =>
      nearnessOf(
        table.classes,
        members.map(({ name, index, locality: { places } }): LocatedCluster => {
          const where = clusters[name];
          return { name, index, places, coordinates: where === undefined ? [] : [where] };
        }),
        halfKm,
      ),
  });
  front.publisher.flush();
}

export type Client = {
  /** The address the query comes from. */
  readonly from?: string;
  /** Octets of an IPv4 network in hex, as many as its length in bits needs: "c0000200/24". */
  readonly subnet?: string;
  readonly isStream?: boolean;
};

export function askAs(front: Front, asked: Asked, client: Client): Message {
  const { peer, edns } = speaker(client);
  return ask(front, { ...asked, ...edns }, peer);
}

function speaker(client: Client): { readonly peer: Peer; readonly edns: Pick<Asked, "edns"> } {
  const peer = createPeer(client.isStream ?? false);
  setPeerAddress(peer, client.from ?? "203.0.113.9");
  const [octets = "", length = "0"] = client.subnet?.split("/") ?? [];
  const options = client.subnet === undefined ? [] : [subnet(1, Number(length), octets)];
  return { peer, edns: options.length === 0 ? {} : { edns: { options } } };
}

/**
 * How many of `draws` answers send the client to each cluster. `digitAt`: which octet of an address has the number of
 * the cluster, from 1 on. Reads answers at their expected position, because a hundred thousand of them are too many to
 * decode.
 */
export function countAnswers(
  front: Front,
  asked: Asked & { readonly client: Client; readonly draws: number; readonly digitAt: number },
): number[] {
  const { peer, edns } = speaker(asked.client);
  const request = encodeQuery({ ...asked, ...edns });
  const padded = new Uint8Array(request.length + 64);
  padded.set(request);
  const response = new Uint8Array(4096);
  const exchange = {
    request: padded,
    requestAt: 0,
    octets: request.length,
    octetsMax: 65_536,
    response,
    responseAt: 0,
  };
  const first = 12 + wireName(asked.name).length + 4;
  const record = asked.type === 1 ? 16 : 28;
  const counts: number[] = [];
  for (let i = 0; i < asked.draws; i++) {
    answer(front.context, exchange, peer);
    let seen = 0;
    for (let n = 0; n < (response[7] as number); n++) {
      const cluster = (response[first + n * record + 12 + asked.digitAt] as number) - 1;
      if ((seen & (1 << cluster)) === 0) counts[cluster] = (counts[cluster] ?? 0) + 1;
      seen |= 1 << cluster;
    }
  }
  return counts;
}

/** Pearson's statistic of counts against expected parts (of any sum). */
export function chiSquare(counts: readonly number[], parts: readonly number[]): number {
  const total = counts.reduce((sum, one) => sum + one, 0);
  const whole = parts.reduce((sum, one) => sum + one, 0);
  return counts.reduce((sum, count, i) => {
    const expected = (total * (parts[i] as number)) / whole;
    return expected === 0 ? sum + count * 1e9 : sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** Critical values that are exceeded once in a thousand times, by degrees of freedom. */
export const CHI_SQUARE_P001: readonly number[] = [0, 10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322];
