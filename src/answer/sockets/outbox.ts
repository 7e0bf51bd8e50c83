/** Answers of one connection on their way to the kernel, in reused buffers, so that slow readers cost no garbage. */
import type net from "node:net";

/** Enough for most writes; a longer one gets its own memory. */
const BUFFER_OCTETS = 32_768;
/** Free buffers that are kept for later writes; any more are left to the garbage collector. */
const SPARES_MAX = 16;

/** For all connections of the thread. */
const spares: Uint8Array[] = [];

/**
 * The kernel usually takes a write at once, and the same buffer serves the next write of any connection. Otherwise the
 * rest stays in the buffer until the client has read enough: at most one write of a connection waits.
 */
export class Outbox {
  readonly #socket: net.Socket;
  readonly #onDrained: () => void;
  #buffer: Uint8Array | null = null;
  #isWaiting = false;

  /** `onDrained` is called when the kernel has taken a write that waited. */
  constructor(socket: net.Socket, onDrained: () => void) {
    this.#socket = socket;
    this.#onDrained = onDrained;
  }

  /** True while the kernel has not taken everything: then `send` must not be called. */
  get isBlocked(): boolean {
    return this.#isWaiting;
  }

  /** The octets may be overwritten when this returns. */
  send(octets: Uint8Array): void {
    const isLong = octets.length > BUFFER_OCTETS;
    const buffer = isLong ? octets.slice() : (spares.pop() ?? new Uint8Array(BUFFER_OCTETS));
    if (!isLong) buffer.set(octets);
    const socket = this.#socket;
    socket.write(isLong ? buffer : buffer.subarray(0, octets.length), this.#onWritten);
    this.#isWaiting = socket.writableLength > 0 && !socket.destroyed;
    if (isLong) return;
    // A destroyed socket may still use it; `close` gives it back.
    if (socket.writableLength > 0) this.#buffer = buffer;
    else giveBack(buffer);
  }

  /** To be called when the socket is closed and no longer uses the buffer. */
  close(): void {
    if (this.#buffer !== null) giveBack(this.#buffer);
    this.#buffer = null;
    this.#isWaiting = false;
  }

  /** Also called, a little later, for writes that the kernel took at once. */
  readonly #onWritten = (error?: Error | null): void => {
    if (!this.#isWaiting || this.#socket.writableLength > 0 || (error ?? null) !== null) return;
    this.close();
    this.#onDrained();
  };
}

function giveBack(buffer: Uint8Array): void {
  if (spares.length < SPARES_MAX) spares.push(buffer);
}
