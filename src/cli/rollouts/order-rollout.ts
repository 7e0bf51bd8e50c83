/** An order about the rollout of one federated object, written on the object: fedns obeys it and takes it away. */
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import {
  type RolloutOrder,
  type RolloutRecord,
  ROLLOUT_ORDER,
} from "../../propagate/rollout/rollout-record.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { findFederated, type FindOptions } from "../objects/find-federated.ts";
import { stagedOf } from "./rollout-document.ts";

type OrderOptions = FindOptions & {
  readonly what: RolloutOrder["what"];
  readonly by: string;
  readonly wallMs: number;
};

/** A status may be written between the read and the patch. */
const TRIES = 3;
const SAID: Readonly<Record<RolloutOrder["what"], string>> = {
  resume: "goes on, as soon as it is well in the clusters that have it",
  back: "goes back: all clusters get the version that was last in all of them",
  restart: "begins again with its canaries",
};

/** Throws an OperationalError when there is nothing to do, with the reason. */
export async function orderRollout(options: OrderOptions): Promise<void> {
  const { runner, host, what, by, wallMs } = options;
  for (let attempt = 1; ; attempt++) {
    const found = await findFederated({ ...options, isPlainToo: true });
    const { key, kind, object } = found;
    const title = objectTitle(kind, key);
    const staged = stagedOf(found);
    const record = staged?.policy == null ? null : staged.record;
    const refusal = refusalFor(what, record, staged?.version ?? null);
    if (refusal !== null) throw stepRefused(`${host.name}: ${title}`, refusal);
    const target = record?.target ?? "";
    const order: RolloutOrder = { what, target, id: new Date(wallMs).toISOString(), by };
    const { uid, resourceVersion } = object.metadata;
    const annotations = { [ROLLOUT_ORDER]: JSON.stringify(order) };
    try {
      const patch = { metadata: { uid, resourceVersion, annotations } };
      await mergePatch(host.transport, key, patch, { ...runner.writing, isDryRun: runner.isDryRun });
      runner.say(host.name, SAID[what], title);
      return;
    } catch (error) {
      if (refusalOf(error, { plural: key.resource.plural }).kind === "stale" && attempt < TRIES) continue;
      throw stepError(`${host.name}: ${title}`, error, key.resource.plural);
    }
  }
}

/** Null = it may be ordered. */
function refusalFor(
  what: RolloutOrder["what"],
  record: RolloutRecord | null,
  version: string | null,
): string | null {
  if (record === null)
    return "nothing is rolled out in steps: the annotation fedns.io/rollout says how new versions reach the clusters";
  if (record.target !== version)
    return "fedns has not taken up the newest version yet; run it again in a moment";
  if (record.phase === "done") return "its newest version is in all clusters";
  if (what === "restart" && record.phase !== "failed")
    return "it is being rolled out; fedns rollout back ends that first";
  if (what !== "restart" && record.phase === "failed")
    return "it was given up; change the template, or begin again with fedns rollout restart";
  return null;
}
