/** `fedns forget workloads`: deletions of federated objects do not wait for a cluster any longer. */
import { Command } from "commander";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import { type HostOptions, namespaceOf, withHost } from "../arguments/host-options.ts";
import { parseCluster } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const TIMEOUT_SECONDS = 10;

const epilogue = `
A federated object that is deleted waits for each cluster that may have a copy. It waits for a cluster that does not
answer for propagation.deletionWaitSeconds. This order ends the waiting at once, until the cluster is seen again. What
was not done there is kept in the host, and done when the cluster is back: only copies with the label of this
federation are deleted.

Examples:
  fedns forget workloads us-west --host-context host

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

export function forgetWorkloadsCommand(session: Session): Command {
  return withHost(new Command("workloads"))
    .description("Let deletions of federated objects end without a cluster that does not answer.")
    .argument("<cluster>", "the cluster, by the name of its KubeFedCluster", parseCluster)
    .addHelpText("after", epilogue)
    .action(async (cluster: string, options: HostOptions) => {
      const { withHostConnection } = await import("../clusters/with-host.ts");
      const { stepError, stepRefused } = await import("../clusters/step-error.ts");
      await withHostConnection(session, options, async ({ host, signal }) => {
        const namespace = namespaceOf(options);
        const key = { resource: preferredResource(CLUSTERS), namespace, name: cluster };
        const time = new Date(session.clock.wallMs()).toISOString();
        const annotations = { [clusterAnnotation("forget-workloads")]: time };
        const writing = { permit: freePermit(TIMEOUT_SECONDS), signal };
        await mergePatch(host.transport, key, { metadata: { annotations } }, writing).catch(
          (error: unknown) => {
            const step = `host: KubeFedCluster ${namespace}/${cluster}`;
            throw refusalOf(error, CLUSTERS).kind === "object-missing"
              ? stepRefused(step, "there is no such cluster; fedns get clusters shows which there are")
              : stepError(step, error, CLUSTERS.plural);
          },
        );
        session.print(
          `forgotten: until ${cluster} is seen again, deletions of federated objects do not wait for it\n`,
        );
      });
    });
}
