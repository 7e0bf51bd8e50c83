/**
 * What one query leaves behind while it is answered: the name that is looked up, what lookup found, and what selection
 * learnt of the client. The question itself is in `Query`, and is never overwritten.
 */
import type { NameBuffer, Query } from "../../dns/message/query-record.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import type { NearnessRowAt } from "../../picture/clients/nearness.ts";
import type { LevelAt, NodeAt } from "../../picture/format/node.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import type { PortAt } from "../../picture/format/port.ts";
import type { RRsetAt } from "../../picture/format/rrset.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE } = memoryModule;

/** Address family that is asked for; 0 = no address. */
export type Family = 0 | 4 | 6;

export type QueryState = {
  /** The name that is looked up: the question's, or the target of the last alias. */
  name: NameBuffer;
  /** The name is the target of an alias. */
  isChased: boolean;
  /** The closest existing node: the name itself, or the nearest one above it. */
  node: NodeAt;
  /** Which label of the name the node starts at: 0 = the name itself. */
  label: number;
  /** The apex node of the zone. */
  apex: NodeAt;
  /** The level that a federated name is asked at; EVERYWHERE for a host. */
  level: LevelAt;
  /** The pool of a federated name or host. */
  pool: PoolAt;
  /** The port of `pool`. */
  port: PortAt;
  /** The RRset of `node`. */
  rrset: RRsetAt;
  /** The least health that counts for this answer: 0 when failing open. */
  healthNeeded: number;
  /** Of the addresses that are written. */
  ttlSeconds: number;
  /** The client's class is that of its subnet. False for addresses that a resolver keeps for all its clients. */
  usesSubnet: boolean;
  /** The answer depends on where the client is. */
  isByPlace: boolean;
  clientClass: number;
  /** How near clusters are to this client; NONE = every cluster is as near. */
  row: NearnessRowAt;
  /** The fewest steps of distance among the candidates. */
  leastSteps: number;
  /** DNAMEs that were written. */
  redirects: number;
  /** Clusters that count as drained, for an explanation alone: null for every answer, so that no query has to reset it. */
  leftOut: ReadonlySet<number> | null;
};

export function createQueryState(name: NameBuffer): QueryState {
  return {
    name,
    isChased: false,
    node: NONE,
    label: 0,
    apex: NONE,
    level: NONE,
    pool: NONE,
    port: NONE,
    rrset: NONE,
    healthNeeded: 1,
    ttlSeconds: 0,
    usesSubnet: false,
    isByPlace: false,
    clientClass: 0,
    row: NONE,
    leastSteps: 0,
    redirects: 0,
    leftOut: null,
  };
}

/** Everything is as it was before the query was looked at; `name` is what is looked up first. */
export function resetQueryState(state: QueryState, query: Query, name: NameBuffer): void {
  // The same for nearly every query: a store that is not made costs no barrier.
  if (state.name !== name) state.name = name;
  state.isChased = false;
  state.node = NONE;
  state.label = 0;
  state.apex = NONE;
  state.level = NONE;
  state.pool = NONE;
  state.port = NONE;
  state.rrset = NONE;
  state.healthNeeded = 1;
  state.usesSubnet = query.subnetOctets > 0;
  state.isByPlace = false;
  state.clientClass = 0;
  state.row = NONE;
  state.leastSteps = 0;
  state.redirects = 0;
}
