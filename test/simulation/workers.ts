/**
 * Contexts that read the picture as the workers of `serve` do: each notices a fresh file, and reports the serial it has
 * passed, in its own time.
 */
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import type { Disk } from "./memory-store.ts";

export type Worker = { readonly context: WorkerContext; generation: number; passed: number };

export class Workers {
  readonly #disk: Disk;
  readonly all: readonly Worker[];

  constructor(disk: Disk, count: number, seed: number) {
    this.#disk = disk;
    this.all = Array.from({ length: count }, (_, i): Worker => {
      const picture = new Picture(disk.memory);
      const context = new WorkerContext(picture, { seed: seed * 31 + i * 7 + 1 });
      return { context, generation: disk.generation, passed: picture.serial() };
    });
  }

  /** The top of a worker's loop, before a batch. */
  refresh(worker: Worker, wallMs: number): void {
    if (worker.generation !== this.#disk.generation) {
      worker.generation = this.#disk.generation;
      worker.context.picture = new Picture(this.#disk.memory);
    }
    worker.passed = worker.context.picture.serial();
    worker.context.nowSeconds = Math.floor(wallMs / 1000) | 0;
  }

  /** As answer/scoreboard/scoreboard.ts computes it. */
  passedSerial(current: number): number {
    let passed = current;
    for (const worker of this.all) {
      if (worker.generation !== this.#disk.generation) return 0;
      passed = Math.min(passed, worker.passed);
    }
    return passed;
  }
}
