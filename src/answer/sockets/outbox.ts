/** Answers of one connection on their way to the kernel: in room that is used again, so that who reads slowly costs no garbage. */
import type net from "node:net";

/** Holds what is usually written at once; a longer write has memory of its own. */
const ROOM_OCTETS = 32_768;
/** Rooms kept for the next clients that do not read; more than these go back to the system. */
const SPARES_MAX = 16;

/** Of all connections of the thread. */
const spares: Uint8Array[] = [];

/**
 * The kernel usually takes all at once, and the same room serves for the next write, of any connection. What it does
 * not take stays in that room until the client has read enough: one write at a time waits, never more.
 */
export class Outbox {
  readonly #socket: net.Socket;
  readonly #onTaken: () => void;
  #held: Uint8Array | null = null;
  #isWaiting = false;

  /** `onTaken` is called when what waited is with the kernel. */
  constructor(socket: net.Socket, onTaken: () => void) {
    this.#socket = socket;
    this.#onTaken = onTaken;
  }

  /** True while the kernel has not taken everything: nothing may be sent. */
  get isBlocked(): boolean {
    return this.#isWaiting;
  }

  /** The octets may be overwritten when this returns. */
  send(octets: Uint8Array): void {
    const isLong = octets.length > ROOM_OCTETS;
    const room = isLong ? octets.slice() : (spares.pop() ?? new Uint8Array(ROOM_OCTETS));
    if (!isLong) room.set(octets);
    const socket = this.#socket;
    socket.write(isLong ? room : room.subarray(0, octets.length), this.#onWritten);
    this.#isWaiting = socket.writableLength > 0 && !socket.destroyed;
    if (isLong) return;
    // A socket that was destroyed may still hold it: `close` gives it back.
    if (socket.writableLength > 0) this.#held = room;
    else giveBack(room);
  }

  /** The socket is closed: the system reads nothing of ours any more. */
  close(): void {
    if (this.#held !== null) giveBack(this.#held);
    this.#held = null;
    this.#isWaiting = false;
  }

  /** Also called, a little later, for writes that the kernel took at once. */
  readonly #onWritten = (error?: Error | null): void => {
    if (!this.#isWaiting || this.#socket.writableLength > 0 || (error ?? null) !== null) return;
    this.close();
    this.#onTaken();
  };
}

function giveBack(room: Uint8Array): void {
  if (spares.length < SPARES_MAX) spares.push(room);
}
