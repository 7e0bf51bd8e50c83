/** Records that are in no zone file and in no object: CNAMEs of the ladder, SRV records of ports, and what ANY gets. */
import { RecordType } from "../../dns/message/code.ts";
import { POINTER, Section } from "../../dns/message/response.ts";
import { putU16 } from "../../dns/message/wire.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import * as portFields from "../../picture/format/port.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { PORT_LABELS, SERVICE_LABELS } from "../lookup/federated.ts";
import { ttlOfPool } from "./ttl.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { copyOctets } = memoryModule;
const { nodeLabels, nodeNameAt, nodeNameOctets } = nodeFields;
const { portNumber } = portFields;

/** `federation.svc`, which a service keeps when it climbs. */
const FEDERATION_LABELS = 2;
const HINFO_TTL_SECONDS = 3600;
const HINFO_CPU = "RFC8482";
/** Priority, weight and port of an SRV record. */
const SRV_HEAD_OCTETS = 6;

/**
 * CNAME to the same service one level up: its four labels `service.namespace.federation.svc`, then a pointer at the
 * suffix of `level`, which the question holds too. Returns the offset of the target in the message, 0 = no room.
 */
export function putClimb(context: WorkerContext, pool: PoolAt, level: LevelAt, owner: number): number {
  const { response, picture, state } = context;
  const { name } = state;
  // The climb began at the level of the state; `federation.svc` are its first labels. Ports have two labels before it.
  const start = name.labelCount - nodeLabels(picture.u32, state.level);
  const prefix = name.labels[start + FEDERATION_LABELS] as number;
  response.openRRset(Section.Answer, owner, RecordType.CNAME);
  if (!response.startRecord(ttlOfPool(picture, pool), prefix + 2)) return 0;
  const { bytes, at } = response;
  for (let i = 0; i < prefix; i++) bytes[at + i] = name.bytes[i] as number;
  const suffix = name.labelCount - (nodeLabels(picture.u32, level) - FEDERATION_LABELS);
  putU16(bytes, at + prefix, POINTER | context.position(suffix));
  response.at = at + prefix + 2;
  response.closeRRset();
  return at - response.start;
}

/** SRV of the port that lookup found: its target is the service's own name at `level`, never compressed (RFC 2782). */
export function putPort(context: WorkerContext, level: LevelAt, owner: number): void {
  const { response, picture, state } = context;
  const { u32, u8 } = picture;
  const { name } = state;
  const from = name.labels[PORT_LABELS] as number;
  const labels = (name.labels[PORT_LABELS + SERVICE_LABELS] as number) - from;
  const suffix = nodeNameOctets(u32, level);
  const octets = SRV_HEAD_OCTETS + labels + suffix;
  response.openRRset(Section.Answer, owner, RecordType.SRV);
  if (response.startRecord(ttlOfPool(picture, state.pool), octets)) {
    const { bytes, at } = response;
    // Priority and weight: there is one target only.
    for (let i = 0; i < 4; i++) bytes[at + i] = 0;
    putU16(bytes, at + 4, portNumber(u32, state.port));
    const target = at + SRV_HEAD_OCTETS;
    for (let i = 0; i < labels; i++) bytes[target + i] = name.bytes[from + i] as number;
    copyOctets(u8, nodeNameAt(level), suffix, bytes, target + labels);
    response.at = at + octets;
  }
  response.closeRRset();
}

/** The synthesised HINFO of RFC 8482 §4.2: what "every type" gets. */
export function putAnyHinfo(context: WorkerContext, owner: number): void {
  const { response } = context;
  response.openRRset(Section.Answer, owner, RecordType.HINFO);
  if (response.startRecord(HINFO_TTL_SECONDS, HINFO_CPU.length + 2)) {
    const { bytes } = response;
    bytes[response.at++] = HINFO_CPU.length;
    for (let i = 0; i < HINFO_CPU.length; i++) bytes[response.at++] = HINFO_CPU.charCodeAt(i);
    bytes[response.at++] = 0;
  }
  response.closeRRset();
}
