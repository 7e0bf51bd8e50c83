/** How the host is reached, as the settings say: by a kubeconfig, or by the service account of the Pod. */
import { KubeconfigFile } from "../../fleet/credentials/kubeconfig-file.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { HostConfig } from "../config/config.ts";

export function hostCredentials({ kubeconfig, context }: HostConfig, clock: Clock): KubeconfigFile {
  if (kubeconfig === null) return new KubeconfigFile({ inCluster: true }, clock);
  return new KubeconfigFile({ path: kubeconfig, ...(context !== null && { context }) }, clock);
}
