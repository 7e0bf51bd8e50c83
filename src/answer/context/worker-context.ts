/** What one worker answers from: the picture, its scratch space, its counters. One per worker, made once. */
import { HEADER_OCTETS, LABELS_MAX } from "../../dns/message/code.ts";
import {
  createNameBuffer,
  createQuery,
  type NameBuffer,
  type Query,
} from "../../dns/message/query-record.ts";
import { Response } from "../../dns/message/response.ts";
import { viewOfBytes } from "../../dns/message/wire.ts";
import * as clusterSetFields from "../../picture/format/cluster-set.ts";
import type { MemberAt } from "../../picture/format/member.ts";
import type { Picture } from "../../picture/format/picture.ts";
import { COUNTERS } from "../terms/counter.ts";
import { createPeer, type Peer } from "../terms/peer.ts";
import { NO_TERMS, type Terms, termsOf } from "../terms/terms.ts";
import { LevelCache } from "./level-cache.ts";
import { createQueryState, type QueryState } from "./query-state.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { CLUSTERS_MAX } = clusterSetFields;

type WorkerContextOptions = {
  /** For what is drawn. */
  readonly seed: number;
  readonly counters?: Float64Array;
  readonly terms?: Terms;
};

/** Aliases that are followed in one answer, and the name that was asked. */
const NAMES_MAX = 16;

export class WorkerContext {
  picture: Picture;
  readonly terms: Terms;
  readonly counters: Float64Array;
  /** The time, as the edge last told it: milliseconds that never go back, in an array because a number with a fraction is allocated whenever it is passed on. */
  readonly nowMs: Float64Array = new Float64Array(1);
  /** Seconds since the epoch, as 32 bits of any sign. */
  nowSeconds = 0;

  /** The message that is answered, where it came from, and its answer. Each is set anew for every message. */
  readonly query: Query = createQuery();
  peer: Peer = createPeer(false);
  readonly response: Response = new Response();
  readonly state: QueryState = createQueryState(this.query.name);
  /** The picture's serial when the state began. */
  serial = 0;
  /** Odd: the serial of a commit that was waited for in vain. */
  stuckSerial = 0;

  // Scratch space; nothing here is read before it is written for the same query.
  /** hashes[i]: of the name that is looked up, from label i on. */
  readonly hashes: Int32Array = new Int32Array(LABELS_MAX + 1);
  /** The target of the last alias, and where its labels stand in the message. */
  readonly chased: NameBuffer = createNameBuffer();
  readonly chasedAt: Uint16Array = new Uint16Array(LABELS_MAX + 1);
  /** Names made up on the way: a wildcard's, a nameserver's, the name that is explained. */
  readonly scratch: NameBuffer = createNameBuffer();
  /** The name of a level that is looked for; the name of the state may be in `scratch`. */
  readonly levelName: NameBuffer = createNameBuffer();
  /** Hashes of the names that were looked up, and nodes of the DNAMEs that were written. */
  readonly visited: Int32Array = new Int32Array(NAMES_MAX);
  readonly redirects: Uint32Array = new Uint32Array(NAMES_MAX);
  /** Where in the message the targets of these DNAMEs stand. */
  readonly redirectTargets: Uint16Array = new Uint16Array(NAMES_MAX);
  /** The part and the tier of each candidate (weigh.ts). */
  readonly weights: Float64Array = new Float64Array(CLUSTERS_MAX);
  readonly tiers: Uint8Array = new Uint8Array(CLUSTERS_MAX);
  readonly #candidates: Uint32Array = new Uint32Array(CLUSTERS_MAX);

  readonly levels: LevelCache = new LevelCache();
  #requestView: DataView = viewOfBytes(new Uint8Array(0));
  #request: Uint8Array | null = null;
  #random: number;

  constructor(picture: Picture, options: WorkerContextOptions) {
    const { seed, counters, terms } = options;
    this.picture = picture;
    this.#random = seed | 1;
    this.counters = counters ?? new Float64Array(COUNTERS);
    this.terms = terms ?? termsOf(NO_TERMS, 0);
  }

  /** A view of `request`, made anew only when it is another array than the last time. */
  viewRequest(request: Uint8Array): DataView {
    if (request !== this.#request) {
      this.#request = request;
      this.#requestView = viewOfBytes(request);
    }
    return this.#requestView;
  }

  /** Lets the response write into `bytes` from now on. */
  useResponse(bytes: Uint8Array): void {
    if (bytes === this.response.bytes) return;
    this.response.bytes = bytes;
    this.response.view = viewOfBytes(bytes);
  }

  /** Where label `label` of the name that is looked up stands in the message. */
  position(label: number): number {
    const { isChased, name } = this.state;
    return isChased ? (this.chasedAt[label] as number) : HEADER_OCTETS + (name.labels[label] as number);
  }

  /** A member that may answer; selection puts the ones to answer with first. */
  candidate(i: number): MemberAt {
    return this.#candidates[i] as MemberAt;
  }

  setCandidate(i: number, member: MemberAt): void {
    this.#candidates[i] = member;
  }

  /** A number from 0 to `below` - 1 (xorshift32: spreads load, guards nothing). */
  draw(below: number): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return ((x >>> 0) * below * 2 ** -32) | 0;
  }
}
