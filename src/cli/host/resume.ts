/** `fedns resume`: ends what `fedns pause` began. */
import { Command } from "commander";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import { resumeWrites } from "../../fleet/lease/pause-order.ts";
import { type HostOptions, namespaceOf, withHost } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const TIMEOUT_SECONDS = 10;

const epilogue = `
The fedns that holds the lease writes again within a few seconds.

Examples:
  fedns resume --host-context host

Exit codes: 0 nothing is paused, 1 failed, 2 wrong usage.`;

export function resumeCommand(session: Session): Command {
  return withHost(new Command("resume"))
    .description("Let fedns write to the host and to the members again.")
    .addHelpText("after", epilogue)
    .action(async (options: HostOptions) => {
      const { withHostConnection } = await import("../clusters/with-host.ts");
      const { stepError } = await import("../clusters/step-error.ts");
      await withHostConnection(session, options, async ({ host, signal }) => {
        const namespace = namespaceOf(options);
        const permit = freePermit(TIMEOUT_SECONDS);
        const order = await resumeWrites({ transport: host.transport, namespace, permit, signal }).catch(
          (error: unknown) => {
            throw stepError(`host: ConfigMap ${namespace}/fedns-pause`, error, "configmaps");
          },
        );
        session.print(
          order === null
            ? "nothing was paused\n"
            : `resumed: ${order.author} had paused all writes since ${order.since}\n`,
        );
      });
    });
}
