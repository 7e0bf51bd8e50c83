/**
 * How much the tests do that could go on for hours: seeds, random inputs, repetitions. Each number has a short form, which
 * still proves the claim, for `npm test`, and a long one for `npm run test:long`. They are all here and nowhere else.
 */

/** The environment variable that asks for the long forms. */
export const LONG = "FEDNS_TEST_LONG";

type Scale = {
  /** Seeds of the simulation, and the events that each goes through. */
  readonly simulationSeeds: number;
  readonly simulationSteps: number;
  /** Seeds of the simulation of the propagator; seeds in which it must notice that the product was broken on purpose. */
  readonly propagateSeeds: number;
  readonly propagateTries: number;
  /** The same for the simulation of replicas. */
  readonly replicaSeeds: number;
  readonly replicaTries: number;
  /** The same for the simulation of traffic, placement and health together. */
  readonly wholeSeeds: number;
  readonly wholeTries: number;
  /** Seeds of the simulation of leases: five minutes of faults each. */
  readonly leaseSeeds: number;
  /** Seeds in which the simulation must notice that the product was broken on purpose. */
  readonly sabotageSeeds: number;
  /** For each target of the fuzzer, after its corpus. */
  readonly fuzzMs: number;
  /** Questions that are put to NSD, Knot, BIND and us. */
  readonly differentialCases: number;
  /** Zones that are written to a file and read again. */
  readonly differentialWorlds: number;
  /** Zone files by chance, of each kind. */
  readonly hostileFiles: number;
  /** Lines, words or octets of a zone file that must not take the square of their number. */
  readonly hostileLength: number;
  /** Queries after which the garbage collector must have had nothing to do. */
  readonly garbageQueries: number;
  /** Addresses that are looked up in the table and in the library it was made of, for IPv4 and IPv6 each. */
  readonly locateAddresses: number;
  /** How often each child of a running server is killed, and how often both are replaced as planned. */
  readonly kills: number;
  readonly restarts: number;
  /** Queries per second meanwhile. None may be lost: a busy machine drops packets when its socket buffers are full. */
  readonly queriesPerSecond: number;
  /** How long the chaos run begins new faults. */
  readonly chaosMs: number;
  /** Sequences by chance in which members come, change and go. */
  readonly memberSequences: number;
};

const SHORT_FORM: Scale = {
  simulationSeeds: 5,
  simulationSteps: 40,
  propagateSeeds: 5,
  propagateTries: 60,
  replicaSeeds: 3,
  replicaTries: 30,
  wholeSeeds: 8,
  wholeTries: 20,
  leaseSeeds: 8,
  sabotageSeeds: 12,
  fuzzMs: 500,
  differentialCases: 2_000,
  differentialWorlds: 100,
  hostileFiles: 60,
  hostileLength: 100_000,
  garbageQueries: 300_000,
  locateAddresses: 20_000,
  kills: 2,
  restarts: 1,
  queriesPerSecond: 500,
  chaosMs: 8_000,
  memberSequences: 8,
};

const LONG_FORM: Scale = {
  simulationSeeds: 300,
  simulationSteps: 60,
  propagateSeeds: 220,
  propagateTries: 60,
  replicaSeeds: 200,
  replicaTries: 30,
  wholeSeeds: 600,
  wholeTries: 60,
  leaseSeeds: 300,
  sabotageSeeds: 12,
  fuzzMs: 40_000,
  differentialCases: 100_000,
  differentialWorlds: 1_000,
  hostileFiles: 3_000,
  hostileLength: 400_000,
  garbageQueries: 3_000_000,
  locateAddresses: 200_000,
  kills: 20,
  restarts: 20,
  queriesPerSecond: 4_000,
  chaosMs: 60_000,
  memberSequences: 200,
};

export const isLong: boolean = process.env[LONG] === "1";
/** The options of a test that is left to the long form: what it proves is proved in a smaller way by the short form. */
export const inLong: { readonly skip: string | false } = { skip: !isLong && "left to npm run test:long" };
export const SCALE: Scale = isLong ? LONG_FORM : SHORT_FORM;
