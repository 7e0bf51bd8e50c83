/**
 * Asks fedns all the time and compares every answer with the truth. It also looks at /readyz: whenever no question gets a
 * right answer for longer than HEARTBEAT_BOUND_MS, readiness must be denied.
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
/** A question without an answer after this long counts as unanswered, unless the answer is only late. */
export const ANSWER_BOUND_MS = 1_000;
/** The part of the questions that is about names of the zone file. */
const STATIC_SHARE = 0.2;
/** How long readiness may lag behind. */
export const HEARTBEAT_BOUND_MS = 5_000;
const FAULTS_KEPT = 20;
const SERVFAIL = 2;
const NXDOMAIN = 3;

export type Tally = {
  asked: number;
  answered: number;
  unanswered: number;
  readonly rcodes: Map<number, number>;
  /** Answers that were wrong. */
  wrong: number;
  /** The longest time without a right answer: while fedns was meant to run, and with the times when all of it was killed. */
  longestBlindMs: number;
  longestBlindWithStopsMs: number;
  /** The longest time from the last right answer until /readyz was not 200, where answers stayed away for that long. */
  longestReadyLagMs: number;
  readyLags: number;
};

/** `hI.static.test` has the address 192.0.2.(I + 1), and always had. */
export const STATIC_HOSTS = 200;

type Waiting = {
  /** Null: a host of the zone file, and the only right address. */
  readonly question: Question | null;
  readonly right: string | null;
  readonly askedMs: number;
  readonly name: string;
  isLate: boolean;
};

type WitnessParts = {
  readonly port: number;
  readonly truth: Truth;
  readonly services: () => readonly string[];
  readonly chance: Chance;
  readonly isReady: () => Promise<boolean>;
};

export class Witness {
  readonly tally: Tally = {
    asked: 0,
    answered: 0,
    unanswered: 0,
    rcodes: new Map(),
    wrong: 0,
    longestBlindMs: 0,
    longestBlindWithStopsMs: 0,
    longestReadyLagMs: 0,
    readyLags: 0,
  };
  readonly faults: string[] = [];
  readonly #parts: WitnessParts;
  /** By id; one that is late stays until its id comes again. */
  readonly #waiting: Map<number, Waiting> = new Map();
  #socket: Socket | null = null;
  #id = 0;
  #rightMs = 0;
  #hasLagged = false;
  #wasStopped = false;
  #isStopped = false;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  async start(scope: Scope): Promise<void> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.on("message", (bytes) => this.#hear(bytes));
    // A port without a listener at the moment.
    socket.on("error", () => undefined);
    this.#socket = socket;
    this.#rightMs = performance.now();
    const asking = setInterval(() => this.#askOne(), ASK_EVERY_MS);
    const looking = setInterval(() => void this.#look(), READY_EVERY_MS);
    atEnd(scope, () => {
      clearInterval(asking);
      clearInterval(looking);
      socket.close();
    });
  }

  /** All of fedns is stopped on purpose. */
  set isStopped(isStopped: boolean) {
    this.#isStopped = isStopped;
    if (isStopped) this.#wasStopped = true;
  }

  /** How many questions asked between these times have no answer up to now. */
  lostBetween(fromMs: number, toMs: number): number {
    return [...this.#waiting.values()].filter(({ askedMs }) => askedMs >= fromMs && askedMs <= toMs).length;
  }

  #askOne(): void {
    const nowMs = performance.now();
    for (const waiting of this.#waiting.values()) {
      if (nowMs - waiting.askedMs < ANSWER_BOUND_MS || waiting.isLate) continue;
      waiting.isLate = true;
      this.tally.unanswered++;
    }
    const { chance, services, truth } = this.#parts;
    if (chance.is(STATIC_SHARE)) {
      const host = chance.int(0, STATIC_HOSTS - 1);
      this.#send(`h${host}.static.test`, null, `192.0.2.${host + 1}`);
      return;
    }
    const service = chance.pick(services());
    const cluster = chance.is(0.5) ? null : chance.pick(truth.clusters);
    const region = cluster === null ? "" : `${cluster}.`;
    const name = `${service}.demo.myfed.svc.${region}example.com`;
    this.#send(name, { service, cluster, askedMs: nowMs }, null);
  }

  #send(name: string, question: Question | null, right: string | null): void {
    this.#id = (this.#id + 1) & 0xffff;
    this.#waiting.delete(this.#id);
    this.#waiting.set(this.#id, { question, right, askedMs: performance.now(), name, isLate: false });
    this.tally.asked++;
    const bytes = encodeQuery({ name, type: 1, id: this.#id });
    this.#socket?.send(bytes, this.#parts.port, "127.0.0.1");
  }

  #hear(bytes: Buffer): void {
    const id = bytes.readUInt16BE(0);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    const { tally } = this;
    tally.answered++;
    let answer: Message;
    try {
      answer = decode(bytes);
    } catch (error) {
      this.#wrong(`${waiting.name}: a malformed answer: ${String(error)}`);
      return;
    }
    tally.rcodes.set(answer.rcode, (tally.rcodes.get(answer.rcode) ?? 0) + 1);
    const { question, right } = waiting;
    const fault =
      question === null ? this.#staticFault(answer, right) : faultOf(this.#parts.truth, question, answer);
    if (fault !== null) this.#wrong(`${waiting.name}: ${fault}`);
    // A denial says little about whether names are answered.
    else if (answer.rcode !== SERVFAIL && answer.rcode !== NXDOMAIN) this.#see();
  }

  #see(): void {
    const nowMs = performance.now();
    const blindMs = nowMs - this.#rightMs;
    this.tally.longestBlindWithStopsMs = Math.max(this.tally.longestBlindWithStopsMs, blindMs);
    if (!this.#wasStopped) this.tally.longestBlindMs = Math.max(this.tally.longestBlindMs, blindMs);
    this.#rightMs = nowMs;
    this.#hasLagged = false;
    this.#wasStopped = this.#isStopped;
  }

  /** Before any member has been read, control may not have written anything: not even its zones are known. */
  #staticFault(answer: Message, right: string | null): string | null {
    const { unread, clusters, isUnsettled } = this.#parts.truth;
    if (answer.rcode === SERVFAIL && (isUnsettled || unread.size === clusters.length)) return null;
    const data = answer.answer.map((record) => record.data).join(" ");
    return answer.rcode === 0 && data === right
      ? null
      : `RCODE ${answer.rcode}, [${data}] and not [${right}]`;
  }

  async #look(): Promise<void> {
    const { isReady } = this.#parts;
    const rightMs = this.#rightMs;
    const blindMs = performance.now() - rightMs;
    if (blindMs < ANSWER_BOUND_MS || this.#isStopped) return;
    if (!(await isReady())) {
      // The one before may have been answered meanwhile.
      if (this.#rightMs !== rightMs || this.#hasLagged) return;
      this.#hasLagged = true;
      this.tally.readyLags++;
      this.tally.longestReadyLagMs = Math.max(this.tally.longestReadyLagMs, blindMs);
      return;
    }
    if (blindMs < HEARTBEAT_BOUND_MS) return;
    // A process that is just back answers its first question a moment after it is ready.
    await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS * 3));
    if (this.#rightMs === rightMs && !this.#isStopped && (await isReady()) && this.#rightMs === rightMs)
      this.note(`no right answer for ${Math.round(performance.now() - rightMs)} ms, and /readyz says ready`);
  }

  #wrong(fault: string): void {
    this.tally.wrong++;
    this.note(fault);
  }

  note(fault: string): void {
    if (this.faults.length < FAULTS_KEPT && !this.faults.includes(fault)) this.faults.push(fault);
  }
}
