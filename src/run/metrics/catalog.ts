/** Every metric of fedns: its name, its labels and its help text. Those of Node.js (process_*, nodejs_*) come from prom-client. */

/**
 * `process` is the process that exports the metric; /metrics has it as a label. A name that ends in `_total` is a counter, which
 * restarts at zero when that process restarts; every other metric is a gauge.
 */
export const METRICS = {
  fedns_queries_total: { process: "supervisor", labels: ["transport"], help: "Queries that got a response." },
  fedns_responses_total: {
    process: "supervisor",
    labels: ["rcode"],
    help: "Responses sent, by response code.",
  },
  fedns_ignored_total: { process: "supervisor", labels: [], help: "Messages dropped without a response." },
  fedns_truncated_total: {
    process: "supervisor",
    labels: [],
    help: "Responses that told the client to use TCP.",
  },
  fedns_climbed_total: {
    process: "supervisor",
    labels: [],
    help: "CNAMEs to the next wider level because no backend was available.",
  },
  fedns_failed_open_total: {
    process: "supervisor",
    labels: [],
    help: "Responses from unhealthy backends because no backend was healthy.",
  },
  fedns_retried_total: {
    process: "supervisor",
    labels: [],
    help: "Responses rebuilt because the picture changed meanwhile.",
  },
  fedns_unsettled_total: {
    process: "supervisor",
    labels: [],
    help: "SERVFAIL because a change of the picture was begun and did not end.",
  },
  fedns_cookies_total: {
    process: "supervisor",
    labels: ["shown"],
    help: "DNS cookies in queries: client part only (nothing), invalid (wrong), valid (good).",
  },
  fedns_rate_limited_total: {
    process: "supervisor",
    labels: ["outcome"],
    help: "Responses over the rate limit: sent empty and truncated (slipped), not sent (dropped), sent as usual (exempt).",
  },
  fedns_prohibited_total: {
    process: "supervisor",
    labels: [],
    help: "Queries refused because of allowQuery, or because the identity is hidden.",
  },
  fedns_cut_short_total: {
    process: "supervisor",
    labels: [],
    help: "Responses truncated by maxAmplification although the client accepts more.",
  },
  fedns_identity_total: { process: "supervisor", labels: [], help: "Responses to queries of class CHAOS." },
  fedns_faults_total: { process: "supervisor", labels: [], help: "Internal errors, answered with SERVFAIL." },
  fedns_workers: { process: "supervisor", labels: [], help: "Worker threads that answer queries." },
  fedns_child_restarts_total: {
    process: "supervisor",
    labels: ["child"],
    help: "Child processes that ended and were started again.",
  },
  fedns_ready: { process: "supervisor", labels: [], help: "1 while /readyz reports ready." },
  fedns_settings_problems: {
    process: "supervisor",
    labels: [],
    help: "Errors in the configuration file as it is now. While there are any, the settings from before stay in force.",
  },
  fedns_settings_need_restart: {
    process: "supervisor",
    labels: [],
    help: "Settings of the configuration file that take effect only after a restart of fedns.",
  },
  fedns_soa_serial: { process: "supervisor", labels: [], help: "Serial number of the SOA records." },
  fedns_build_info: {
    process: "supervisor",
    labels: ["version"],
    help: "Always 1; the label holds the version.",
  },
  fedns_cluster_synced: {
    process: "control",
    labels: ["cluster"],
    help: "1 once the cluster was read in this run.",
  },
  fedns_cluster_api_ready: {
    process: "control",
    labels: ["cluster"],
    help: "1 while the API server answers /readyz.",
  },
  fedns_cluster_unread: {
    process: "control",
    labels: ["cluster"],
    help: "1 while the cluster has not been read, so that what only it could declare, and the picture does not have, is SERVFAIL.",
  },
  fedns_cluster_refused_names: {
    process: "control",
    labels: ["cluster"],
    help: "Services and hosts that are not published, or not with all addresses, because of the quota.",
  },
  fedns_hosts: {
    process: "control",
    labels: ["state"],
    help: "Host names that objects claim (claimed) and that resolve (answered).",
  },
  fedns_source_watching: {
    process: "control",
    labels: ["cluster", "resource"],
    help: "1 while the resource of a source is watched, 0 while the cluster does not serve it.",
  },
  fedns_watch_blind_seconds_total: {
    process: "control",
    labels: ["cluster", "resource"],
    help: "Seconds without an established watch.",
  },
  fedns_watch_blind_seconds_max: {
    process: "control",
    labels: ["cluster", "resource"],
    help: "The longest such interruption after the initial sync.",
  },
  fedns_watch_restarts_total: {
    process: "control",
    labels: ["cluster", "resource"],
    help: "Watch requests after the first one.",
  },
  fedns_watch_relists_total: {
    process: "control",
    labels: ["cluster", "resource"],
    help: "Complete lists after the first one.",
  },
  fedns_watch_objects: { process: "control", labels: ["cluster", "resource"], help: "Objects in the store." },
  fedns_publish_commits_total: { process: "control", labels: [], help: "Changes committed to the picture." },
  fedns_publish_pending: { process: "control", labels: [], help: "Services that wait to be published." },
  fedns_publish_kept_back: {
    process: "control",
    labels: [],
    help: "Services, hosts and nodes that cannot be published although others can; /status names them.",
  },
  fedns_picture_fullness: {
    process: "control",
    labels: ["of"],
    help: "Part of the picture that is in use, 0 to 1: of its words, and of the endpoints that it can track.",
  },
  fedns_cluster_share: {
    process: "control",
    labels: ["cluster"],
    help: "Fraction of its normal client share that a cluster keeps under the drains in force, 0 to 1.",
  },
  fedns_orders: { process: "control", labels: ["order"], help: "Drains, forces and removals in effect." },
  fedns_probe_targets: { process: "control", labels: ["state"], help: "Probe targets by state." },
  fedns_probes_total: { process: "control", labels: ["outcome"], help: "Probes by outcome." },
  fedns_guard: {
    process: "control",
    labels: ["state"],
    help: "1 for the current state of the fleet guard, which suspends removals while most probes fail; 0 for the others.",
  },
} as const;

export type MetricName = keyof typeof METRICS;
export type CounterName = Extract<MetricName, `${string}_total`>;
export type GaugeName = Exclude<MetricName, CounterName>;
