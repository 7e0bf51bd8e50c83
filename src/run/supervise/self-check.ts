/**
 * Sends the SOA query for a served zone to each listen address, as a resolver would, and records whether the response is
 * the expected one. Readiness depends on it, because a process may run and not answer.
 *
 * A datagram may be lost in a flood that serve can handle, so an address is reported only when TCP does not answer either.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { LOCAL_HEADER } from "../../answer/terms/proxy-header.ts";
import { Networks } from "../../answer/terms/networks.ts";
import { createPeer, setPeerAddress } from "../../answer/terms/peer.ts";
import { Rcode } from "../../dns/message/code.ts";
import { formatName, nameOf } from "../../dns/message/name.ts";
import { type Clock, pause } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import { messageOf } from "../../kernel/error.ts";

const EVERY_MS = 1_000;
/** Until the first expected response. */
const FIRST_EVERY_MS = 50;
const ANSWER_BOUND_MS = 1_000;
/** An answer takes a millisecond; a server that does not answer must not delay a scrape. */
const COUNT_WAIT_MS = 50;
/** An address whose last expected response is older than this is reported. */
const STALE_MS = 3_000;
const SOA = 6;
const HEADER_OCTETS = 12;

type CheckedAddress = {
  readonly address: string;
  readonly port: number;
  /** Networks whose senders must send PROXY headers. */
  readonly proxies: readonly string[];
};

type SelfCheckOptions = {
  readonly addresses: readonly CheckedAddress[];
  /** Name of a served zone in wire form; null = none is known, and any response is accepted. */
  readonly zone: () => Uint8Array | null;
  /** Whether clients outside allowQuery are refused. Then REFUSED is an expected response. */
  readonly mayRefuse: () => boolean;
  readonly clock: Clock;
};

type Exchange = (query: Uint8Array, at: CheckedAddress) => Promise<Uint8Array>;

export class SelfCheck {
  readonly #options: SelfCheckOptions;
  readonly #rightMs: Map<string, number> = new Map();
  readonly #problems: Map<string, string> = new Map();
  #id = 0;
  #underWay = 0;
  /** Responses to these queries, by protocol and RCODE. The counters of the workers include them. */
  readonly answered: { readonly udp: number[]; readonly tcp: number[] } = { udp: [], tcp: [] };

  constructor(options: SelfCheckOptions) {
    this.#options = options;
  }

  /** Sends queries until aborted. */
  run(signal: AbortSignal): void {
    for (const at of this.#options.addresses) void this.#keepAsking(at, signal);
  }

  /** The problem of one address; null = all addresses answer as expected. */
  get problem(): string | null {
    const nowMs = this.#options.clock.nowMs();
    for (const at of this.#options.addresses) {
      const key = textOf(at);
      const rightMs = this.#rightMs.get(key);
      if (rightMs !== undefined && nowMs - rightMs <= STALE_MS) continue;
      return `${key} ${this.#problems.get(key) ?? "has not been checked yet"}`;
    }
    return null;
  }

  async #keepAsking(at: CheckedAddress, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const key = textOf(at);
    while (!signal.aborted) {
      const problem = await this.#ask(at);
      if (problem === null) this.#rightMs.set(key, clock.nowMs());
      else this.#problems.set(key, problem);
      await pause(clock, this.#rightMs.has(key) ? EVERY_MS : FIRST_EVERY_MS, signal);
    }
  }

  /**
   * Resolves when no query of ours is under way, or after COUNT_WAIT_MS: until then the counters of the workers may have one
   * that `answered` has not.
   */
  async idle(): Promise<void> {
    const { clock } = this.#options;
    const deadlineMs = clock.nowMs() + COUNT_WAIT_MS;
    while (this.#underWay > 0 && clock.nowMs() < deadlineMs)
      await new Promise<void>((resolve) => void clock.after(1, resolve));
  }

  async #ask(at: CheckedAddress): Promise<string | null> {
    const zone = this.#options.zone();
    const udp = await this.#once(overUdp, "udp", zone, at);
    if (udp !== "does not answer") return udp;
    return this.#once(overTcp, "tcp", zone, at);
  }

  async #once(
    exchange: Exchange,
    protocol: "udp" | "tcp",
    zone: Uint8Array | null,
    at: CheckedAddress,
  ): Promise<string | null> {
    this.#id = (this.#id + 1) & 0xffff;
    const query = queryFor(zone ?? Uint8Array.of(0), this.#id);
    this.#underWay++;
    const answer = await exchange(query, at)
      .catch((error: unknown) => messageOf(error))
      .finally(() => this.#underWay--);
    if (typeof answer === "string") return answer === "" ? "does not answer" : answer;
    const rcode = (answer[3] ?? 0) & 15;
    this.answered[protocol][rcode] = (this.answered[protocol][rcode] ?? 0) + 1;
    if (zone === null || rcode === Rcode.NoError) return null;
    if (rcode === Rcode.Refused && this.#options.mayRefuse()) return null;
    return `answered the SOA query for ${formatName(zone)} with ${mnemonicOf(rcode)}`;
  }
}

function mnemonicOf(rcode: number): string {
  const [name] = Object.entries(Rcode).find(([, code]) => code === rcode) ?? [];
  return name?.toUpperCase() ?? `RCODE ${rcode}`;
}

function textOf({ address, port }: CheckedAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function queryFor(name: Uint8Array, id: number): Uint8Array {
  return Uint8Array.of(id >>> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, SOA, 0, 1);
}

/** Rejects with an empty message when there is no answer in time. */
function overUdp(query: Uint8Array, at: CheckedAddress): Promise<Uint8Array> {
  const { address, port } = at;
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error(""))), ANSWER_BOUND_MS);
    socket.on("message", (answer) => {
      if (answer.length >= HEADER_OCTETS && answer[0] === query[0] && answer[1] === query[1])
        end(() => resolve(answer));
    });
    socket.on("error", () => end(() => reject(new Error(""))));
    socket.connect(port, address, () => socket.send(withHeader(query, at)));
  });
}

/** Rejects with an empty message when there is no answer in time. */
function overTcp(query: Uint8Array, at: CheckedAddress): Promise<Uint8Array> {
  const { address, port } = at;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error(""))), ANSWER_BOUND_MS);
    let received = Buffer.alloc(0);
    socket.on("connect", () => socket.write(withHeader(Uint8Array.of(0, query.length, ...query), at)));
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length >= 2 + HEADER_OCTETS) end(() => resolve(received.subarray(2)));
    });
    socket.on("error", () => end(() => reject(new Error(""))));
    socket.on("end", () => end(() => reject(new Error(""))));
  });
}

/** The address at which this machine reaches a socket; wildcard addresses become loopback addresses. */
export function reachable({ address, port, proxies }: CheckedAddress): CheckedAddress {
  const known: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return { address: known[address] ?? address, port, proxies };
}

/** A query to an address of our own comes from that address; where it counts as a balancer's, it begins as one's own query. */
function withHeader(octets: Uint8Array, { address, proxies }: CheckedAddress): Uint8Array {
  const self = createPeer(false);
  setPeerAddress(self, address);
  return new Networks(proxies).has(self) ? Uint8Array.of(...LOCAL_HEADER, ...octets) : octets;
}

/** The domain of a federation, which is always served; null with zone files only, because those may change. */
export function zoneToAsk({ federations }: Pick<Config, "federations">): Uint8Array | null {
  const domain = federations[0]?.domain;
  return domain === undefined ? null : nameOf(domain);
}
