/** Serves the resources of CustomResourceDefinitions, from the write of a definition until its deletion. */
import type { Clock } from "../../kernel/clock.ts";
import { definitionKind, resourcesOf } from "../custom/resources.ts";
import { listAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { Change } from "../store/history.ts";
import { timestamp, withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { ApiResource, ResourceTable } from "../store/resource.ts";
import { withTransitionTimes } from "../reconcile/conditions.ts";
import type { Controller } from "../reconcile/loop.ts";

const apiVersion = "apiextensions.k8s.io/v1";
const cleanup = "customresourcecleanup.apiextensions.k8s.io";

export function definitionController(objects: ObjectClient, table: ResourceTable, clock: Clock): Controller {
  /** The resources that are registered for each definition, by its name. */
  const offered = new Map<string, readonly ApiResource[]>();

  const conflictsOf = (definition: KubeObject): readonly string[] => {
    const others = objects
      .list(apiVersion, definitionKind)
      .filter(
        ({ metadata, spec }) =>
          metadata.name !== definition.metadata.name &&
          textAt(spec, "group") === textAt(definition, "spec.group") &&
          offered.has(metadata.name),
      );
    const taken = new Set(others.flatMap(namesOf));
    return namesOf(definition).filter((name) => taken.has(name));
  };

  const offer = (definition: KubeObject): void => {
    const { name } = definition.metadata;
    const before = offered.get(name) ?? [];
    const isBuiltIn =
      before.length === 0 &&
      table.ofPlural(textAt(definition, "spec.names.plural"), textAt(definition, "spec.group"));
    const after = isBuiltIn || conflictsOf(definition).length > 0 ? before : resourcesOf(definition);
    for (const resource of after) table.register(resource);
    for (const { version, ...rest } of before) {
      if (!after.some((resource) => resource.version === version)) table.unregister({ version, ...rest });
    }
    if (after.length > 0) offered.set(name, after);
  };

  const index = ({ kind, object }: Change): void => {
    if (kind !== "DELETED") {
      offer(object);
      return;
    }
    for (const resource of offered.get(object.metadata.name) ?? []) table.unregister(resource);
    offered.delete(object.metadata.name);
  };

  const clear = (definition: KubeObject): void => {
    const [resource] = offered.get(definition.metadata.name) ?? [];
    const instances = resource ? objects.list(`${resource.group}/${resource.version}`, resource.kind) : [];
    for (const instance of instances) objects.delete(refOf(instance));
    const left = resource ? objects.list(`${resource.group}/${resource.version}`, resource.kind) : [];
    if (left.length > 0) return;
    const finalizers = definition.metadata.finalizers?.filter((one) => one !== cleanup) ?? [];
    objects.put(withMetadata(definition, { finalizers: finalizers.length > 0 ? finalizers : undefined }));
  };

  return {
    name: "definitions",
    keysFor(change) {
      const { kind, object, resource } = change;
      if (object.kind === definitionKind && object.apiVersion === apiVersion) {
        index(change);
        return [object.metadata.name];
      }
      // A definition that is being deleted waits for its last object.
      return kind === "DELETED" && resource.schema ? [`${resource.plural}.${resource.group}`] : [];
    },
    reconcile(name) {
      const definition = objects.get({ apiVersion, kind: definitionKind, name });
      if (!definition) return;
      if (definition.metadata.deletionTimestamp) clear(definition);
      else
        objects.putStatus(
          definition,
          statusOf(definition, conflictsOf(definition), timestamp(clock.wallMs())),
        );
    },
  };
}

function namesOf(definition: KubeObject): readonly string[] {
  const names = objectAt(definition, "spec.names");
  const single = ["singular", "kind", "listKind"].map((field) => textAt(names, field));
  return [...single, ...textsAt(names, "shortNames")];
}

function statusOf(definition: KubeObject, conflicts: readonly string[], now: string): JsonObject {
  const status = objectAt(definition, "status");
  const isAccepted = conflicts.length === 0;
  const conditions = [
    {
      type: "NamesAccepted",
      isTrue: isAccepted,
      reason: isAccepted ? "NoConflicts" : "NamesConflict",
      message: isAccepted ? "no conflicts found" : `${JSON.stringify(conflicts[0])} is already in use`,
    },
    {
      type: "Established",
      isTrue: isAccepted,
      reason: isAccepted ? "InitialNamesAccepted" : "NotAccepted",
      message: isAccepted ? "the initial names have been accepted" : "not all names are accepted",
    },
  ];
  const before = listAt(status, "conditions");
  return {
    ...status,
    ...(isAccepted && { acceptedNames: objectAt(definition, "spec.names") }),
    conditions: withTransitionTimes(conditions, before, { now }),
  };
}
