/** The queries that every contender gets, the right answers, and the figures. */
import type { Rounds } from "../goal.ts";
import type { Contender } from "../load/contender.ts";
import { addressesPerName } from "../load/zone.ts";

export type ScenarioId = "a" | "b" | "c" | "d" | "t";

export type Scenario = {
  readonly id: ScenarioId;
  readonly title: string;
  readonly transport: "udp" | "tcp";
  readonly edns: boolean;
  readonly names: "federated" | "known" | "unknown";
  /** The response code of a right answer, and how many records it carries. */
  readonly rcode: { readonly name: string; readonly value: number };
  readonly answers: number;
  readonly clients: number;
  readonly outstanding: number;
};

const noError = { name: "NOERROR", value: 0 };
const nameError = { name: "NXDOMAIN", value: 3 };
/** Twenty sockets, as a server behind a few resolvers sees them; dnsperf's own bound of 100 queries under way. */
const udp = { transport: "udp", clients: 20, outstanding: 100 } as const;
const threeAddresses = { rcode: noError, answers: addressesPerName } as const;

export const scenarios: readonly Scenario[] = [
  {
    id: "a",
    title: "federated name, three addresses of one cluster",
    names: "federated",
    edns: false,
    ...udp,
    ...threeAddresses,
  },
  { id: "b", title: "static name, three A records", names: "known", edns: false, ...udp, ...threeAddresses },
  {
    id: "c",
    title: "NXDOMAIN flood of random names",
    names: "unknown",
    edns: false,
    ...udp,
    rcode: nameError,
    answers: 0,
  },
  { id: "d", title: "static name, with EDNS", names: "known", edns: true, ...udp, ...threeAddresses },
  {
    id: "t",
    title: "static name over TCP, ten connections, pipelined",
    names: "known",
    edns: false,
    transport: "tcp",
    clients: 10,
    outstanding: 100,
    ...threeAddresses,
  },
];

/** Whether a contender takes part: the echo speaks no TCP, and only fedns has federated names. */
export function takesPart(kind: Contender["kind"], scenario: Scenario): boolean {
  if (kind === "limit") return scenario.transport === "udp";
  return kind === "fedns" || scenario.names !== "federated";
}

/** One run of the load generator. */
export type Sample = {
  /** CPU time of the answering processes, divided by the queries that got a reply. */
  readonly cpuMicros: number;
  readonly queriesPerSecond: number;
  readonly latencyMicros: number;
  /** 0..1 of the queries sent: without a reply. */
  readonly lostShare: number;
  /** 0..1: the share of replies with a wrong response code. */
  readonly wrongShare: number;
};

/** All rounds of one contender in one scenario; null where a round has no figure. */
export type Series<Id extends string = ScenarioId> = {
  readonly scenario: Id;
  readonly contender: string;
  readonly samples: readonly (Sample | null)[];
};

/** One figure of a contender in a scenario, per round; empty when it was not measured. */
export function roundsOf<Id extends string>(
  series: readonly Series<Id>[],
  scenario: Id,
  contender: string,
  figure: (sample: Sample) => number = (sample) => sample.cpuMicros,
): Rounds {
  const found = series.find((one) => one.scenario === scenario && one.contender === contender);
  return (found?.samples ?? []).map((sample) => (sample === null ? null : figure(sample)));
}
