/** A federated name, a host or a port: which clusters answer, at this level or higher up the ladder, and with what. */
import { RecordType } from "../../dns/message/code.ts";
import { Section } from "../../dns/message/response.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { Family } from "../context/query-state.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { PORT_LABELS } from "../lookup/federated.ts";
import { mayFollow } from "../lookup/lookup.ts";
import { mayBeReadyAt } from "../lookup/unread.ts";
import { addressType, putAddresses } from "../records/addresses.ts";
import { putSoa } from "../records/rrset.ts";
import { putAnyHinfo, putClimb, putPort } from "../records/synthesized.ts";
import { CLIMB, NO_FAMILY, select } from "../select/select.ts";
import { Counter } from "../terms/counter.ts";
import { putTarget } from "./additional.ts";
import { comesAgain, followChoice, LINKS_MAX } from "./chase.ts";
import { notReady } from "./not-ready.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { levelParent, NO_LEVEL } = nodeFields;
const { isAliased } = poolFields;

/**
 * Up the ladder until a level has something; each step is one CNAME, decided for the name and not for the type. `front`:
 * labels before the service's: those of a port, which climbs as the service does, for its target may be no alias (RFC 2782).
 * True: the service leads to a name, which is to be looked up next.
 */
export function solveService(context: WorkerContext, first: number, front: number, links: number): boolean {
  const { response, state, query, picture } = context;
  const { type } = query;
  const { pool } = state;
  const leadsOn = isAliased(picture.u32, pool) && mayFollow(type);
  const family = front > 0 ? 0 : familyFor(type, leadsOn);
  let { level } = state;
  let owner = first;
  for (;;) {
    const count = select(context, pool, level, family);
    if (count !== CLIMB) {
      if (leadsOn && count !== NO_FAMILY)
        return (
          links < LINKS_MAX && !comesAgain(context, links, pool) && followChoice(context, pool, count, owner)
        );
      if (count === NO_FAMILY || family === 0) putOther(context, level, owner, first, front);
      else {
        response.openRRset(Section.Answer, owner, addressType(family));
        putAddresses(context, pool, count, family);
        response.closeRRset();
      }
      return false;
    }
    // A member that was never read may be ready here.
    if (mayBeReadyAt(context, level)) {
      notReady(context);
      return false;
    }
    const parent = levelParent(picture.u32, level);
    if (parent === NO_LEVEL) {
      putSoa(context, Section.Authority);
      return false;
    }
    level = picture.levelOf(parent);
    // A level of a zone inside another may lie under one of the outer zone.
    state.apex = picture.apexOf(level);
    (context.counters[Counter.Climbed] as number)++;
    owner = putClimb(context, pool, level, owner);
    if (owner === 0) return false;
    if (!response.isMarked) response.mark();
    if (type === RecordType.CNAME || type === RecordType.ANY) return false;
  }
}

/** A name in the place of addresses stands where those of IPv4 do (picture/format/member.ts). */
function familyFor(type: number, leadsOn: boolean): Family {
  if (leadsOn || type === RecordType.A) return 4;
  return type === RecordType.AAAA ? 6 : 0;
}

/** The level has something, but not what is asked for. */
// oxlint-disable-next-line max-params -- an object of these would be allocated per query
function putOther(context: WorkerContext, level: LevelAt, owner: number, first: number, front: number): void {
  const { type } = context.query;
  if (type === RecordType.ANY) putAnyHinfo(context, owner);
  else if (front > 0 && type === RecordType.SRV) putPortAndTarget(context, level, owner, first);
  else putSoa(context, Section.Authority);
}

/** Its name was looked up where `first` stands in the message, and found, perhaps up the ladder, where `owner` does. */
function putPortAndTarget(context: WorkerContext, level: LevelAt, owner: number, first: number): void {
  const { state } = context;
  putPort(context, level, owner);
  if (context.response.isTruncated) return;
  // Up the ladder the labels before the level are written out again; each label that was looked up has its own place.
  const isClimbed = owner !== first;
  const target = isClimbed
    ? owner + (state.name.labels[PORT_LABELS] as number)
    : context.position(PORT_LABELS);
  putTarget(context, level, target);
}
