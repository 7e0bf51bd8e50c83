/** When the picture is copied: once it is complete, and then from time to time. A thread of its own does it, so no change waits. */
import { Worker } from "node:worker_threads";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Copied } from "./copy.ts";

const LOOK_EVERY_MS = 1_000;

type CopyResult = { readonly copied: Copied } | { readonly failed: Readonly<Record<string, unknown>> };

type CopiesOptions = {
  readonly path: string;
  readonly everySeconds: () => number;
  /** The serial of the picture; null while it is not complete. */
  readonly serial: () => number | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Copies; never rejects. Default: in a thread. */
  readonly copy?: (path: string) => Promise<CopyResult>;
};

/** Never ends. A copy that fails is told, and is tried again when the next one is due. */
export function keepCopies(options: CopiesOptions): void {
  const { path, everySeconds, serial, clock, log, copy = copyInThread } = options;
  let triedMs = -Infinity;
  let copiedSerial: number | null = null;
  const look = async (): Promise<void> => {
    const now = serial();
    const isDue = clock.nowMs() - triedMs >= everySeconds() * 1000;
    if (now !== null && now !== copiedSerial && isDue) {
      triedMs = clock.nowMs();
      const result = await copy(path);
      if ("copied" in result) copiedSerial = result.copied.serial;
      else log.warn(result.failed, "could not save a copy of the picture; the one before stays");
    }
    clock.after(LOOK_EVERY_MS, () => void look());
  };
  void look();
}

function copyInThread(path: string): Promise<CopyResult> {
  const url = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
  const worker = new Worker(url, { workerData: { path } });
  worker.unref();
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.once("error", (error) => resolve({ failed: { error: String(error) } }));
    worker.once("exit", () => resolve({ failed: { error: "the thread ended" } }));
  });
}
