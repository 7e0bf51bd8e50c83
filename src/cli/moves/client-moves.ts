/**
 * The clients that would move with a plan: for each Service in front of what changes, the shares of the clusters now and after.
 * A running fedns computes both, from the picture it answers from.
 *
 *   what the plan does in a cluster                      | its share after
 *   the cluster is lost, or the copy of the Service goes | 0
 *   all replicas that are ready there go                 | 0
 *   some replicas go, or others are ready there as well  | as now: shares do not go by replicas
 *   a copy is made                                       | not known before it is ready; named as arriving
 */
import type { ClientChange } from "../plan/client-change.ts";
import type { ClientMoves, ServiceMoves } from "../plan/client-moves-text.ts";
import type { OpenWorld } from "../plan/open-world.ts";
import { askTraffic, type TrafficOptions } from "../traffic/ask-shares.ts";
import type { ServiceName } from "../traffic/served-name.ts";
import type { ClusterShare, Shares } from "../traffic/shares.ts";
import { loadServices, servicesInFront } from "./services-in-front.ts";

/** Two questions each. */
const SERVICES_MAX = 100;

type MovesOptions = TrafficOptions & { readonly without?: string };

/** Nothing is asked without the configuration, which has the domain names, unless a server is named. */
export async function clientMoves(
  open: OpenWorld,
  changes: readonly ClientChange[],
  options: MovesOptions,
): Promise<ClientMoves> {
  const { config, server, without } = options;
  const isAsked = config !== undefined || server !== undefined;
  if (!isAsked && without === undefined) return { services: [], left: 0, problem: null };
  const found = await concerned(open, changes);
  if (found.length === 0) return { services: [], left: 0, problem: null };
  if (!isAsked) {
    const problem = "which clients would move is not known: name the configuration of fedns with -c";
    return { services: [], left: 0, problem };
  }
  const services: ServiceMoves[] = [];
  for (const one of found.slice(0, SERVICES_MAX)) services.push(await movesOf(one, options));
  // The configuration may have been given for the plan alone.
  const isLoud = server !== undefined || without !== undefined;
  return {
    services: services.filter(({ problem, clusters }) => (problem === null ? clusters.length > 0 : isLoud)),
    left: Math.max(0, found.length - SERVICES_MAX),
    problem: null,
  };
}

type Concerned = { readonly service: ServiceName; readonly changes: readonly ClientChange[] };

async function concerned(open: OpenWorld, changes: readonly ClientChange[]): Promise<readonly Concerned[]> {
  const loaded = new Set<string>();
  const found = new Map<string, { service: ServiceName; changes: ClientChange[] }>();
  for (const change of changes) {
    const [namespace = ""] = change.object.key.split("/");
    if (!loaded.has(namespace)) await loadServices(open, namespace);
    loaded.add(namespace);
    for (const service of servicesInFront(open, change.object)) {
      const key = `${service.namespace}/${service.name}`;
      const known = found.get(key) ?? { service, changes: [] };
      found.set(key, known);
      known.changes.push(change);
    }
  }
  return [...found.values()];
}

async function movesOf({ service, changes }: Concerned, options: MovesOptions): Promise<ServiceMoves> {
  const nothing = { service, domainName: null, clusters: [], arriving: [], outcome: null };
  const now = await askTraffic({ service, domainName: null }, options);
  if (now.kind === "unknown") return { ...nothing, problem: now.problem };
  const { name: domainName, clusters } = now.shares;
  const gone = clusters.filter((share) => isEmptied(share, changes, options)).map(({ cluster }) => cluster);
  const arriving = [...new Set(changes.flatMap((change) => change.arriving))].filter(
    (cluster) =>
      !gone.includes(cluster) && !clusters.some((one) => one.cluster === cluster && one.share !== 0),
  );
  const known = { ...nothing, domainName, arriving };
  if (gone.length === 0) return { ...known, problem: null };
  const after = await askTraffic({ service, domainName }, options, gone);
  if (after.kind === "unknown") return { ...known, problem: after.problem };
  return {
    ...known,
    clusters: clusters.map(({ cluster, share, reason }) => ({
      cluster,
      before: reason === null ? share : 0,
      after: shareIn(after.shares, cluster),
    })),
    outcome: after.shares.outcome,
    problem: null,
  };
}

function shareIn({ clusters }: Shares, cluster: string): number | null {
  const found = clusters.find((one) => one.cluster === cluster);
  return found === undefined || found.reason !== null ? 0 : found.share;
}

function isEmptied(
  { cluster, ready }: ClusterShare,
  changes: readonly ClientChange[],
  { without }: MovesOptions,
): boolean {
  if (cluster === without) return true;
  const going = changes.flatMap(({ gone }) => gone.filter((one) => one.cluster === cluster));
  if (going.length === 0) return false;
  if (going.some(({ replicas }) => replicas === null)) return true;
  const replicas = going.reduce((sum, one) => sum + (one.replicas ?? 0), 0);
  return ready === null || ready <= replicas;
}
