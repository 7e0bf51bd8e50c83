/** The host and the members of a plan, as a command reaches them: types, who owns copies, and which clusters there are. */
import type { Clock } from "../../kernel/clock.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import {
  type KubeFedPropagation,
  parseKubeFedConfig,
  STANDARD_PROPAGATION,
} from "../../fleet/host-objects/kubefed-config.ts";
import { CONFIG_NAME, CONFIGS, TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import { type FederatedType, parseFederatedTypeConfig } from "../../fleet/host-objects/type-config.ts";
import { readTypeState, type TypeState } from "../../fleet/host-objects/type-state.ts";
import { type ChangesOrder, readChangesOrder } from "../../fleet/lease/changes-pause.ts";
import { pauseReason, readPause } from "../../fleet/lease/pause-order.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { Adoption } from "../../propagate/apply/decide.ts";
import { FieldsTable } from "../../propagate/copies/fields-table.ts";
import type { PlanWorld } from "../../propagate/plan/plan-world.ts";
import { PlanSchedule } from "../../propagate/plan/plan-schedule.ts";
import type { PlanRule } from "../../propagate/planner/planner.ts";
import { type ParsedPreference, parsePreference, PREFERENCES } from "../../propagate/schedule/preference.ts";
import { HostObjects } from "../../propagate/objects/host-objects.ts";
import { placedTypes } from "../../run/propagate/placed-types.ts";
import { MANAGER } from "../../run/propagate/propagate-plane.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { BUILT_IN } from "../membership/planned-object.ts";
import { openMembers } from "./open-members.ts";
import type { PlanOptions } from "./plan-options.ts";

export type OpenWorld = {
  readonly host: ClusterConnection;
  readonly world: PlanWorld;
  /** All that the host federates, also those that are switched off. */
  readonly types: readonly FederatedType[];
  /** What the reader of a plan should know about it. */
  readonly notes: readonly string[];
};

type OpenOptions = PlanOptions & {
  readonly host: ClusterConnection;
  readonly federation: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Throws OperationalError CLUSTER_STEP where the host cannot be read. No federated object is read yet. */
export async function openWorld(options: OpenOptions): Promise<OpenWorld> {
  const { host, federation, clock, signal } = options;
  const paused = { transport: host.transport, namespace: federation, signal };
  const [{ types, states, problems }, settings, preferences, opened, pause, changes] = await Promise.all([
    readTypes(options),
    readSettings(options),
    readPreferences(options),
    openMembers({
      host,
      namespace: federation,
      kubeconfig: options.kubeconfig,
      usesContexts: options.memberContexts === true,
      clock,
      signal,
    }),
    readPause(paused, signal).catch(() => null),
    readChangesOrder(paused).catch(() => null),
  ]);
  const without = knownCluster(options.without, opened.members);
  const schedule = new PlanSchedule(preferences, settings.planner);
  const placed = placedTypes(types, states);
  const objects = new HostObjects((type, key) => schedule.allotmentOf(type, key));
  for (const { name, endedMs } of placed) objects.setEnded(name, endedMs);
  const world: PlanWorld = {
    transport: host.transport,
    types: placed,
    objects,
    schedule,
    members: opened.members,
    without,
    ownership: { owner: settings.owner, manager: MANAGER },
    adoption: settings.adoption,
    onlyNamespace: settings.isNamespaced ? federation : null,
    ownNamespace: federation,
    fields: new FieldsTable(),
    clock,
    signal,
  };
  const notes = [
    ...(pause === null ? [] : [`nothing is written at present: ${pauseReason(pause)}`]),
    ...(changes === null || changes.pause === null ? [] : [changesNote(changes.pause)]),
  ];
  return { host, world, types, notes: [...notes, ...problems, ...opened.problems] };
}

/** Wrong usage where there is no such cluster. */
function knownCluster(
  name: string | undefined,
  members: readonly { readonly name: string }[],
): string | null {
  if (name === undefined) return null;
  const names = members.map((member) => member.name);
  if (names.includes(name)) return name;
  const near = guess(name, names) || `; there are ${names.join(", ") || "none"}`;
  throw usageError(`--without: the host has no cluster ${JSON.stringify(name)}${near}`);
}

function changesNote({ reason, since }: NonNullable<ChangesOrder["pause"]>): string {
  return `copies that exist are not changed or removed since ${since}, until fedns resume: ${reason}`;
}

async function readTypes({ host, federation, signal }: OpenOptions): Promise<{
  readonly types: readonly FederatedType[];
  readonly states: ReadonlyMap<string, TypeState>;
  readonly problems: readonly string[];
}> {
  const resource = preferredResource(TYPE_CONFIGS);
  const objects = await readAll(host.transport, { resource, namespace: federation }, { signal }).catch(
    (error: unknown) => {
      throw stepError(`host: FederatedTypeConfigs in ${federation}`, error, resource.plural);
    },
  );
  const parsed = objects.map(parseFederatedTypeConfig);
  const states = objects.map(
    (object) => [object.metadata.name, readTypeState(object.metadata.name, object)] as const,
  );
  return {
    types: parsed.flatMap(({ value }) => value ?? []),
    states: new Map(states),
    problems: [
      ...parsed.flatMap(({ problems }) => problems),
      ...states.flatMap(([, { problem }]) => problem ?? []),
    ].map(({ object, sentence }) => `${object}: ${sentence}`),
  };
}

/** As the propagate process has them: the configuration, the KubeFedConfig, and the uid of the federation's namespace. */
async function readSettings({ config: file, host, federation, signal }: OpenOptions): Promise<{
  readonly owner: string;
  readonly adoption: Adoption;
  readonly isNamespaced: boolean;
  readonly planner: PlanRule;
}> {
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const config = file === undefined ? null : await requireConfig(file);
  const kubefed = await readKubeFed(host, federation, signal);
  const isNamespaced = kubefed.scope === "Namespaced";
  const adoption = config?.propagation.adoption ?? (kubefed.adoptResources === false ? "never" : "always");
  const owner = config?.propagation.owner ?? null;
  const planner = config?.propagation.planner ?? "kubefed";
  if (owner !== null) return { owner, adoption, isNamespaced, planner };
  const key = { resource: BUILT_IN.Namespace, namespace: "", name: federation };
  const step = `host: Namespace ${federation}`;
  const namespace = await read(host.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(step, error, key.resource.plural);
  });
  if (namespace === null)
    throw stepRefused(step, "it does not exist; run fedns init, or name it with --kubefed-namespace");
  return { owner: namespace.metadata.uid, adoption, isNamespaced, planner };
}

/** By "namespace/name". A host without their definition has none. */
async function readPreferences({
  host,
  signal,
}: OpenOptions): Promise<ReadonlyMap<string, ParsedPreference>> {
  const { group, plural, versions } = PREFERENCES;
  const resource = { group, version: versions[0], plural };
  const objects = await readAll(host.transport, { resource, namespace: "" }, { signal }).catch(
    (error: unknown) => {
      if (refusalOf(error, { plural }).kind === "kind-not-served") return [];
      throw stepError("host: ReplicaSchedulingPreferences", error, plural);
    },
  );
  return new Map(
    objects.map((object) => [
      `${object.metadata.namespace ?? ""}/${object.metadata.name}`,
      parsePreference(object),
    ]),
  );
}

async function readKubeFed(
  host: ClusterConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeFedPropagation> {
  const key = { resource: preferredResource(CONFIGS), namespace, name: CONFIG_NAME };
  const config = await read(host.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(`host: KubeFedConfig ${namespace}/${CONFIG_NAME}`, error, CONFIGS.plural);
  });
  return config === null ? STANDARD_PROPAGATION : parseKubeFedConfig(config).propagation;
}

/** "; did you mean …?", or nothing. */
export function guess(word: string, known: readonly string[]): string {
  const near = closestWord(word, known);
  return near === null ? "" : `; did you mean ${near}?`;
}
