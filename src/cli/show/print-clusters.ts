/** `fedns get clusters`: the KubeFedClusters of the host. */
import { namespaceOf } from "../arguments/host-options.ts";
import { declaredClusters } from "../clusters/host.ts";
import { withHostConnection } from "../clusters/with-host.ts";
import type { Session } from "../session/session.ts";
import { clusterTable } from "../text/cluster-table.ts";
import { printable } from "../text/printable.ts";
import type { GetObjectsOptions } from "./run-get.ts";

export async function printClusters(
  session: Session,
  names: readonly string[],
  options: GetObjectsOptions,
): Promise<void> {
  const declared = await withHostConnection(session, options, ({ host, signal }) =>
    declaredClusters(host, namespaceOf(options), signal),
  );
  const { clusters: only } = options;
  const all = declared.filter(({ metadata }) => only === undefined || only.includes(metadata.name));
  const missing = [...names, ...(only ?? [])].filter(
    (name) => !all.some(({ metadata }) => metadata.name === name),
  );
  for (const name of new Set(missing)) session.printError(`fedns: there is no cluster ${name}\n`);
  if (missing.length > 0) session.exitCode = 1;
  const items = names.length === 0 ? all : all.filter(({ metadata }) => names.includes(metadata.name));
  switch (options.output) {
    case "json":
      session.print(`${JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2)}\n`);
      return;
    case "yaml": {
      const { stringify } = await import("yaml");
      session.print(printable(items.map((item) => stringify(item)).join("---\n")));
      return;
    }
    case "name":
      session.print(
        items.map(({ metadata }) => `kubefedcluster.core.kubefed.io/${metadata.name}\n`).join(""),
      );
      return;
    default:
      if (declared.length === 0 && names.length === 0)
        session.printError("No cluster is joined: fedns join NAME joins one.\n");
      else
        session.print(
          clusterTable(items, { isWide: options.output === "wide", wallMs: session.clock.wallMs() }),
        );
  }
}
