/** What the status page says of propagation. Lists are bounded: an outage makes thousands of failing copies. */
import type { LeaseStatus } from "../../fleet/lease/lease-runner.ts";
import type { EngineMember, MemberEngine } from "../../propagate/reconcile/member-engine.ts";
import type { Propagator } from "../../propagate/reconcile/propagator.ts";
import type { FailingCopyStatus, PropagateStatus } from "./messages.ts";
import type { Tenure } from "./tenure.ts";

const FAILING_MAX = 50;

/** `tenure` null: this process does not write. */
export function propagateStatus(
  tenure: Pick<Tenure, "propagator" | "plainRefusal"> | null,
  members: readonly EngineMember[],
  lease: LeaseStatus,
): PropagateStatus {
  const idle = { waiting: 0, running: 0, limit: 0, limitedBy: null, views: {}, failing: 0, unknown: 0 };
  const named = members.map(({ name, access }) => ({
    ...idle,
    name,
    problem: access.kind === "withheld" ? access.reason : null,
  }));
  if (tenure === null) {
    const nothing = {
      types: [],
      journal: 0,
      pause: null,
      plainRefusal: null,
      preferenceRefusal: null,
      failing: [],
    };
    return { lease, members: named, ...nothing };
  }
  const { propagator, plainRefusal } = tenure;
  const { engine, journalSize, pause } = propagator;
  const types = [...engine.types.keys()];
  return {
    lease,
    types: types.map((name) => ({ name, objects: [...engine.objects.rowsOf(name)].length })),
    journal: journalSize,
    pause,
    plainRefusal,
    preferenceRefusal: propagator.preferenceRefusal,
    members: named.map((member) => {
      const engaged = engine.members.get(member.name);
      if (engaged === undefined) return member;
      const views = Object.fromEntries(types.map((type) => [type, engaged.viewOf(type)]));
      const unknown = engaged.copies.countOwn((row) => !engine.objects.has(row));
      return { ...member, ...engaged.load, views, failing: [...engaged.copies.failing()].length, unknown };
    }),
    failing: [...engine.members.values()]
      .flatMap((member) => failingIn(propagator, member))
      .slice(0, FAILING_MAX),
  };
}

function failingIn({ engine }: Propagator, { cluster, copies }: MemberEngine): readonly FailingCopyStatus[] {
  const found: FailingCopyStatus[] = [];
  for (const row of copies.failing()) {
    const key = engine.objects.keyOf(row);
    const report = copies.reportOf(row);
    if (key === null || report === null) continue;
    const { status, message, code, sinceMs } = report;
    const since = sinceMs > 0 ? new Date(sinceMs).toISOString() : null;
    found.push({ type: key.type, object: key.key, cluster: cluster.name, status, message, code, since });
    if (found.length === FAILING_MAX) break;
  }
  return found;
}
