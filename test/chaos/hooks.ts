/**
 * Loaded into the processes of fedns in a chaos run (node --import), and idle until the run writes into the file of HOOKS
 * what is to happen: ends and stops of the writer at a step that no signal from outside would hit, a service that cannot be
 * encoded, a clock that jumps.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { OperationalError } from "../../src/kernel/error.ts";
import { Header } from "../../src/picture/format/layout.ts";
import { RecordStore } from "../../src/picture/write/record-store.ts";
import { PictureWriter } from "../../src/picture/write/writer.ts";

/** The environment variable with the path of the file, which has Hooks as JSON. */
export const HOOKS = "FEDNS_CHAOS_HOOKS";

export type Hooks = {
  /** By how much the wall clock of every process is wrong (ms). */
  readonly clockOffsetMs?: number;
  /** The first label of services that no writer can encode. */
  readonly unpublishable?: string;
  /** The file system gives the picture no more blocks, as with a quota that is used up. */
  readonly isQuotaUsedUp?: boolean;
  /** This process takes the picture for full of garbage. */
  readonly garbageOf?: number;
  /** This process is sent a signal in the middle of something. */
  readonly ending?: {
    readonly pid: number;
    readonly signal: "SIGKILL" | "SIGSTOP";
    /** In a commit: after so many words. In a replacement of the picture: before, while or after it gets its name. */
    readonly at: { readonly flip: number } | { readonly replacement: "opened" | "named" | "done" };
  };
};

const LOOK_EVERY_MS = 20;
/** More words than any picture has. */
const MUCH_GARBAGE = 1 << 30;

const path = process.env[HOOKS] ?? "";
const realNow = Date.now.bind(Date);
let hooks: Hooks = {};
let lookedMs = -Infinity;

function hooksNow(): Hooks {
  const nowMs = performance.now();
  if (nowMs - lookedMs < LOOK_EVERY_MS) return hooks;
  lookedMs = nowMs;
  try {
    hooks = JSON.parse(fs.readFileSync(path, "utf8")) as Hooks;
  } catch {
    // It is being written.
  }
  return hooks;
}

function endHere(signal: string): void {
  process.kill(process.pid, signal);
  // Also where the signal takes a moment, nothing happens after it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
}

function endingHere(): NonNullable<Hooks["ending"]> | null {
  const { ending } = hooksNow();
  return ending?.pid === process.pid ? ending : null;
}

Date.now = () => realNow() + (hooksNow().clockOffsetMs ?? 0);

/** The writer's stores to the picture are the only atomic ones to a header's serial in its process. */
function hookCommits(): void {
  const store = Atomics.store.bind(Atomics) as (words: Uint32Array, at: number, value: number) => number;
  let stepsLeft: number | null = null;
  let signal = "";
  Atomics.store = ((words: Uint32Array, at: number, value: number) => {
    const result = store(words, at, value);
    if (at === Header.Serial && words.length > 1 << 16) {
      const ending = (value & 1) === 1 ? endingHere() : null;
      stepsLeft = ending !== null && "flip" in ending.at ? ending.at.flip : null;
      signal = ending?.signal ?? "";
      // The last step: everything is written, and the serial says so.
      if ((value & 1) === 0) stepsLeft = null;
    }
    if (stepsLeft !== null && stepsLeft-- === 0) {
      stepsLeft = null;
      endHere(signal);
    }
    return result;
  }) as typeof Atomics.store;
}

function hookReplacements(): void {
  const endAt = (step: string, file: unknown): void => {
    if (!String(file).endsWith("picture.new")) return;
    const ending = endingHere();
    if (ending !== null && "replacement" in ending.at && ending.at.replacement === step)
      endHere(ending.signal);
  };
  const { openSync, renameSync } = fs;
  fs.openSync = ((file: fs.PathLike, ...rest: [fs.OpenMode, fs.Mode?]) => {
    const fd = openSync(file, ...rest);
    endAt("opened", file);
    return fd;
  }) as typeof fs.openSync;
  fs.renameSync = (from, to) => {
    endAt("named", from);
    renameSync(from, to);
    endAt("done", from);
  };
  syncBuiltinESMExports();
}

function hookWriter(): void {
  const { prototype } = PictureWriter;
  const putPool = Object.getOwnPropertyDescriptor(prototype, "putPool")?.value as (
    ...parts: Parameters<PictureWriter["putPool"]>
  ) => ReturnType<PictureWriter["putPool"]>;
  prototype.putPool = function put(federation, key, ...rest) {
    const label = Buffer.from(key.subarray(1, 1 + (key[0] ?? 0))).toString();
    if (hooksNow().unpublishable === label) throw new RangeError("this service cannot be encoded today");
    return putPool.call(this, federation, key, ...rest);
  };
  const reserve = Object.getOwnPropertyDescriptor(RecordStore.prototype, "reserve")?.value as (
    ...parts: Parameters<RecordStore["reserve"]>
  ) => void;
  RecordStore.prototype.reserve = function reserveOrRefuse(...parts) {
    if (hooksNow().isQuotaUsedUp === true) throw new OperationalError("NO_ROOM", "the quota is used up");
    reserve.call(this, ...parts);
  };
  const garbage = Object.getOwnPropertyDescriptor(prototype, "garbageWords") as PropertyDescriptor;
  Object.defineProperty(prototype, "garbageWords", {
    ...garbage,
    get(this: PictureWriter) {
      return hooksNow().garbageOf === process.pid ? MUCH_GARBAGE : (garbage.get?.call(this) as number);
    },
  });
}

const script = process.argv[1] ?? "";
if (path !== "" && /control.child\.[jt]s$/.test(script)) {
  hookCommits();
  hookReplacements();
  hookWriter();
}
