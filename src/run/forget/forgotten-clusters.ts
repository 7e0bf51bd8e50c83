/**
 * The clusters that operators have told fedns not to wait for: names that only they could declare do not exist. Saved in
 * the state directory until a cluster is read, or is not in the settings any more.
 *
 *     the cluster                               fedns forget
 *     is not in the settings                    is refused: nothing waits for it
 *     is forgotten already                      changes nothing
 *     has been read in this run                 is refused: there is nothing to forget
 *     was read by an earlier run                is refused: the picture speaks for it
 *     was never read, or only before the
 *     saved copy was made that is served now    ends the waiting
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { replaceStateFile } from "../../kernel/state-file.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import {
  type ForgetClusterRequest,
  type ForgottenCluster,
  forgottenFile,
  type Forgot,
} from "./forget-request.ts";

type ForgottenClustersOptions = {
  /** The file; null = nothing is saved. */
  readonly path: string | null;
  /** Those of the settings. */
  readonly clusters: () => readonly string[];
  /** Clusters that fedns waits for. */
  readonly unread: () => readonly string[];
  /** Has been read in this run. */
  readonly isRead: (cluster: string) => boolean;
  /** It is not to be waited for any more. */
  readonly onForgotten: (cluster: string) => void;
  readonly clock: Clock;
  readonly log: Log;
};

export type ForgottenStatus = {
  readonly clusters: readonly {
    readonly cluster: string;
    readonly since: string;
    readonly by: string;
    readonly reason: string | null;
  }[];
  readonly problem: string | null;
};

const LISTED_MAX = 10;

export class ForgottenClusters {
  readonly #options: ForgottenClustersOptions;
  readonly #clusters: Map<string, ForgottenCluster> = new Map();
  #loadProblem: string | null = null;
  #saveProblem: string | null = null;

  constructor(options: ForgottenClustersOptions) {
    this.#options = options;
  }

  has(cluster: string): boolean {
    return this.#clusters.has(cluster);
  }

  get status(): ForgottenStatus {
    const clusters = [...this.#clusters.values()].map(({ cluster, sinceMs, by, reason }) => ({
      cluster,
      since: new Date(sinceMs).toISOString(),
      by,
      reason,
    }));
    return { clusters, problem: this.#saveProblem ?? this.#loadProblem };
  }

  /** Reads those of an earlier run. Without a file that can be read, all clusters are waited for again, and the status says so. */
  load(): void {
    const { path, log } = this.#options;
    if (path === null) return;
    const complaint = "cannot read which clusters are forgotten; waiting for all of them";
    const { items, problem } = forgottenFile.load(path, log, complaint);
    for (const one of items) this.#clusters.set(one.cluster, one);
    this.#loadProblem = problem;
  }

  /** The federation has these clusters, and no others: one that comes back later is a new one. */
  retain(clusters: readonly string[]): void {
    const gone = [...this.#clusters.keys()].filter((cluster) => !clusters.includes(cluster));
    for (const cluster of gone) this.#clusters.delete(cluster);
    if (gone.length > 0) this.#save();
  }

  /** It has left the federation. */
  drop(cluster: string): void {
    if (this.#clusters.delete(cluster)) this.#save();
  }

  obey({ cluster, isDryRun, by, reason }: ForgetClusterRequest): Forgot {
    const { clock, log, onForgotten } = this.#options;
    const known = this.#clusters.get(cluster);
    if (known !== undefined)
      return {
        ok: true,
        text: `${cluster} is forgotten already, by ${known.by} at ${new Date(known.sinceMs).toISOString()}`,
      };
    const refusal = this.#refusal(cluster);
    if (refusal !== null) return { ok: false, text: refusal };
    const others = this.#options.unread().filter((name) => name !== cluster);
    const rest = others.length === 0 ? "" : `; still waiting for ${others.slice(0, LISTED_MAX).join(", ")}`;
    if (isDryRun)
      return {
        ok: true,
        text: `would forget ${cluster}: what only it could declare, and is SERVFAIL now, would not exist${rest}`,
      };
    this.#clusters.set(cluster, { cluster, sinceMs: clock.wallMs(), by, reason });
    const saved = this.#save();
    log.warn({ cluster, by, reason }, "forgotten by order: it is not waited for any more");
    onForgotten(cluster);
    return {
      ok: true,
      text: `${cluster} is forgotten until it is read: what only it could declare does not exist${rest}${saved}`,
    };
  }

  /** It has been read. */
  lift(cluster: string): void {
    if (!this.#clusters.delete(cluster)) return;
    this.#save();
    this.#options.log.info({ cluster }, "read, and so not forgotten any more");
  }

  #refusal(cluster: string): string | null {
    const { unread, isRead } = this.#options;
    const clusters = this.#options.clusters();
    if (!clusters.includes(cluster)) {
      const guess = closestWord(cluster, clusters);
      const cure =
        guess === null
          ? `its clusters: ${clusters.slice(0, LISTED_MAX).join(", ") || "none"}`
          : `did you mean ${guess}?`;
      return `${cluster} is not in the settings of this fedns, so nothing waits for it; ${cure}`;
    }
    if (isRead(cluster))
      return `${cluster} has been read, so nothing waits for it; to send no clients there: fedns drain ${cluster}`;
    if (!unread().includes(cluster))
      return `${cluster} was read by an earlier run, so nothing waits for it: it keeps its last known endpoints for staleAfterSeconds; to send no clients there: fedns drain ${cluster}; to remove its names, take it out of the settings and restart fedns`;
    return null;
  }

  /** Returns "", or a warning for the operator. */
  #save(): string {
    const { path, log } = this.#options;
    if (path === null) return "";
    try {
      replaceStateFile(path, forgottenFile.text([...this.#clusters.values()]));
      this.#saveProblem = null;
      return "";
    } catch (error) {
      this.#saveProblem = `which clusters are forgotten cannot be saved: ${messageOf(error)}`;
      log.error({ path, ...errorFields(error) }, "cannot save which clusters are forgotten");
      return `; but it cannot be saved, and a new picture would wait for it again: ${messageOf(error)}`;
    }
  }
}
