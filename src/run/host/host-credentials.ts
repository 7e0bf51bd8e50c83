/** How the host is reached, as the settings say: by a kubeconfig, or by the service account of the Pod. */
import { KubeconfigFile } from "../../fleet/credentials/kubeconfig-file.ts";
import type { Clock } from "../../kernel/clock.ts";
import { type KubeconfigTerms, termsOf } from "../../fleet/credentials/kubeconfig-trust.ts";
import type { Log } from "../../kernel/log.ts";
import type { Config, HostConfig } from "../config/config.ts";

export function hostCredentials(
  { kubeconfig, context }: HostConfig,
  clock: Clock,
  terms?: KubeconfigTerms,
): KubeconfigFile {
  if (kubeconfig === null) return new KubeconfigFile({ inCluster: true }, clock, terms);
  return new KubeconfigFile({ path: kubeconfig, ...(context !== null && { context }) }, clock, terms);
}

/** What kubeconfigs may do here. What plug-ins complain of is for the log only: it may hold secrets. */
export function kubeconfigTerms({ kubeconfigs }: Pick<Config, "kubeconfigs">, log: Log): KubeconfigTerms {
  return termsOf(kubeconfigs, (command, complaint) =>
    log.warn({ command, complaint }, "a credential plug-in failed"),
  );
}
