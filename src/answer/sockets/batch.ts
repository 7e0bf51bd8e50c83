/**
 * One native block of memory for a batch of datagrams, laid out once and shared by the kernel and JavaScript. Per batch
 * only lengths are rewritten.
 *
 *   receive headers | send headers | iovecs | addresses | control messages | receive slots | send slots
 *
 * Both headers of slot i share its address and control buffer, so that a reply goes back the way its query came.
 */
import type { Peer } from "../terms/peer.ts";
import { allocate, type Pointer } from "../../kernel/native/libc.ts";
import { IS_UNANSWERED } from "./ports.ts";

export const BATCH = 64;
/**
 * The largest query that is read over UDP, and room for a PROXY header before it. Our OPT record says 1232, which clients
 * should keep to (RFC 6891 §6.2.3), but padding may make a query longer (RFC 7830); 4096 is what EDNS began with
 * (RFC 6891 §6.2.5). A longer datagram is cut, and its client is told to come by TCP. Not a power of two: the slots would
 * compete for the same lines of the processor's cache.
 */
export const RECEIVE_OCTETS: number = 4096 + 64;
/** The largest response over UDP is 1232. */
const SEND_OCTETS = 1280;
const HEADER_OCTETS = 64;
const IOVEC_OCTETS = 16;
const ADDRESS_OCTETS = 32;
const CONTROL_OCTETS = 64;
/** The first octet of an address is the low one of its family. */
const AF_INET = 2;
const LENGTH_WORD = 14;
const NAME_LENGTH_WORD = 2;
const CONTROL_LENGTH_WORD = 10;
const ADDRESS_LENGTH = 28;

export class Batch {
  readonly u8: Uint8Array;
  /** The same octets. */
  readonly view: DataView;
  readonly #u32: Uint32Array;
  /** Addresses for recvmmsg and sendmmsg: the first receive header, and the send header of each slot. */
  readonly receive: Pointer;
  readonly send: readonly Pointer[];
  readonly #hasControl: boolean;
  readonly #sendAt: number;
  readonly #iovecAt: number;
  readonly #addressAt: number;
  readonly #controlAt: number;
  readonly #receiveSlotsAt: number;
  readonly #sendSlotsAt: number;

  /** `hasControl`: keep the destination address of queries for their replies (wildcard binds). */
  constructor(hasControl: boolean) {
    this.#hasControl = hasControl;
    this.#sendAt = BATCH * HEADER_OCTETS;
    this.#iovecAt = 2 * BATCH * HEADER_OCTETS;
    this.#addressAt = this.#iovecAt + 2 * BATCH * IOVEC_OCTETS;
    this.#controlAt = this.#addressAt + BATCH * ADDRESS_OCTETS;
    this.#receiveSlotsAt = this.#controlAt + BATCH * CONTROL_OCTETS;
    this.#sendSlotsAt = this.#receiveSlotsAt + BATCH * RECEIVE_OCTETS;
    const { address, buffer } = allocate(this.#sendSlotsAt + BATCH * SEND_OCTETS);
    this.u8 = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.receive = address;
    this.send = Array.from({ length: BATCH }, (_, i) => address + BigInt(this.#sendAt + i * HEADER_OCTETS));
    this.#layOut(this.view, address);
  }

  #layOut(view: DataView, address: Pointer): void {
    this.u8.fill(0);
    const put = (at: number, target: number): void => {
      view.setBigUint64(at, address + BigInt(target), true);
    };
    for (let i = 0; i < BATCH; i++) {
      const iovecs = [this.#iovecAt + i * IOVEC_OCTETS, this.#iovecAt + (BATCH + i) * IOVEC_OCTETS] as const;
      put(iovecs[0], this.receiveSlot(i));
      view.setBigUint64(iovecs[0] + 8, BigInt(RECEIVE_OCTETS), true);
      put(iovecs[1], this.sendSlot(i));
      [i * HEADER_OCTETS, this.#sendAt + i * HEADER_OCTETS].forEach((header, side) => {
        put(header, this.#addressAt + i * ADDRESS_OCTETS);
        view.setUint32(header + 8, ADDRESS_LENGTH, true);
        put(header + 16, iovecs[side] as number);
        view.setBigUint64(header + 24, 1n, true);
        if (!this.#hasControl) return;
        put(header + 32, this.#controlAt + i * CONTROL_OCTETS);
        view.setBigUint64(header + 40, BigInt(CONTROL_OCTETS), true);
      });
    }
  }

  receiveSlot(i: number): number {
    return this.#receiveSlotsAt + i * RECEIVE_OCTETS;
  }

  sendSlot(i: number): number {
    return this.#sendSlotsAt + i * SEND_OCTETS;
  }

  /** Octets received in slot i. */
  received(i: number): number {
    return this.#u32[i * (HEADER_OCTETS / 4) + LENGTH_WORD] as number;
  }

  /** True for the ports of IS_UNANSWERED; sendmmsg would stop at a reply to port 0. */
  isFromUnansweredPort(i: number): boolean {
    const at = this.#addressAt + i * ADDRESS_OCTETS + 2;
    return this.u8[at] === 0 && IS_UNANSWERED[this.u8[at + 1] as number] === 1;
  }

  /** Makes `peer` the address that slot i came from (sockaddr_in or sockaddr_in6). */
  readPeer(i: number, peer: Peer): void {
    const at = this.#addressAt + i * ADDRESS_OCTETS;
    if (this.u8[at] === AF_INET) {
      peer.at = at + 4;
      peer.octets = 4;
      return;
    }
    const isMapped =
      this.view.getInt32(at + 8) === 0 &&
      this.view.getInt32(at + 12) === 0 &&
      this.view.getInt32(at + 16) === 0xffff;
    peer.at = isMapped ? at + 20 : at + 8;
    peer.octets = isMapped ? 4 : 16;
  }

  /** Prepares the send header of slot i for a reply of `octets`. */
  reply(i: number, octets: number): void {
    const u32 = this.#u32;
    const rx = i * (HEADER_OCTETS / 4);
    const tx = (this.#sendAt >>> 2) + rx;
    u32[((this.#iovecAt + (BATCH + i) * IOVEC_OCTETS) >>> 2) + 2] = octets;
    u32[tx + NAME_LENGTH_WORD] = u32[rx + NAME_LENGTH_WORD] as number;
    if (!this.#hasControl) return;
    u32[tx + CONTROL_LENGTH_WORD] = u32[rx + CONTROL_LENGTH_WORD] as number;
    this.#forgetInterface(i);
  }

  /** Replies follow the routing table, not the interface of the query; only link-local addresses need that interface. */
  #forgetInterface(i: number): void {
    const control = this.#controlAt + i * CONTROL_OCTETS;
    const isV6 = this.u8[control + 8] === 41;
    if (!isV6) this.#u32[(control + 16) / 4] = 0;
    else if (!(this.u8[control + 16] === 0xfe && ((this.u8[control + 17] as number) & 0xc0) === 0x80)) {
      this.#u32[(control + 32) / 4] = 0;
    }
  }

  /** Prepares slot i for the next recvmmsg. */
  renew(i: number): void {
    const rx = i * (HEADER_OCTETS / 4);
    this.#u32[rx + NAME_LENGTH_WORD] = ADDRESS_LENGTH;
    if (this.#hasControl) this.#u32[rx + CONTROL_LENGTH_WORD] = CONTROL_OCTETS;
  }
}
