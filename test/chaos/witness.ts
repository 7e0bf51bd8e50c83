/**
 * Asks fedns all the time and holds every answer against the truth. It also looks at /readyz: whenever questions stay
 * unanswered for longer than HEARTBEAT_BOUND_MS, readiness must be denied.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decode, type Message } from "../support/decode.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { encodeQuery } from "../support/query.ts";
import type { Chance } from "../simulation/chance.ts";
import { faultOf, type Question } from "./check.ts";
import type { Truth } from "./truth.ts";

const ASK_EVERY_MS = 10;
const READY_EVERY_MS = 100;
/** A question without an answer after this long counts as unanswered. */
const ANSWER_BOUND_MS = 1_000;
/** The part of the questions that is about names of the zone file. */
const STATIC_SHARE = 0.2;
/** Silence that readiness may not know of yet. */
export const HEARTBEAT_BOUND_MS = 5_000;
const FAULTS_KEPT = 20;
const SERVFAIL = 2;

export type Tally = {
  asked: number;
  answered: number;
  unanswered: number;
  readonly rcodes: Map<number, number>;
};

/** `hI.static.test` has the address 192.0.2.(I + 1), and always had. */
export const STATIC_HOSTS = 200;

type Waiting = {
  /** Null: a host of the zone file, and the only right address. */
  readonly question: Question | null;
  readonly right: string | null;
  readonly askedMs: number;
  readonly name: string;
};

export class Witness {
  readonly tally: Tally = { asked: 0, answered: 0, unanswered: 0, rcodes: new Map() };
  readonly faults: string[] = [];
  readonly #truth: Truth;
  readonly #services: () => readonly string[];
  readonly #chance: Chance;
  readonly #isReady: () => Promise<boolean>;
  readonly #port: number;
  readonly #waiting: Map<number, Waiting> = new Map();
  #socket: Socket | null = null;
  #id = 0;
  /** Since when no question has been answered; null = the last one was. */
  #silentSinceMs: number | null = null;
  /** Silence is expected: everything has been stopped on purpose. */
  isExcused = false;

  constructor(parts: {
    readonly port: number;
    readonly truth: Truth;
    readonly services: () => readonly string[];
    readonly chance: Chance;
    readonly isReady: () => Promise<boolean>;
  }) {
    this.#port = parts.port;
    this.#truth = parts.truth;
    this.#services = parts.services;
    this.#chance = parts.chance;
    this.#isReady = parts.isReady;
  }

  async start(scope: Scope): Promise<void> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.on("message", (bytes) => this.#hear(bytes));
    // A port without a listener at the moment.
    socket.on("error", () => undefined);
    this.#socket = socket;
    const asking = setInterval(() => this.#askOne(), ASK_EVERY_MS);
    const looking = setInterval(() => void this.#look(), READY_EVERY_MS);
    atEnd(scope, () => {
      clearInterval(asking);
      clearInterval(looking);
      socket.close();
    });
  }

  /** The longest silence up to now, in ms. */
  get silentMs(): number {
    return this.#silentSinceMs === null ? 0 : performance.now() - this.#silentSinceMs;
  }

  #askOne(): void {
    const nowMs = performance.now();
    for (const [id, { askedMs }] of this.#waiting) {
      if (nowMs - askedMs < ANSWER_BOUND_MS) break;
      this.#waiting.delete(id);
      this.tally.unanswered++;
      this.#silentSinceMs ??= askedMs;
    }
    if (this.#chance.is(STATIC_SHARE)) {
      const host = this.#chance.int(0, STATIC_HOSTS - 1);
      const name = `h${host}.static.test`;
      this.#send({ question: null, right: `192.0.2.${host + 1}`, askedMs: nowMs, name });
      return;
    }
    const service = this.#chance.pick(this.#services());
    const cluster = this.#chance.is(0.5) ? null : this.#chance.pick(this.#truth.clusters);
    const region = cluster === null ? "" : `${cluster}.`;
    const name = `${service}.demo.myfed.svc.${region}example.com`;
    this.#send({ question: { service, cluster, askedMs: nowMs }, right: null, askedMs: nowMs, name });
  }

  #send(waiting: Waiting): void {
    this.#id = (this.#id + 1) & 0xffff;
    this.#waiting.set(this.#id, waiting);
    this.tally.asked++;
    const bytes = encodeQuery({ name: waiting.name, type: 1, id: this.#id });
    this.#socket?.send(bytes, this.#port, "127.0.0.1");
  }

  #hear(bytes: Buffer): void {
    const id = bytes.readUInt16BE(0);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#silentSinceMs = null;
    this.tally.answered++;
    let answer: Message;
    try {
      answer = decode(bytes);
    } catch (error) {
      this.#note(`${waiting.name}: a malformed answer: ${String(error)}`);
      return;
    }
    this.tally.rcodes.set(answer.rcode, (this.tally.rcodes.get(answer.rcode) ?? 0) + 1);
    const { question, right } = waiting;
    const fault =
      question === null ? this.#staticFault(answer, right) : faultOf(this.#truth, question, answer);
    if (fault !== null) this.#note(`${waiting.name}: ${fault}`);
  }

  /** Before any member has been read, control may not have written anything: not even its zones are known. */
  #staticFault(answer: Message, right: string | null): string | null {
    const { unread, clusters } = this.#truth;
    if (unread.size === clusters.length && answer.rcode === SERVFAIL) return null;
    return wrongAddress(answer, right);
  }

  async #look(): Promise<void> {
    const silentMs = this.silentMs;
    if (silentMs < HEARTBEAT_BOUND_MS || this.isExcused) return;
    if (!(await this.#isReady())) return;
    // A process that is just back answers its first question a moment after it is ready.
    await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS * 3));
    if (this.silentMs > silentMs && (await this.#isReady()))
      this.#note(`no answer for ${Math.round(this.silentMs)} ms, and /readyz says ready`);
  }

  #note(fault: string): void {
    if (this.faults.length < FAULTS_KEPT && !this.faults.includes(fault)) this.faults.push(fault);
  }
}

function wrongAddress(answer: Message, right: string | null): string | null {
  const data = answer.answer.map((record) => record.data).join(" ");
  return answer.rcode === 0 && data === right ? null : `RCODE ${answer.rcode}, [${data}] and not [${right}]`;
}
