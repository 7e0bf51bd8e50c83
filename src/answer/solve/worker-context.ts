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
import { CLUSTERS_MAX } from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";
import { createPeer, type Peer } from "../terms/peer.ts";
import { LevelCache } from "./level-cache.ts";
import { COUNTERS } from "../terms/counter.ts";
import { NO_TERMS, type Terms, termsOf } from "../terms/terms.ts";

/** What lookup found, and where. Reused. */
type Finding = {
  /** The closest existing node: the name itself, or the nearest one above it. */
  node: number;
  /** Which label of the name the node starts at: 0 = the name itself. */
  label: number;
  /** The apex node of the zone. */
  apex: number;
  /** The pool of a federated name. */
  pool: number;
  /** Word offset of the port in `pool`. */
  port: number;
  /** Word offset of the RRset in `node`. */
  rrset: number;
  /** The least health that counts for this answer: 0 when failing open. */
  needed: number;
};

type WorkerContextOptions = {
  /** For what is drawn. */
  readonly seed: number;
  readonly counters?: Float64Array;
  readonly terms?: Terms;
};

export class WorkerContext {
  picture: Picture;
  readonly query: Query = createQuery();
  readonly response: Response = new Response();
  readonly finding: Finding = { node: 0, label: 0, apex: 0, pool: 0, port: 0, rrset: 0, needed: 1 };
  /** hashes[i]: of the name from label i on. */
  readonly hashes: Int32Array = new Int32Array(LABELS_MAX + 1);
  /**
   * Where the labels of the name that is looked up stand in the message, once aliases were followed: the name is the
   * target of the last one then. Before, the name is the question's.
   */
  readonly positions: Uint16Array = new Uint16Array(LABELS_MAX + 1);
  isChased = false;
  /** Hashes of the names that were looked up, and nodes of the DNAMEs that were written, in this answer. */
  readonly visited: Int32Array = new Int32Array(16);
  readonly redirects: Uint32Array = new Uint32Array(16);
  /** Where in the message the targets of these DNAMEs stand. */
  readonly redirectTargets: Uint16Array = new Uint16Array(16);
  redirectCount = 0;
  /** Names made up on the way: a wildcard's, a nameserver's. */
  readonly scratch: NameBuffer = createNameBuffer();
  /** The picture's serial when this answer began. */
  serial = 0;
  readonly levels: LevelCache = new LevelCache();
  /** Word offsets of the members that may answer, and the part and the tier of each (weigh.ts). */
  readonly candidates: Uint32Array = new Uint32Array(CLUSTERS_MAX);
  readonly weights: Float64Array = new Float64Array(CLUSTERS_MAX);
  readonly tiers: Uint8Array = new Uint8Array(CLUSTERS_MAX);
  /** Where in the picture the nearness of clusters to this client stands; 0 = every cluster is as near. */
  row = 0;
  /** The class of clients that row is of. */
  client = 0;
  /** The fewest halvings of a share by distance among the candidates. */
  nearest = 0;
  /** Did it matter for this answer where the client is? */
  isByPlace = false;
  /** Who asks. */
  peer: Peer = createPeer(false);
  /** Behind the first alias of this answer, and how many records that makes: 0 = there was none. */
  linkEnd = 0;
  linkRecords = 0;
  readonly counters: Float64Array;
  readonly terms: Terms;
  /** The time, as the edge last told it: milliseconds that never go back, in an array because a number with a fraction is allocated whenever it is passed on. */
  readonly nowMs: Float64Array = new Float64Array(1);
  /** Seconds since the epoch, as 32 bits of any sign. */
  nowSeconds = 0;
  /** True when the answer has less room than the client said it can take. */
  isCutShort = false;
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

  /** Offset in the message of label `label` of the name that is looked up. */
  position(label: number): number {
    return this.isChased
      ? (this.positions[label] as number)
      : HEADER_OCTETS + (this.query.labels[label] as number);
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
