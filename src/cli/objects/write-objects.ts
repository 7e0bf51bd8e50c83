/** The writes of `fedns federate`: all of them tried by the API server, then all of them done. */
import { create } from "../../fleet/objects/create.ts";
import { pathOfCollection } from "../../fleet/objects/object-path.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { manifestFor } from "../../fleet/objects/write.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import type { FederateOptions } from "./federate-options.ts";
import type { PlannedFederation } from "./object-plan.ts";

const PROBLEMS_SHOWN_MAX = 20;
const CHECKS_AT_ONCE = 8;

/** The API server tries each create. Returns those that exist; all others that are refused end the command. */
export async function checkAll(
  plans: readonly PlannedFederation[],
  options: FederateOptions,
): Promise<ReadonlySet<PlannedFederation>> {
  const { host, runner } = options;
  const existing = new Set<PlannedFederation>();
  const problems: string[] = [];
  const waiting = plans.filter(({ isServed }) => isServed);
  const work = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const { key, manifest } = plan.planned;
      try {
        // Not by `create`: what an API server has not stored has no resourceVersion.
        await host.transport.request({
          method: "POST",
          path: pathOfCollection(key),
          query: { dryRun: "All" },
          body: manifestFor(key, manifest),
          purpose: "write",
          ...runner.writing,
        });
      } catch (error) {
        const { kind } = refusalOf(error, { plural: key.resource.plural });
        if (kind === "exists") existing.add(plan);
        else
          problems.push(
            stepError(`${plan.from === "" ? "" : `${plan.from}: `}${plan.title}`, error, key.resource.plural)
              .message,
          );
      }
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, work));
  refuseAll(problems);
  return existing;
}

/** Returns how many were created. */
export async function createAll(
  plans: readonly PlannedFederation[],
  { host, runner }: FederateOptions,
): Promise<number> {
  let count = 0;
  for (const { planned, title } of plans) {
    const { key, manifest } = planned;
    try {
      if (!runner.isDryRun) await create(host.transport, key, manifest, runner.writing);
      count += 1;
      runner.say(host.name, runner.isDryRun ? "would be created" : "created", title);
    } catch (error) {
      const { kind } = refusalOf(error, { plural: key.resource.plural });
      if (kind !== "exists") {
        runner.note(
          `${count} of ${objectCount(plans.length)} were federated; run the command again to go on`,
        );
        throw stepError(`${host.name}: ${title}`, error, key.resource.plural);
      }
      runner.say(host.name, "skipped: it was federated meanwhile", title);
    }
  }
  return count;
}

/** Throws an OperationalError with all problems, if there are any: nothing has been written yet. */
export function refuseAll(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const rest = problems.length - PROBLEMS_SHOWN_MAX;
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join("\n  ");
  throw stepRefused("nothing was written", `${shown}${rest > 0 ? `\n  and ${rest} more` : ""}`);
}

export function objectCount(count: number): string {
  return count === 1 ? "1 object" : `${count} objects`;
}
