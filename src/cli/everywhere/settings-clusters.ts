/**
 * The clusters that the settings of fedns list. Only their names and addresses are taken: the accounts that are in the files of
 * the settings are those of fedns, not of the person.
 */
import { requireConfig } from "../arguments/config-argument.ts";
import { contextsOf } from "../clusters/connect.ts";
import type { WantedCluster } from "./choose-context.ts";

type SettingsClusters = { readonly clusters: readonly WantedCluster[]; readonly hasHost: boolean };

/** Throws an OperationalError (CONFIG_INVALID, CONFIG_UNREADABLE). */
export async function clustersOfSettings(filePath: string): Promise<SettingsClusters> {
  const config = await requireConfig(filePath);
  const clusters = await Promise.all(
    config.clusters.map(async ({ name, kubeconfig, context }): Promise<WantedCluster> => {
      // This person may not be able to read it; then the name of the cluster has to do.
      const places = await contextsOf(kubeconfig).catch(() => []);
      const place = places.find((one) => (context === null ? one.isCurrent : one.context === context));
      return { name, apiEndpoint: place?.server ?? null, uid: null };
    }),
  );
  return { clusters, hasHost: config.host !== null };
}
