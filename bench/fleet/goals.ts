/** The goals of the `fleet` bench, computed, and its tables. Pure. */
import type { Goal, Table } from "../bench.ts";
import { atMost, below, round } from "../goal.ts";
import { type Spread, spreadOf } from "../load/quantile.ts";
import type { Counters } from "./members.ts";
import type { Tally } from "./steady-questions.ts";

export type Measured = {
  readonly members: number;
  readonly services: number;
  /** From the launch of the program to the last name of all members that were there. */
  readonly startMs: number;
  /** Milliseconds from the creation of a KubeFedCluster to the answer for its last name; Infinity = never. */
  readonly joinMs: readonly number[];
  /** From the deletion of a KubeFedCluster to the denial of its last name. */
  readonly leaveMs: readonly number[];
  /** From a changed settings file to the first answer that shows it. */
  readonly settingsMs: readonly number[];
  /** From a change of a Service in another member to the answer with its new address, meanwhile. */
  readonly changeMs: readonly number[];
  /** Questions for names that were there all the time. */
  readonly steady: Tally;
  /** What all members together were asked and sent at rest, in `idleMs`. */
  readonly idle: Pick<Counters, "requests" | "octets">;
  readonly idleMs: number;
  readonly connections: number;
  /** Octets of control with all members, and without any. */
  readonly controlRss: number | null;
  readonly emptyRss: number | null;
};

const memberBoundMs = 1_000;
const changeBoundMs = 100;

function perMemberMinute(count: number, { idleMs, members }: Measured): number | null {
  return idleMs === 0 ? null : (count / members) * (60_000 / idleMs);
}

export function megabytesPerMember({ controlRss, emptyRss, members }: Measured): number | null {
  return controlRss === null || emptyRss === null ? null : (controlRss - emptyRss) / 1e6 / members;
}

export function fleetGoals(measured: Measured): readonly Goal[] {
  const { joinMs, leaveMs, settingsMs, changeMs, steady } = measured;
  return [
    below("join to answer, p99", spreadOf(joinMs).p99, memberBoundMs, "ms"),
    below("leave to denial, p99", spreadOf(leaveMs).p99, memberBoundMs, "ms"),
    below("changed settings to answer, highest", spreadOf(settingsMs).highest, memberBoundMs, "ms"),
    below("change in another member to answer, meanwhile, p99", spreadOf(changeMs).p99, changeBoundMs, "ms"),
    atMost("questions lost", steady.lost, 0, "questions"),
    atMost("wrong answers", steady.wrong, 0, "answers"),
  ];
}

export function fleetTables(measured: Measured): readonly Table[] {
  const text = (value: number | null, digits: number): string =>
    value === null ? "-" : (round(value) ?? 0).toFixed(digits);
  const row = (name: string, { count, p50, p99, highest }: Spread): readonly string[] => [
    name,
    String(count),
    ...[p50, p99, highest].map((value) => text(value, 1)),
  ];
  const megabytes = (octets: number | null): string => text(octets === null ? null : octets / 1e6, 0);
  const { idle, steady } = measured;
  return [
    {
      title: "From a change to the first answer that shows it",
      columns: ["what", "times", "p50 ms", "p99 ms", "highest ms"],
      rows: [
        row("a KubeFedCluster is created", spreadOf(measured.joinMs)),
        row("a KubeFedCluster is deleted", spreadOf(measured.leaveMs)),
        row("the settings file is changed", spreadOf(measured.settingsMs)),
        row("a Service of another member, meanwhile", spreadOf(measured.changeMs)),
      ],
    },
    {
      title: "What members cost",
      columns: ["what", "figure"],
      rows: [
        ["members, each with services", `${measured.members}, ${measured.services}`],
        ["launch to all names of all members answered, s", text(measured.startMs / 1_000, 2)],
        ["requests of a member at rest, each minute", text(perMemberMinute(idle.requests, measured), 1)],
        [
          "kB to and from a member at rest, each minute",
          text((perMemberMinute(idle.octets, measured) ?? 0) / 1_000, 1),
        ],
        ["open connections of a member at rest", text(measured.connections / measured.members, 1)],
        ["RSS of control with all members, MB", megabytes(measured.controlRss)],
        ["the same without any member, MB", megabytes(measured.emptyRss)],
        ["RSS of a member, MB", text(megabytesPerMember(measured), 2)],
        ["questions asked, lost, answered wrongly", `${steady.asked}, ${steady.lost}, ${steady.wrong}`],
      ],
    },
  ];
}
