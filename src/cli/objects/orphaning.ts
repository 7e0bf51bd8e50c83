/** `fedns orphaning-deletion`: whether the copies of one federated object stay when it is deleted. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { stepError } from "../clusters/step-error.ts";
import { isOrphaning, ORPHAN_ANNOTATION } from "../federate/orphan.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { findFederated, type FindOptions } from "./find-federated.ts";

/** A status may be written between the read and the patch. */
const TRIES = 3;

/** What is in force now. Throws an OperationalError when there is no such federated object. */
export async function orphaningOf(options: FindOptions): Promise<boolean> {
  const { object } = await findFederated(options);
  return isOrphaning(object);
}

export async function setOrphaning(isWanted: boolean, options: FindOptions): Promise<void> {
  const { runner, host } = options;
  const { key, kind, object } = await findFederated(options);
  const title = objectTitle(kind, key);
  for (let attempt = 1, current: ApiObject | null = object; current !== null; attempt++) {
    if (isOrphaning(current) === isWanted) {
      const before = isWanted ? "orphans its copies already" : "does not orphan its copies anyway";
      runner.say(host.name, attempt === 1 ? before : isWanted ? ORPHANS : DELETES, title);
      return;
    }
    if (isWanted && current.metadata.deletionTimestamp !== undefined)
      runner.note(`${title} is being deleted: copies that are gone already stay gone`);
    const { uid, resourceVersion } = current.metadata;
    const annotations = { [ORPHAN_ANNOTATION]: isWanted ? "true" : null };
    try {
      const patch = { metadata: { uid, resourceVersion, annotations } };
      await mergePatch(host.transport, key, patch, { ...runner.writing, isDryRun: runner.isDryRun });
      runner.say(host.name, isWanted ? ORPHANS : DELETES, title);
      return;
    } catch (error) {
      const refusal = refusalOf(error, { plural: key.resource.plural });
      if (refusal.kind !== "stale" || attempt === TRIES)
        throw stepError(`${host.name}: ${title}`, error, key.resource.plural);
      current = await runner.read(host, kind, key);
    }
  }
}

const ORPHANS = "orphans its copies: they stay in the members when it is deleted";
const DELETES = "does not orphan its copies: they are deleted with it";
