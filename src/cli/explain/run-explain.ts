/** `fedns explain workload`, step by step: one object of the host, its copies, and what would be done next. */
import { findConfig } from "../arguments/config-option.ts";
import { isProblem } from "../../propagate/plan/copy-plan.ts";
import { propagated } from "../../run/propagate/placed-types.ts";
import { kindAndName } from "../arguments/object-argument.ts";
import { withHostConnection } from "../clusters/with-host.ts";
import type { Session } from "../session/session.ts";
import type { Explained } from "./explain-document.ts";
import { explainObject } from "./explain-object.ts";
import { explainText } from "./explain-text.ts";
import {
  type FrontService,
  loadServices,
  servicesInFront,
  trafficInFront,
} from "../moves/services-in-front.ts";
import { findType } from "../plan/find-type.ts";
import { keyOf, type ObjectName } from "../plan/load-objects.ts";
import { type OpenWorld, openWorld } from "../plan/open-world.ts";
import { copyDocument } from "../plan/plan-document.ts";
import type { PlanOptions } from "../plan/plan-options.ts";
import type { TrafficOptions } from "../traffic/ask-shares.ts";
import { printable } from "../text/printable.ts";

export type ExplainWorkloadOptions = PlanOptions & TrafficOptions;

/** Sets the exit code to 1 where something is wrong. Throws OperationalError where the object cannot be read. */
export async function runExplain(
  session: Session,
  target: string,
  options: ExplainWorkloadOptions,
): Promise<void> {
  const { word, name } = kindAndName(target);
  const { namespace: _, ...hostOptions } = options;
  await withHostConnection(session, hostOptions, async ({ host, signal }) => {
    const federation = options.kubefedNamespace;
    const open = await openWorld({ ...options, host, federation, clock: session.clock, signal });
    try {
      const type = await findType(word, { ...open.host, ...open });
      const key = keyOf(type, options.namespace ?? null, name);
      const found = await explainObject(open, type, key);
      const front = await frontOf(open, { type: propagated(type), key }, options);
      for (const note of open.notes) session.printError(printable(`note: ${note}\n`));
      session.print(
        options.output === "json" ? documentOf(found, front, open.notes) : explainText(found, front),
      );
      const isWrong = found.problem !== null || !found.type.isPropagated;
      session.exitCode = isWrong || found.clusters.some(({ plan }) => isProblem(plan)) ? 1 : 0;
    } finally {
      for (const { transport } of open.world.members) transport.close();
    }
  });
}

/**
 * The configuration has the domain names of Services, so nothing is asked without it. It may have been given for the plan alone:
 * that no fedns answers then is not worth a word.
 */
async function frontOf(
  open: OpenWorld,
  object: ObjectName,
  options: ExplainWorkloadOptions,
): Promise<readonly FrontService[]> {
  if (options.server === undefined && findConfig(options.config) === null) return [];
  await loadServices(open, object.key.split("/")[0] ?? "");
  const front = await trafficInFront(servicesInFront(open, object), options);
  return options.server === undefined ? front.filter(({ traffic }) => traffic.kind === "known") : front;
}

function documentOf(
  { clusters, ...object }: Explained,
  front: readonly FrontService[],
  notes: readonly string[],
): string {
  const documents = clusters.map(({ plan, live, status, replicas, overrides }) => ({
    ...copyDocument(plan),
    live,
    reported: status,
    replicas,
    overrides,
  }));
  const services = front.map(({ service, traffic }) =>
    traffic.kind === "known"
      ? { ...service, domainName: traffic.shares.name, shares: traffic.shares.clusters }
      : { ...service, problem: traffic.problem },
  );
  return `${JSON.stringify({ ...object, clusters: documents, services, notes }, null, 2)}\n`;
}
