/** Which members scale which workloads by themselves. */
import { type Workload, workloadOfText, workloadText } from "./autoscaler-watch.ts";

const NOWHERE: ReadonlySet<string> = new Set();

export class AutoscaledWorkloads {
  readonly #clusters = new Map<string, ReadonlySet<string>>();

  clustersOf(workload: Workload): ReadonlySet<string> {
    return this.#clusters.get(workloadText(workload)) ?? NOWHERE;
  }

  /** True when that has changed. */
  set(workload: Workload, cluster: string, scales: boolean): boolean {
    const before = this.clustersOf(workload);
    if (before.has(cluster) === scales) return false;
    const after = new Set(before);
    if (scales) after.add(cluster);
    else after.delete(cluster);
    if (after.size > 0) this.#clusters.set(workloadText(workload), after);
    else this.#clusters.delete(workloadText(workload));
    return true;
  }

  in(cluster: string): readonly Workload[] {
    return [...this.#clusters]
      .filter(([, clusters]) => clusters.has(cluster))
      .map(([text]) => workloadOfText(text));
  }
}
