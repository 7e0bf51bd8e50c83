/** `fedns init`: makes a cluster the host of a federation, beside or instead of KubeFed. */
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { LOCK_NAME } from "../../fleet/lease/kubefed-lock.ts";
import { configObject, hostObjects, type HostRights } from "../membership/init-objects.ts";
import { isKubeFedWebhook } from "../membership/kubefed-remains.ts";
import type { ClusterConnection } from "./connect.ts";
import { bundledDefinitions, installDefinition } from "./definitions.ts";
import { clusterUid } from "./host.ts";
import { lockHolder } from "./lock-holder.ts";
import type { Removal, StepRunner } from "./runner.ts";
import { stepError } from "./step-error.ts";

type InitOptions = Omit<HostRights, "hostUid"> & {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Removes what an uninstalled KubeFed left behind. */
  readonly isTakeOver: boolean;
};

/** Resolves with false when a person has something left to do, which the notes say. */
export async function init(options: InitOptions): Promise<boolean> {
  const { runner, host, signal } = options;
  const hostUid = await clusterUid(host, signal);
  const rights = { ...options, hostUid };
  const [namespace, ...roles] = hostObjects(rights);
  if (namespace !== undefined) await runner.apply(host, namespace);
  const labels = namespace?.manifest.metadata?.["labels"] as Readonly<Record<string, string>>;
  for (const definition of await bundledDefinitions())
    await installDefinition(host, definition, { ...options, labels });
  for (const role of roles) await runner.apply(host, role);
  await makeConfig(options, hostUid);
  const holder = await lockHolder(options);
  if (holder !== null) noteLock(options, holder);
  return (await removeWebhooks(options, holder !== null)) && holder === null;
}

async function makeConfig({ runner, host, namespace, scope }: InitOptions, hostUid: string): Promise<void> {
  const planned = configObject({ namespace, hostUid, scope });
  const { key, manifest } = planned;
  // In a dry run the kind may not be served yet.
  const existing = runner.isDryRun
    ? await runner.read(host, manifest.kind, key).catch(() => null)
    : await runner.read(host, manifest.kind, key);
  if (existing === null && !runner.isDryRun) await runner.apply(host, planned);
  else {
    runner.show(planned);
    runner.say(
      host.name,
      existing === null ? "would be created" : "kept as it is",
      `KubeFedConfig ${key.namespace}/${key.name}`,
    );
  }
}

function noteLock({ runner, namespace }: InitOptions, holder: string): void {
  runner.note(
    `KubeFed's controller ${holder} holds its lock: fedns writes nothing to this host until it is stopped ` +
      `(kubectl -n ${namespace} scale deployment ${LOCK_NAME} --replicas 0)`,
  );
}

const WEBHOOKS: Readonly<Record<string, Resource>> = {
  ValidatingWebhookConfiguration: {
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: "validatingwebhookconfigurations",
  },
  MutatingWebhookConfiguration: {
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: "mutatingwebhookconfigurations",
  },
};

/** False when webhooks stay. */
async function removeWebhooks(options: InitOptions, isLocked: boolean): Promise<boolean> {
  const { runner, host, isTakeOver } = options;
  const found = await webhooksOf(options);
  if (found.length === 0) return true;
  const names = found.map(({ key }) => key.name).join(", ");
  if (isLocked || !isTakeOver) {
    const cure = isLocked ? "stop KubeFed's controller first" : "run fedns init --take-over to remove them";
    runner.note(
      `webhooks of KubeFed are installed (${names}): without its server every change is refused; ${cure}`,
    );
    return false;
  }
  for (const webhook of found) await runner.remove(host, webhook);
  return true;
}

async function webhooksOf({ host, signal }: InitOptions): Promise<readonly Removal[]> {
  const found: Removal[] = [];
  for (const [kind, resource] of Object.entries(WEBHOOKS)) {
    const objects = await readAll(host.transport, { resource, namespace: "" }, { signal }).catch(
      (error: unknown) => {
        throw stepError(`${host.name}: ${resource.plural}`, error, resource.plural);
      },
    );
    const isOurs = (object: ApiObject): boolean => isRecord(object) && isKubeFedWebhook(object);
    for (const object of objects.filter(isOurs))
      found.push({ kind, key: { resource, namespace: "", name: object.metadata.name }, object, isOurs });
  }
  return found;
}
