/**
 * The `start` bench: from the launch of `fedns sandbox`, as `npm start` does it, to the first address that is answered.
 *
 * Each round begins without a picture: its directory is empty. The code was compiled by an earlier start, but for the first
 * round after a change of the code. In every second round the builder of the client table works beside it from the launch on.
 */
import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../src/kernel/clock.ts";
import { buildInChild } from "../src/traffic/locate/build.ts";
import { BUILT_IN, databaseOf, editionOf } from "../src/traffic/locate/database.ts";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { BenchError } from "./bench-error.ts";
import { atMost } from "./goal.ts";
import { ask } from "./load/ask.ts";
import { freePort } from "./load/free-port.ts";

const ROUNDS = 3;
const QUICK_ROUNDS = 1;
const ASK_TIMEOUT_MS = 200;
const POLL_MS = 10;
const NAME = "hello.demo.myfed.svc.example.com";
/** Seconds. */
const START_MAX = 3;
const START_BESIDE_BUILDER_MAX = 1.5 * START_MAX;

type Round = { readonly alone: number; readonly besideBuilder: number };

export const start: Bench = {
  name: "start",
  claim:
    "From the launch of the sandbox to the first answer, alone and with the builder of the client table beside it.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const loadBefore = loadavg()[0] ?? 0;
  const rounds: Round[] = [];
  for (let round = 0; round < (setting.isQuick ? QUICK_ROUNDS : ROUNDS); round++) {
    setting.progress(`start ${round + 1}`);
    const alone = await secondsToAnswer(setting, `alone-${round}`);
    rounds.push({ alone, besideBuilder: await besideBuilder(setting, `beside-${round}`) });
  }
  const alone = Math.min(...rounds.map((round) => round.alone));
  const beside = Math.min(...rounds.map((round) => round.besideBuilder));
  return {
    results: { loadBefore, rounds },
    goals: [
      atMost("launch to first answer, the least of all rounds", alone, START_MAX, "s"),
      atMost("the same with the builder beside it", beside, START_BESIDE_BUILDER_MAX, "s"),
    ],
    tables: [
      {
        title: "From launch to first answer",
        columns: ["round", "alone, s", "beside the builder, s"],
        rows: rounds.map((round, i) => [
          String(i + 1),
          round.alone.toFixed(2),
          round.besideBuilder.toFixed(2),
        ]),
      },
    ],
    notes: [`Asked every ${POLL_MS} ms for ${NAME}. Load of the machine before: ${loadBefore.toFixed(2)}.`],
  };
}

async function secondsToAnswer(setting: BenchSetting, label: string): Promise<number> {
  const { processes, workDirectory, signal } = setting;
  const directory = join(workDirectory, label);
  mkdirSync(directory);
  const port = await freePort();
  const program = join(import.meta.dirname, "..", "src", "cli", "fedns.ts");
  const ports = [
    ["--port", String(port)],
    ["--admin-port", String(await freePort())],
    ["--http-port", String(await freePort())],
  ];
  const startMs = performance.now();
  const fedns = processes.start({
    command: process.execPath,
    args: [program, "sandbox", "--directory", directory, ...ports.flat()],
    core: null,
    logPath: join(directory, "fedns.log"),
    directory,
  });
  for (;;) {
    const reply = await ask(port, { name: NAME, transport: "udp", edns: false }, ASK_TIMEOUT_MS);
    if (reply !== null && reply.answers > 0) break;
    signal.throwIfAborted();
    if (!fedns.isRunning()) throw new BenchError("BENCH_SANDBOX", `the sandbox ended: ${fedns.lastWords()}`);
    await delay(POLL_MS);
  }
  const seconds = (performance.now() - startMs) / 1_000;
  await fedns.stop();
  return seconds;
}

async function besideBuilder(setting: BenchSetting, label: string): Promise<number> {
  const database = databaseOf(BUILT_IN);
  const edition = editionOf(database);
  if (edition === null)
    throw new BenchError("BENCH_DATABASE", "the built-in database of clients is not installed");
  const path = join(setting.workDirectory, `${label}.clients`);
  const order = { database, networks: [], key: { database: edition, networks: "" }, path };
  const stop = new AbortController();
  const built = buildInChild({ order, clock: systemClock }, stop.signal).catch(() => undefined);
  try {
    return await secondsToAnswer(setting, label);
  } finally {
    stop.abort();
    await built;
  }
}
