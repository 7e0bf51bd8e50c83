/** `fedns resume`: ends what `fedns pause` began. */
import { Command } from "commander";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import {
  CHANGES_PAUSE_NAME,
  type ChangesOrder,
  readChangesOrder,
  resumeChanges,
} from "../../fleet/lease/changes-pause.ts";
import { resumeWrites } from "../../fleet/lease/pause-order.ts";
import { type HostOptions, namespaceOf, withHost } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";

const TIMEOUT_SECONDS = 10;

/** What fedns had paused by itself; null = nothing. */
async function resumed(
  options: Parameters<typeof resumeChanges>[1],
  nowMs: number,
): Promise<ChangesOrder["pause"]> {
  const { stepError } = await import("../clusters/step-error.ts");
  try {
    const { pause } = await readChangesOrder(options);
    if (pause !== null) await resumeChanges(nowMs, options);
    return pause;
  } catch (error) {
    throw stepError(`host: ConfigMap ${options.namespace}/${CHANGES_PAUSE_NAME}`, error, "configmaps");
  }
}

const epilogue = `
There are two kinds of pause, and this command ends both. An operator gives one with fedns pause. fedns gives the
other itself, when the host loses many federated objects within a minute or is restored from a backup. Look at fedns
plan --all first: fedns does what it shows. The fedns that holds the lease goes on within a few seconds.

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
        const changes = await resumed(
          { transport: host.transport, namespace, permit, signal },
          session.clock.wallMs(),
        );
        if (order !== null)
          session.print(`resumed: ${order.author} had paused all writes since ${order.since}\n`);
        if (changes !== null)
          session.print(
            `resumed: fedns had paused changes of copies since ${changes.since}: ${changes.reason}\n`,
          );
        if (order === null && changes === null) session.print("nothing was paused\n");
      });
    });
}
