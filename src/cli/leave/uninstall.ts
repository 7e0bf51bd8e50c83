/** `fedns uninstall`: takes fedns out of the host, so that nothing there waits for it. */
import type { Clock } from "../../kernel/clock.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { CLUSTER_LABEL, HOST_LABEL, membershipSelector } from "../membership/names.ts";
import { hostLabels } from "../membership/init-objects.ts";
import { BUILT_IN } from "../membership/planned-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { DEFINITION_KIND, DEFINITIONS } from "../clusters/definitions.ts";
import { clusterUid, declaredClusters } from "../clusters/host.ts";
import { lockHolder } from "../clusters/lock-holder.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError } from "../clusters/step-error.ts";
import { finalizersToRemove, removeFinalizersOf } from "../types/finalizers.ts";

type UninstallOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly namespace: string;
  /** Removes the definitions that fedns installed, and with them all objects of these kinds. */
  readonly withDefinitions: boolean;
};

/** Groups whose objects fedns puts finalizers on. */
const GROUPS = /(^|\.)(kubefed|fedns)\.io$/;
const RIGHTS = ["ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"] as const;

export async function uninstall(options: UninstallOptions): Promise<void> {
  const { runner, host, namespace, signal } = options;
  const hostUid = await clusterUid(host, signal);
  const joined = await declaredClusters(host, namespace, signal).catch(() => []);
  if (joined.length > 0)
    runner.note(
      `${joined.map(({ metadata }) => metadata.name).join(", ")}: still joined; their accounts stay in these clusters until fedns unjoin`,
    );
  const holder = await lockHolder(options);
  if (holder !== null) runner.note(`KubeFed's controller ${holder} is at work: its finalizers stay`);
  await removeFinalizers(options, finalizersToRemove(holder));
  const labelSelector = `${membershipSelector(hostLabels(hostUid))},!${CLUSTER_LABEL}`;
  const isOurs = ({ metadata }: ApiObject): boolean =>
    metadata.labels?.[HOST_LABEL] === hostUid && metadata.labels[CLUSTER_LABEL] === undefined;
  const removeAll = async (kind: string, resource: typeof DEFINITIONS): Promise<void> => {
    const step = `${host.name}: ${resource.plural}`;
    const found = await readAll(host.transport, { resource, namespace: "" }, { signal, labelSelector }).catch(
      (error: unknown) => {
        throw stepError(step, error, resource.plural);
      },
    );
    for (const object of found.filter(isOurs)) {
      const { name, namespace: at = "" } = object.metadata;
      await runner.remove(host, { kind, key: { resource, namespace: at, name }, object, isOurs });
    }
  };
  for (const kind of RIGHTS) await removeAll(kind, BUILT_IN[kind]);
  if (options.withDefinitions) await removeAll(DEFINITION_KIND, DEFINITIONS);
}

async function removeFinalizers(options: UninstallOptions, pattern: RegExp): Promise<void> {
  const { host } = options;
  const document = await host.discovery.kinds().catch((error: unknown) => {
    throw stepError(`${host.name}: discovery`, error);
  });
  const isOfHost = ({ group, plural }: ServedKind): boolean =>
    GROUPS.test(group) || (group === "" && plural === "namespaces");
  for (const { group, kind, plural, versions } of document.kinds.filter(isOfHost)) {
    const able = versions.find(({ verbs }) => verbs.includes("list") && verbs.includes("patch"));
    if (able === undefined) continue;
    const resource = { group, version: able.version, plural };
    await removeFinalizersOf({ ...options, pattern, resource, kind });
  }
}
