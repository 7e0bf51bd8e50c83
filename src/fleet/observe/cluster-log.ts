/** The log of one cluster among many. */
import type { Log } from "../../kernel/log.ts";

/** Each line says which cluster it is about. */
export function withCluster(log: Log, cluster: string): Log {
  return {
    debug: (fields, message) => log.debug({ cluster, ...fields }, message),
    info: (fields, message) => log.info({ cluster, ...fields }, message),
    warn: (fields, message) => log.warn({ cluster, ...fields }, message),
    error: (fields, message) => log.error({ cluster, ...fields }, message),
  };
}
