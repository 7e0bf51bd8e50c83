/**
 * Names that members add: services below a level of the ladder, their namespaces and ports, and the pools of hosts.
 *
 *   service.namespace.<level>                the pool of the service
 *   namespace.<level>                        exists as long as a service is in it
 *   _port._protocol.service.namespace.<level>    a port, which has an SRV record
 */
import * as hashModule from "../../picture/format/hash.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt, NodeAt } from "../../picture/format/node.ts";
import type { Picture } from "../../picture/format/picture.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import * as portFields from "../../picture/format/port.ts";
import type { PortAt } from "../../picture/format/port.ts";
import * as recordModule from "../../picture/format/record.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { LookupResult } from "./lookup-result.ts";
import { isServiceKeptBack, mayBeKeptBack } from "./kept-back.ts";
import { mayBeDeclared } from "./unread.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hashLabel, serviceSeed } = hashModule;
const { NONE } = memoryModule;
const { HOSTS, isLevel, levelFederation, NodeFlag, nodeFlags, nodeLabels } = nodeFields;
const { isAliased, poolPorts } = poolFields;
const { firstPort, hasProtocol, nextPort, portKeyAt, portKeyOctets } = portFields;
const { recordHash } = recordModule;

/** Labels before the level: service and namespace. */
export const SERVICE_LABELS = 2;
/** Before those, the name and the protocol of a port: `_http._tcp`. */
export const PORT_LABELS = 2;

/** `above` labels stand before the level's own name. */
export function atLevel(context: WorkerContext, level: LevelAt, above: number): LookupResult {
  const { picture, state } = context;
  const { name } = state;
  state.node = level;
  state.level = level;
  state.apex = picture.apexOf(level);
  if (above > SERVICE_LABELS)
    return above <= SERVICE_LABELS + PORT_LABELS
      ? atPort(context, level, above - SERVICE_LABELS)
      : absent(context);
  const federation = levelFederation(picture.u32, level);
  const start = serviceSeed(picture.seed, federation);
  const end = name.labels[above] as number;
  if (above < SERVICE_LABELS) {
    const hash = hashLabel(start, name.view, 0);
    return picture.findNamespace(hash, federation, name.view, 0, end) === NONE
      ? absentService(context, hash)
      : LookupResult.NoData;
  }
  const hash = hashLabel(hashLabel(start, name.view, name.labels[1] as number), name.view, 0);
  const pool = picture.findPool(hash, federation, name.view, 0, end);
  if (pool === NONE) return absentService(context, hash);
  state.pool = pool;
  return LookupResult.Service;
}

/** `front` labels stand before those of the service: of a port and its protocol, or the protocol alone. */
function atPort(context: WorkerContext, level: LevelAt, front: number): LookupResult {
  const { picture, state } = context;
  const { u32 } = picture;
  const { name } = state;
  const federation = levelFederation(u32, level);
  const from = name.labels[front] as number;
  const start = serviceSeed(picture.seed, federation);
  const namespace = hashLabel(start, name.view, name.labels[front + 1] as number);
  const hash = hashLabel(namespace, name.view, from);
  const end = name.labels[front + SERVICE_LABELS] as number;
  const pool = picture.findPool(hash, federation, name.view, from, end - from);
  if (pool === NONE) return absentService(context, hash);
  state.pool = pool;
  // The target of an SRV record may be no alias (RFC 2782): where clients are sent to names there are no ports.
  if (isAliased(u32, pool)) return absentPort(context);
  let port = firstPort(u32, pool);
  for (let left = poolPorts(u32, pool); left > 0; left--) {
    if (front === PORT_LABELS && isPort(context, port, from)) {
      state.port = port;
      return LookupResult.Port;
    }
    if (front < PORT_LABELS && hasProtocol(picture, port, name.bytes, from)) return LookupResult.NoData;
    port = nextPort(u32, port);
  }
  return absentPort(context);
}

/** Are the first `octets` of the name the labels of the port? */
function isPort({ picture, state }: WorkerContext, port: PortAt, octets: number): boolean {
  return (
    portKeyOctets(picture.u32, port) === octets &&
    picture.hasOctets(portKeyAt(port), state.name.view, 0, octets)
  );
}

/** The pool of the host that `node` is, whose name is `octets` long; NONE = it has none. */
export function hostPool(picture: Picture, node: NodeAt, name: DataView, octets: number): PoolAt {
  if ((nodeFlags(picture.u32, node) & NodeFlag.Pool) === 0) return NONE;
  return picture.findPool(recordHash(picture.u32, node) | 0, HOSTS, name, 0, octets - 1);
}

/** The label "svc" on the wire, in small letters. */
const SVC = [3, 0x73, 0x76, 0x63] as const;
/** Labels between `svc` and the domain: zone and region. */
const PLACE_LABELS = 2;

/**
 * Has the name of the state the labels of a service's name, `federation.svc[.zone[.region]]` and the domain, whether there is such a
 * place or not?
 */
export function hasNameOfService({ picture, levelName, state, hashes }: WorkerContext): boolean {
  const { u32 } = picture;
  const { name, apex } = state;
  const domain = name.labelCount - nodeLabels(u32, apex);
  if ((nodeFlags(u32, apex) & NodeFlag.Federated) === 0) return false;
  const from = name.labels[domain] as number;
  for (let i = Math.max(1, domain - 1 - PLACE_LABELS); i < domain; i++) {
    const at = name.labels[i] as number;
    if (!isSvc(name.bytes, at)) continue;
    const start = name.labels[i - 1] as number;
    let octets = 0;
    for (let k = start; k < at + SVC.length; k++) levelName.bytes[octets++] = name.bytes[k] as number;
    for (let k = from; k < name.octets; k++) levelName.bytes[octets++] = name.bytes[k] as number;
    const hash = hashLabel(hashLabel(hashes[domain] as number, name.view, at), name.view, start);
    const node = picture.findNode(hash, levelName.view, 0, octets);
    if (node !== NONE && isLevel(u32, node)) return true;
  }
  return false;
}

function isSvc(bytes: Uint8Array, at: number): boolean {
  for (let k = 0; k < SVC.length; k++) {
    const octet = bytes[at + k] as number;
    if ((k === 0 ? octet : octet | 0x20) !== SVC[k]) return false;
  }
  return true;
}

/** Zones in which members add names; others are known from the start. */
const ADDED_TO = NodeFlag.Federated | NodeFlag.Within;

/**
 * There is no such name; or it is not known, because a member that was never read may declare it as a host, or because a
 * name like it could not be published. The hashes of the name are known.
 */
export function absent(context: WorkerContext): LookupResult {
  const isAddedTo = hasAddedNames(context);
  if (isAddedTo && mayBeDeclared(context, false)) return LookupResult.NotReady;
  return mayBeKeptBack(context, isAddedTo) ? LookupResult.NotReady : LookupResult.NoName;
}

/** As `absent`, of a name that has the form of a service's, its namespace's or its port's. `hash`: of the service or namespace. */
function absentService(context: WorkerContext, hash: number): LookupResult {
  return isServiceKeptBack(context, hash) ? LookupResult.NotReady : absentPort(context);
}

/** As `absentService`, where the service is published. */
function absentPort(context: WorkerContext): LookupResult {
  const isKnown = !hasAddedNames(context) || !mayBeDeclared(context, true);
  return isKnown ? LookupResult.NoName : LookupResult.NotReady;
}

function hasAddedNames({ picture, state }: WorkerContext): boolean {
  return (nodeFlags(picture.u32, state.apex) & ADDED_TO) !== 0;
}
