/** The control plane's numbers for Prometheus, read at scrape time from the facts that its parts keep anyway. */
import { Gauge, Registry } from "prom-client";
import type { ReflectorHealth } from "../../fleet/watch/watch-health.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import type { HostController } from "../../federation/hosts/host-controller.ts";
import type { ClusterMember } from "../../fleet/members/member.ts";

export type MetricParts = {
  readonly members: readonly ClusterMember[];
  readonly publisher: Publisher;
  readonly hosts: HostController;
};

export function controlMetrics({ members, publisher, hosts }: MetricParts): Registry {
  const registry = new Registry();
  const gauge = gaugesIn(registry);
  const perWatch = (name: string, help: string, value: (health: ReflectorHealth) => number): void => {
    gauge(name, help, ["cluster", "resource"], (g) => {
      for (const { name: cluster, observer } of members) {
        const watches = Object.entries(observer.sources).flatMap(([resource, { watch }]) =>
          watch === null ? [] : [[resource, watch] as const],
        );
        for (const [resource, health] of [...Object.entries(observer.health), ...watches])
          g.set({ cluster, resource }, value(health));
      }
    });
  };
  gauge("fedns_cluster_synced", "1 once the cluster was read in this run.", ["cluster"], (g) => {
    for (const member of members) g.set({ cluster: member.name }, Number(member.isSynced));
  });
  gauge("fedns_cluster_api_ready", "1 while the API server answers /readyz.", ["cluster"], (g) => {
    for (const { name, connection } of members) {
      g.set({ cluster: name }, Number(connection.health.reachability.kind === "ready"));
    }
  });
  gauge("fedns_hosts", "Host names: claimed by some object, and answered.", ["state"], (g) => {
    const { claimed, answered } = hosts.counts;
    g.set({ state: "claimed" }, claimed);
    g.set({ state: "answered" }, answered);
  });
  gauge(
    "fedns_source_watching",
    "1 while a source of host names is watched, 0 while it is not served.",
    ["cluster", "resource"],
    (g) => {
      for (const { name: cluster, observer } of members)
        for (const [resource, { state }] of Object.entries(observer.sources))
          g.set({ cluster, resource }, Number(state === "watching"));
    },
  );
  perWatch(
    "fedns_watch_blind_seconds_total",
    "Time in which changes may have gone unseen.",
    (h) => h.blindTotalMs / 1000,
  );
  perWatch(
    "fedns_watch_blind_seconds_max",
    "The longest such time after the first sync.",
    (h) => h.blindLongestMs / 1000,
  );
  perWatch("fedns_watch_restarts_total", "Watches dialled after the first one.", (h) => h.restarts);
  perWatch("fedns_watch_relists_total", "Complete lists after the first one.", (h) => h.relists);
  perWatch("fedns_watch_objects", "Objects kept.", (h) => h.objectCount);
  gauge("fedns_publish_commits_total", "Changes committed to the picture.", [], (g) =>
    g.set(publisher.health.commits),
  );
  gauge("fedns_publish_pending", "Services that wait to be published.", [], (g) =>
    g.set(publisher.health.pending),
  );
  return registry;
}

/** Makes gauges whose values are read when somebody asks. */
function gaugesIn(
  registry: Registry,
): (name: string, help: string, labelNames: readonly string[], collect: (g: Gauge) => void) => void {
  return (name, help, labelNames, collect) => {
    const created: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: () => collect(created),
    });
  };
}
