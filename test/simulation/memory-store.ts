/**
 * The store of the picture without files: as picture/publish/picture-store.ts in plain memory, with the same compaction
 * and the same record of cached addresses. Unused memories are left to the garbage collector.
 */
import { CachedAddresses, mergeCachedUntil } from "../../src/picture/publish/cached-addresses.ts";
import type { PictureStore } from "../../src/picture/publish/picture-store.ts";
import { compactInto } from "../../src/picture/write/compact.ts";
import { createPicture } from "../../src/picture/write/create.ts";
import { Header } from "../../src/picture/format/layout.ts";
import { type Memory, memoryOf } from "../../src/picture/format/memory.ts";
import { PictureWriter } from "../../src/picture/write/writer.ts";

const ENDPOINTS = 4000;

/** The file: what outlives control. */
export type Disk = { memory: Memory; generation: number };

export function freshDisk(octets: number, seed: number): Disk {
  const memory = memoryOf(new ArrayBuffer(octets));
  createPicture(memory, { seed, endpointCapacity: ENDPOINTS });
  return { memory, generation: 0 };
}

export class MemoryStore {
  readonly #disk: Disk;
  readonly #passedSerial: (current: number) => number;
  #formers: readonly Memory[] = [];
  readonly cachedAddresses: CachedAddresses = new CachedAddresses();
  writer: PictureWriter;

  constructor(disk: Disk, passedSerial: (current: number) => number) {
    this.#disk = disk;
    this.#passedSerial = passedSerial;
    this.writer = this.#writerOf(disk.memory);
  }

  get memory(): Memory {
    return this.#disk.memory;
  }

  /** It never grows that large: the run compacts at random. */
  tidy(): void {
    // Nothing to do.
  }

  makeRoom(): boolean {
    return false;
  }

  reopen(): void {
    this.writer = this.#writerOf(this.memory);
  }

  compact(): void {
    this.#replace((target) => compactInto(this.memory, target, () => undefined));
  }

  startOver(seed: number): void {
    this.#replace((target) => createPicture(target, { seed, endpointCapacity: ENDPOINTS }));
    this.#formers = [];
  }

  announce(): void {}

  get serials(): { readonly now: number; readonly passed: number } {
    const now = this.memory.u32[Header.Serial] as number;
    return { now, passed: this.#passedSerial(now) };
  }

  settle(): void {
    const { passed } = this.serials;
    if (this.#formers.length > 0 && passed > 0) {
      for (const former of this.#formers) mergeCachedUntil(former, this.memory);
      this.#formers = [];
    }
    this.cachedAddresses.settle(this.writer, passed);
  }

  #replace(fill: (target: Memory) => void): void {
    const old = this.memory;
    const target = memoryOf(new ArrayBuffer(old.u8.length));
    fill(target);
    this.#disk.memory = target;
    this.writer = this.#writerOf(target);
    this.#formers = [...this.#formers, old].slice(-4);
    this.#disk.generation += 1;
  }

  #writerOf(memory: Memory): PictureWriter {
    return new PictureWriter(memory, {
      passedSerial: () => this.#passedSerial(memory.u32[Header.Serial] as number),
      reserve: () => undefined,
      onReleased: (released) => this.cachedAddresses.note(released),
    });
  }
}

/** For callers that want the class with files. */
export function asPictureStore(store: MemoryStore): PictureStore {
  return store as unknown as PictureStore;
}
