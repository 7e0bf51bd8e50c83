/** `fedns uninstall`: takes fedns out of the host, so that nothing there waits for it. */
import type { Clock } from "../../kernel/clock.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { CLUSTER_LABEL, HOST_LABEL, membershipSelector } from "../membership/names.ts";
import { hostLabels } from "../membership/init-objects.ts";
import { qualified } from "../membership/kinds.ts";
import { BUILT_IN, objectTitle } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";
import { DEFINITION_KIND, DEFINITIONS } from "./definitions.ts";
import { clusterUid, declaredClusters } from "./host.ts";
import { lockHolder } from "./lock-holder.ts";
import type { StepRunner } from "./runner.ts";
import { stepError } from "./step-error.ts";

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
const OWN_FINALIZER = /^([a-z0-9.-]*\.)?fedns\.io\//;
/** fedns uses KubeFed's names for what KubeFed did, so that each can follow the other. */
const SHARED_FINALIZER = /^([a-z0-9.-]*\.)?(kubefed|fedns)\.io\//;
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
  await removeFinalizers(options, holder === null ? SHARED_FINALIZER : OWN_FINALIZER);
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
  for (const kind of document.kinds.filter(({ group }) => GROUPS.test(group)))
    await removeFinalizersOf(kind, { ...options, pattern });
  const namespaces = document.kinds.find(({ group, plural }) => group === "" && plural === "namespaces");
  if (namespaces !== undefined) await removeFinalizersOf(namespaces, { ...options, pattern });
}

async function removeFinalizersOf(
  kind: ServedKind,
  options: UninstallOptions & { readonly pattern: RegExp },
): Promise<void> {
  const { runner, host, signal, pattern } = options;
  const version = kind.versions.find(
    ({ verbs }) => verbs.includes("list") && verbs.includes("patch"),
  )?.version;
  if (version === undefined) return;
  const resource = { group: kind.group, version, plural: kind.plural };
  const step = `${host.name}: ${qualified(kind)}`;
  try {
    for (const { metadata } of await readAll(host.transport, { resource, namespace: "" }, { signal })) {
      const all = metadata.finalizers ?? [];
      const finalizers = all.filter((name) => !pattern.test(name));
      if (finalizers.length === all.length) continue;
      const key = { resource, namespace: metadata.namespace ?? "", name: metadata.name };
      const { uid, resourceVersion } = metadata;
      const ours = all.filter((name) => !finalizers.includes(name)).join(", ");
      if (!runner.isDryRun)
        await mergePatch(
          host.transport,
          key,
          { metadata: { uid, resourceVersion, finalizers } },
          runner.writing,
        );
      const outcome = runner.isDryRun ? `would lose its finalizer ${ours}` : `lost its finalizer ${ours}`;
      runner.say(host.name, outcome, objectTitle(kind.kind, key));
    }
  } catch (error) {
    throw stepError(step, error, kind.plural);
  }
}
