/** `fedns explain workload`, step by step: one object of the host, its copies, and what would be done next. */
import { isProblem } from "../../propagate/plan/copy-plan.ts";
import { planObject } from "../../propagate/plan/plan-object.ts";
import { propagated } from "../../run/propagate/placed-types.ts";
import { kindAndName } from "../arguments/object-argument.ts";
import { withHostConnection } from "../clusters/with-host.ts";
import type { Session } from "../session/session.ts";
import { type Explained, explained } from "./explain-document.ts";
import { explainText } from "./explain-text.ts";
import { findType } from "../plan/find-type.ts";
import { loadCopies, loadDependencies } from "../plan/load-copies.ts";
import { keyOf, loadNamespace, loadObject } from "../plan/load-objects.ts";
import { type OpenWorld, openWorld } from "../plan/open-world.ts";
import { copyDocument } from "../plan/plan-document.ts";
import type { PlanOptions } from "../plan/plan-options.ts";
import { printable } from "../text/printable.ts";

/** Sets the exit code to 1 where something is wrong. Throws OperationalError where the object cannot be read. */
export async function runExplain(session: Session, target: string, options: PlanOptions): Promise<void> {
  const { word, name } = kindAndName(target);
  const { namespace: _, ...hostOptions } = options;
  await withHostConnection(session, hostOptions, async ({ host, signal }) => {
    const federation = options.kubefedNamespace;
    const open = await openWorld({ ...options, host, federation, clock: session.clock, signal });
    try {
      const found = await explainOne(open, word, name, options.namespace ?? null);
      for (const note of open.notes) session.printError(printable(`note: ${note}\n`));
      session.print(options.output === "json" ? documentOf(found, open.notes) : explainText(found));
      const isWrong = found.problem !== null || !found.type.isPropagated;
      session.exitCode = isWrong || found.clusters.some(({ plan }) => isProblem(plan)) ? 1 : 0;
    } finally {
      for (const { transport } of open.world.members) transport.close();
    }
  });
}

async function explainOne(
  open: OpenWorld,
  word: string,
  name: string,
  namespace: string | null,
): Promise<Explained> {
  const type = await findType(word, { ...open.host, ...open });
  const object = { type: propagated(type), key: keyOf(type, namespace, name) };
  const inHost = await loadObject(open, object);
  await loadNamespace(open, object);
  const copies = await loadCopies(open, object);
  await loadDependencies(open, object);
  const plan = await planObject(open.world, object.type, object.key);
  return explained({ world: open.world, name: object, type, object: inHost, plan, copies });
}

function documentOf({ clusters, ...object }: Explained, notes: readonly string[]): string {
  const documents = clusters.map(({ plan, live, status, replicas, overrides }) => ({
    ...copyDocument(plan),
    live,
    reported: status,
    replicas,
    overrides,
  }));
  return `${JSON.stringify({ ...object, clusters: documents, notes }, null, 2)}\n`;
}
