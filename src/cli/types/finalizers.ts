/** Takes the finalizers of fedns off objects of the host, so that nothing waits for it. No object is deleted by that alone. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError } from "../clusters/step-error.ts";
import { objectTitle } from "../membership/planned-object.ts";

const OWN_FINALIZER = /^([a-z0-9.-]*\.)?fedns\.io\//;
/** fedns uses KubeFed's names for what KubeFed did, so that each can follow the other. */
const SHARED_FINALIZER = /^([a-z0-9.-]*\.)?(kubefed|fedns)\.io\//;
/** A status may be written between the read and the patch. */
const TRIES = 3;

/** Finalizers that no one will take off any more. `kubefedHolder`: the controller of KubeFed that works on this host, which needs its own. */
export function finalizersToRemove(kubefedHolder: string | null): RegExp {
  return kubefedHolder === null ? SHARED_FINALIZER : OWN_FINALIZER;
}

type FinalizerOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly signal: AbortSignal;
  readonly pattern: RegExp;
  readonly resource: Resource;
  readonly kind: string;
  /** Absent: of all objects. */
  readonly only?: Pick<ObjectKey, "namespace" | "name">;
  /** Set in the same patch; null = taken off. */
  readonly annotations?: Readonly<Record<string, string | null>>;
};

export async function removeFinalizersOf(options: FinalizerOptions): Promise<void> {
  const { host, signal, resource, only } = options;
  const { namespace = "", name } = only ?? {};
  const fieldSelector = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  try {
    for (const object of await readAll(host.transport, { resource, namespace }, { signal, ...fieldSelector }))
      await removeFinalizers(object, options);
  } catch (error) {
    throw stepError(`${host.name}: ${resource.plural}`, error, resource.plural);
  }
}

/** Of one object as it was read. Throws as `mergePatch` does. */
async function removeFinalizers(object: ApiObject, options: FinalizerOptions): Promise<void> {
  const { runner, host, pattern, resource, kind, annotations } = options;
  const key = { resource, namespace: object.metadata.namespace ?? "", name: object.metadata.name };
  const title = objectTitle(kind, key);
  let current: ApiObject | null = object;
  for (let attempt = 1; current !== null && current.metadata.uid === object.metadata.uid; attempt++) {
    const { uid, resourceVersion, finalizers: all = [] } = current.metadata;
    const finalizers = all.filter((name) => !pattern.test(name));
    if (finalizers.length === all.length && annotations === undefined) return;
    const ours = all.filter((name) => !finalizers.includes(name)).join(", ");
    if (runner.isDryRun) {
      if (ours !== "") runner.say(host.name, `would lose its finalizer ${ours}`, title);
      return;
    }
    try {
      const metadata = { uid, resourceVersion, finalizers, ...(annotations && { annotations }) };
      await mergePatch(host.transport, key, { metadata }, runner.writing);
      if (ours !== "") runner.say(host.name, `lost its finalizer ${ours}`, title);
      return;
    } catch (error) {
      const refusal = refusalOf(error, { plural: resource.plural });
      if (refusal.kind === "object-missing") return;
      if (refusal.kind !== "stale" || attempt === TRIES) throw error;
      current = await runner.read(host, kind, key);
    }
  }
}
