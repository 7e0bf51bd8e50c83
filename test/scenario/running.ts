/**
 * The fedns of a stage, seen from outside: as `fedns serve` with all its processes on the machine's clock (the long form), or
 * as its control plane, picture and answers in the test's process on a driven clock (the short form).
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import type { Log } from "../../src/kernel/log.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { parseConfig } from "../../src/run/config/file.ts";
import { openControlPlane } from "../../src/run/control/control-plane.ts";
import { runControlPlane } from "../../src/run/control/run-plane.ts";
import { controlStatus } from "../../src/run/control/status.ts";
import { UdpClient } from "../answer/serve/udp-client.ts";
import { decode, type Message } from "../support/decode.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import { DEFAULTS, type LogLine, startFedns } from "../support/fedns.ts";
import { newPicture } from "../support/picture.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { encodeQuery } from "../support/query.ts";
import { until } from "../support/until.ts";
import { askBytes, storeOf } from "../support/worker-context.ts";

export type Running = {
  /** As of /status, with `ready`. */
  status(): Promise<any>;
  readonly log: readonly LogLine[];
  /** Between two looks: the other processes must get their turn, or the clock is moved. */
  pass(): Promise<void>;
  /** Asks for A, so many times. */
  ask(name: string, count: number): Promise<readonly Message[]>;
};

export type RunningOptions = {
  readonly directory: string;
  readonly settings: Readonly<Record<string, unknown>>;
};

const A = 1;
/** Control runs at low priority and must get its turn. */
const LOOK_MS = 40;
/** Of the driven clock, in steps between which sockets and files get their turns. */
const DRIVEN_STEP_MS = 25;
const DRIVEN_STEPS = 4;
/** Of the machine's clock: threads that read files get theirs. */
const YIELD_MS = 1;

export async function startWholeFedns(scope: Scope, options: RunningOptions): Promise<Running> {
  const fedns = await startFedns(scope, { ...options, waitReady: false });
  const client = await UdpClient.open(scope, fedns);
  let id = 0;
  return {
    status: () => fedns.status(),
    log: fedns.log,
    pass: () => delay(LOOK_MS),
    async ask(name, count) {
      client.replies.length = 0;
      const first = id;
      for (let i = 0; i < count; i++) {
        id = (id + 1) & 0xffff;
        client.send(encodeQuery({ name, type: A, id }));
      }
      await until(`${count} answers from ${first} on`, () => client.replies.length >= count, 10_000);
      return client.replies.map(({ bytes }) => decode(bytes));
    },
  };
}

/** Time passes when `pass` or `ask` is called, and only then. */
export async function startDrivenFedns(
  scope: Scope,
  { directory, settings }: RunningOptions,
  clock: FakeClock,
): Promise<Running> {
  const parsed = parseConfig(JSON.stringify({ ...DEFAULTS, ...settings }), join(directory, "fedns.yaml"));
  assert.ok("config" in parsed, JSON.stringify(parsed));
  const { config } = parsed;
  mkdirSync(config.stateDirectory, { recursive: true });
  const lines: LogLine[] = [];
  const picture = newPicture();
  const parts = { config, store: storeOf(picture), clock, random: Math.random, log: logTo(lines) };
  const plane = await openControlPlane(parts);
  const stop = new AbortController();
  atEnd(scope, () => {
    stop.abort();
    return plane.tracker.close();
  });
  runControlPlane(plane, parts, stop.signal);
  const context = new WorkerContext(new Picture(picture.memory), { seed: 7 });
  const pass = async (): Promise<void> => {
    for (let step = 0; step < DRIVEN_STEPS; step++) await clock.advanceAsync(DRIVEN_STEP_MS);
    await delay(YIELD_MS);
  };
  return {
    status: () => Promise.resolve({ ...controlStatus(plane), ready: plane.publisher.unread.length === 0 }),
    log: lines,
    pass,
    async ask(name, count) {
      await pass();
      const query = encodeQuery({ name, type: A });
      return Array.from({ length: count }, () => decode(askBytes({ context }, query)));
    },
  };
}

function logTo(lines: LogLine[]): Log {
  const at = (level: number) => (fields: object, msg: string) => void lines.push({ ...fields, level, msg });
  return { debug: at(20), info: at(30), warn: at(40), error: at(50) };
}
