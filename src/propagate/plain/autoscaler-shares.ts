/**
 * The minimum and maximum of a plain HorizontalPodAutoscaler that each cluster gets now.
 *
 *   the cluster                   | its autoscaler
 *   is seen, and gets a maximum   | has what was decided for it
 *   is seen, and gets none        | goes: the least loaded, when there are more clusters than replicas
 *   is not seen                   | stays as it is, and what it has is not given to others
 *   was not read yet              | nothing is decided for any
 *
 * What was decided counts from then on, whether its cluster has carried it out or not.
 */
import { type Allotment, HELD, type SpecNumbers } from "../federated/allotment.ts";
import { distributeAutoscaling, type SeenAutoscaler } from "../planner/autoscaling.ts";

export type AutoscalerSight = {
  readonly cluster: string;
  /** "not-yet": its copies are read for the first time. */
  readonly view: "seen" | "away" | "not-yet";
  /** As it was last seen; null = it has none. */
  readonly seen: SeenAutoscaler | null;
};

type AutoscalerRequest = {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Of the clusters that it is placed in. */
  readonly sights: readonly AutoscalerSight[];
  /** What was decided last; null = nothing yet. */
  readonly before: Allotment | null;
  /** `namespace/name` of the autoscaler. */
  readonly key: string;
  readonly nowMs: number;
};

export function shareAutoscaler(request: AutoscalerRequest): Allotment {
  const { sights, before, key, nowMs } = request;
  if (sights.some(({ view }) => view === "not-yet")) return HELD;
  const known = (one: AutoscalerSight): SeenAutoscaler | null => decidedFor(one, before);
  const away = sights.filter(({ view }) => view === "away");
  const near = sights.filter(({ view }) => view === "seen");
  const spec = new Map<string, SpecNumbers>();
  if (near.length > 0) {
    const taken = (name: "minReplicas" | "maxReplicas"): number =>
      away.reduce((sum, one) => sum + (known(one)?.[name] ?? 0), 0);
    const shares = distributeAutoscaling({
      minReplicas: Math.max(1, request.minReplicas - taken("minReplicas")),
      maxReplicas: Math.max(1, request.maxReplicas - taken("maxReplicas")),
      clusters: near.map(({ cluster }) => cluster),
      seen: new Map(
        near.flatMap((one) => {
          const seen = known(one);
          return seen === null ? [] : [[one.cluster, seen] as const];
        }),
      ),
      key,
      nowMs,
    });
    for (const [cluster, bounds] of shares) spec.set(cluster, bounds);
  }
  return {
    replicas: null,
    undecided: new Set(away.map(({ cluster }) => cluster)),
    autoscaled: new Set(),
    spec,
  };
}

function decidedFor({ cluster, seen }: AutoscalerSight, before: Allotment | null): SeenAutoscaler | null {
  const { minReplicas, maxReplicas } = before?.spec?.get(cluster) ?? {};
  if (minReplicas === undefined || maxReplicas === undefined) return seen;
  const quiet = { currentReplicas: 0, desiredReplicas: 0, lastScaleMs: null };
  return { ...(seen ?? quiet), minReplicas, maxReplicas };
}
