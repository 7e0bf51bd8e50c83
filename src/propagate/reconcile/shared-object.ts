/** A plain object as the schedule sees it: as the host has it, where it is placed, and what members show of its copies. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { copyNameOf } from "../objects/propagated-type.ts";
import { place } from "../placement/placement.ts";
import type { SharedObject } from "../schedule/shares-schedule.ts";
import type { Engine } from "./engine.ts";

/** Null = it is no plain object, or it cannot be read. */
export function sharedObject(engine: Engine, name: string, key: string): SharedObject | null {
  const type = engine.types.get(name);
  const declared = engine.objects.declared({ type: name, key });
  if (type === undefined || declared === null || "problem" in declared || !declared.object.isPlain)
    return null;
  const row = engine.objects.rowOf({ type: name, key }) ?? -1;
  const members = [...engine.members.values()];
  const placed = new Set(
    place(
      declared.object.placement,
      members.map(({ cluster }) => cluster),
      engine.namespaces.boundOf(type, key),
    ).flatMap(({ cluster, isChosen }) => (isChosen ? [cluster] : [])),
  );
  const { namespace } = copyNameOf(type, key);
  return {
    metadata: engine.objects.metadataOf({ type: name, key }),
    object: declared.object,
    copies: members.map((member) => {
      const view = member.viewIn(name, namespace);
      const sight = member.statusOf(row);
      return {
        cluster: member.cluster.name,
        isPlaced: placed.has(member.cluster.name),
        view: view === "listed" ? "seen" : view === "not-listed" ? "not-yet" : "away",
        shown: sight === null ? null : { spec: recordOf(sight.spec), status: recordOf(sight.status) },
      };
    }),
  };
}

function recordOf(value: unknown): JsonRecord {
  return isJsonRecord(value) ? value : {};
}
