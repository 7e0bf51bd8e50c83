/** A log for one cluster. */
import type { Log } from "../../kernel/log.ts";

/** Adds the name of the cluster to each line. */
export function withCluster(log: Log, cluster: string): Log {
  return {
    debug: (fields, message) => log.debug({ cluster, ...fields }, message),
    info: (fields, message) => log.info({ cluster, ...fields }, message),
    warn: (fields, message) => log.warn({ cluster, ...fields }, message),
    error: (fields, message) => log.error({ cluster, ...fields }, message),
  };
}
