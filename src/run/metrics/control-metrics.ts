/** The metrics of the control process about members, watches, hosts and the publisher. */
import type { HostController } from "../../federation/hosts/host-controller.ts";
import type { ClusterMember } from "../../fleet/members/member.ts";
import type { ReflectorHealth } from "../../fleet/watch/watch-health.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import type { MetricRegistry } from "./registry.ts";

type ControlSources = {
  readonly fleet: { readonly members: readonly ClusterMember[] };
  readonly publisher: Publisher;
  readonly hosts: HostController;
};

export function addControlMetrics(registry: MetricRegistry, sources: ControlSources): void {
  const { fleet, publisher, hosts } = sources;
  registry.gauge("fedns_cluster_synced", (gauge) => {
    for (const member of fleet.members) gauge.set({ cluster: member.name }, Number(member.isSynced));
  });
  registry.gauge("fedns_cluster_api_ready", (gauge) => {
    for (const { name, connection } of fleet.members)
      gauge.set({ cluster: name }, Number(connection.health.reachability.kind === "ready"));
  });
  registry.gauge("fedns_cluster_unread", (gauge) => {
    const unread = new Set(publisher.unread);
    for (const { name } of fleet.members) gauge.set({ cluster: name }, Number(unread.has(name)));
  });
  registry.gauge("fedns_cluster_refused_names", (gauge) => {
    for (const { name, quota } of fleet.members) gauge.set({ cluster: name }, quota.refused);
  });
  registry.gauge("fedns_hosts", (gauge) => {
    const { claimed, answered } = hosts.counts;
    gauge.set({ state: "claimed" }, claimed);
    gauge.set({ state: "answered" }, answered);
  });
  registry.gauge("fedns_source_watching", (gauge) => {
    for (const { name: cluster, observer } of fleet.members)
      for (const [resource, { state }] of Object.entries(observer.sources))
        gauge.set({ cluster, resource }, Number(state === "watching"));
  });
  addWatchMetrics(registry, fleet);
  registry.counter("fedns_publish_commits_total", ({ count }) => count(publisher.health.commits));
  registry.gauge("fedns_publish_pending", (gauge) => gauge.set(publisher.health.pending));
  registry.gauge("fedns_publish_kept_back", (gauge) => gauge.set(publisher.health.keptBack.count));
  registry.gauge("fedns_picture_fullness", (gauge) => {
    const { words, endpoints } = publisher.health.fullness;
    gauge.set({ of: "words" }, words);
    gauge.set({ of: "endpoints" }, endpoints);
  });
}

function addWatchMetrics(registry: MetricRegistry, fleet: ControlSources["fleet"]): void {
  const each = (
    take: (health: ReflectorHealth, labels: { cluster: string; resource: string }) => void,
  ): void => {
    for (const { name: cluster, observer } of fleet.members)
      for (const [resource, health] of watchesOf(observer)) take(health, { cluster, resource });
  };
  registry.counter("fedns_watch_blind_seconds_total", ({ count }) =>
    each(({ blindTotalMs }, labels) => count(blindTotalMs / 1000, labels)),
  );
  registry.gauge("fedns_watch_blind_seconds_max", (gauge) =>
    each(({ blindLongestMs }, labels) => gauge.set(labels, blindLongestMs / 1000)),
  );
  registry.counter("fedns_watch_restarts_total", ({ count }) =>
    each(({ restarts }, labels) => count(restarts, labels)),
  );
  registry.counter("fedns_watch_relists_total", ({ count }) =>
    each(({ relists }, labels) => count(relists, labels)),
  );
  registry.gauge("fedns_watch_objects", (gauge) =>
    each(({ objectCount }, labels) => gauge.set(labels, objectCount)),
  );
}

/** Those that every cluster has, and those of sources that this cluster serves. */
function watchesOf(observer: ClusterMember["observer"]): (readonly [string, ReflectorHealth])[] {
  const ofSources = Object.entries(observer.sources).flatMap(([resource, { watch }]) =>
    watch === null ? [] : [[resource, watch] as const],
  );
  return [...Object.entries(observer.health), ...ofSources];
}
