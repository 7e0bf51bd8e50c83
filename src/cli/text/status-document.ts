/** The part of /status that the status page shows. Another version may have written it: unknown values are skipped. */
import { z } from "zod";
import { type PlacesPart, placesPart } from "./places-part.ts";
import { listOf } from "./list-schema.ts";
import { type HostPart, hostPart } from "./host-part.ts";
import { type PropagationPart, propagationPart } from "./propagation-part.ts";

/** The addresses that an order removes, and how many of them caches may still have. */
export type CachedEntry = {
  readonly addresses: number;
  readonly held: number;
  readonly until: string | null;
  readonly unprovable: readonly string[];
};

/** Dates as /status has them. */
export type OrderEntry = {
  readonly order: string;
  readonly cluster: string;
  readonly service: string | null;
  readonly address: string | null;
  readonly since: string;
  readonly until: string | null;
  /** 255 all .. 0 nothing; null for forces. */
  readonly share: number | null;
  readonly by: string;
  readonly reason: string | null;
  readonly held: CachedEntry | null;
  /** Why it has no effect for now; null = it has. */
  readonly note: string | null;
};

type ForgottenEntry = {
  readonly cluster: string;
  readonly since: string;
  readonly by: string;
  readonly reason: string | null;
};

export type ClusterEntry = {
  readonly name: string;
  readonly isSynced: boolean;
  /** "now" or a date. */
  readonly lastSeen: string;
  readonly places: readonly { readonly region: string; readonly zone: string | null }[];
  readonly services: number;
  readonly hosts: number;
  /** Why it, or a resource in it, cannot be read now. */
  readonly troubles: readonly string[];
};

type NotTaken = { readonly file: string; readonly line: number; readonly reason: string };
type ZoneEntry = {
  readonly zone: string;
  readonly records: number;
  readonly serial: number;
  /** The zone is as an earlier state of its file said, and this is why. */
  readonly kept: NotTaken | null;
};
type NotServedEntry = NotTaken & { readonly zone: string };

type ProbeEntry = {
  readonly targets: number;
  readonly unknown: number;
  readonly up: number;
  readonly down: number;
  /** "watching" or "holding". */
  readonly guard: string;
  readonly guardSinceWallMs: number | null;
  readonly problems: readonly string[];
};

/** Dates as /status has them. */
type SettingsEntry = {
  readonly inForceSince: string;
  /** Of the file as it is now. */
  readonly problems: readonly string[];
  readonly problemsSince: string | null;
  readonly needRestart: readonly string[];
};

export type StatusDocument = {
  readonly version: string;
  readonly startedAt: string;
  readonly now: string;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** Members that were never read, and what that means. */
  readonly notes: readonly string[];
  readonly isStale: boolean;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  /** Null = a version that reads its configuration file once. */
  readonly settings: SettingsEntry | null;
  readonly picture: {
    readonly serial: number;
    readonly committedAt: string | null;
    readonly servicesAndNamespaces: number;
  } | null;
  readonly clusters: readonly ClusterEntry[];
  readonly zones: {
    readonly zones: readonly ZoneEntry[];
    readonly notServed: readonly NotServedEntry[];
    readonly problems: readonly string[];
  } | null;
  /** Null = the control process does not answer. */
  readonly orders: { readonly orders: readonly OrderEntry[]; readonly problem: string | null } | null;
  /** Clusters that are not waited for, by order; null = the control process does not answer, or is of a version without them. */
  readonly forgotten: {
    readonly clusters: readonly ForgottenEntry[];
    readonly problem: string | null;
  } | null;
  readonly rememberedPlaces: PlacesPart | null;
  /** What probes say; null = the control process does not answer. */
  readonly health: ProbeEntry | null;
  readonly steering: {
    readonly problems: readonly { readonly object: string; readonly message: string }[];
    readonly conflicts: readonly { readonly service: string; readonly text: string }[];
  } | null;
  /** Clusters that are not as their sources want them. */
  readonly fleet: { readonly conditions: readonly ConditionEntry[] } | null;
  readonly hosts: {
    readonly answered: number;
    readonly problemCount: number;
    readonly problems: readonly HostProblemEntry[];
  } | null;
  /** The host cluster; null = there is none, or the control process does not answer. */
  readonly host: HostPart | null;
  readonly propagation: PropagationPart | null;
  readonly problem: string | null;
};
type ConditionEntry = { readonly name: string; readonly source: string; readonly message: string };
type HostProblemEntry = {
  readonly host: string;
  readonly cluster: string;
  readonly object: string;
  readonly sentence: string;
};

const text = z.string().catch("");
const maybe = z.string().nullable().catch(null);
const count = z.number().catch(0);

const held = z
  .object({ addresses: count, held: count, until: maybe, unprovable: z.array(text).catch([]) })
  .nullable()
  .catch(null);

const order = z.object({
  order: text,
  cluster: text,
  service: maybe,
  address: maybe,
  since: text,
  until: maybe,
  share: z.number().nullable().catch(null),
  by: text,
  reason: maybe,
  held,
  note: maybe,
});

const watch = z.object({ state: text, lastError: maybe });
const watches = z.record(z.string(), watch).catch({});

const cluster = z
  .object({
    name: text,
    isSynced: z.boolean().catch(false),
    lastSeen: text,
    places: z.array(z.object({ region: text, zone: maybe })).catch([]),
    services: count,
    hosts: count,
    connection: z
      .object({ credentials: text, problem: maybe, warnings: listOf(z.string()) })
      .catch({ credentials: "", problem: null, warnings: [] }),
    watches,
    sources: watches,
  })
  .transform(({ connection, watches: resources, sources, ...rest }): ClusterEntry => {
    const { credentials, problem, warnings } = connection;
    const isOut = ({ state, lastError }: z.output<typeof watch>): boolean =>
      lastError !== null && FAILING_STATES.has(state);
    const unseen = new Map<string, string[]>();
    for (const [name, one] of Object.entries({ ...resources, ...sources }))
      if (isOut(one)) unseen.set(one.lastError ?? "", [...(unseen.get(one.lastError ?? "") ?? []), name]);
    return {
      ...rest,
      troubles:
        credentials === "broken" && problem !== null
          ? [problem]
          : [
              ...[...unseen].map(([error, names]) => `${names.join(", ")}: ${error}`),
              ...(problem === null ? [] : [`it keeps the credentials that it had: ${problem}`]),
              ...warnings,
            ],
    };
  });

/** States of a watch and of a source in which it is not read. */
const FAILING_STATES: ReadonlySet<string> = new Set(["blind", "refused", "not served any more"]);

const place = { file: text, line: count, reason: text };
const zone = z.object({
  zone: text,
  records: count,
  serial: count,
  kept: z.object(place).nullable().catch(null),
});
const notServed = z.object({ zone: text, ...place });

const status: z.ZodType<StatusDocument> = z.object({
  version: text,
  startedAt: text,
  now: text,
  ready: z.boolean().catch(false),
  reasons: z.array(text).catch([]),
  notes: z.array(text).catch([]),
  isStale: z.boolean().catch(false),
  listen: listOf(z.object({ address: text, port: count })),
  settings: z
    .object({
      inForceSince: text,
      problems: listOf(z.string()),
      problemsSince: maybe,
      needRestart: listOf(z.string()),
    })
    .nullable()
    .catch(null),
  picture: z
    .object({ serial: count, committedAt: maybe, servicesAndNamespaces: count })
    .nullable()
    .catch(null),
  clusters: listOf(cluster),
  zones: z
    .object({ zones: listOf(zone), notServed: listOf(notServed), problems: listOf(z.string()) })
    .nullable()
    .catch(null),
  orders: z
    .object({ orders: listOf(order), problem: maybe })
    .nullable()
    .catch(null),
  forgotten: z
    .object({
      clusters: listOf(z.object({ cluster: text, since: text, by: text, reason: maybe })),
      problem: maybe,
    })
    .nullable()
    .catch(null),
  rememberedPlaces: placesPart,
  health: z
    .object({
      targets: count,
      unknown: count,
      up: count,
      down: count,
      guard: text,
      guardSinceWallMs: z.number().nullable().catch(null),
      problems: listOf(z.string()),
    })
    .nullable()
    .catch(null),
  steering: z
    .object({
      problems: listOf(z.object({ object: text, message: text })),
      conflicts: listOf(z.object({ service: text, text })),
    })
    .nullable()
    .catch(null),
  fleet: z
    .object({ conditions: listOf(z.object({ name: text, source: text, message: text })) })
    .nullable()
    .catch(null),
  hosts: z
    .object({
      answered: count,
      problemCount: count,
      problems: listOf(z.object({ host: text, cluster: text, object: text, sentence: text })),
    })
    .nullable()
    .catch(null),
  host: hostPart,
  propagation: propagationPart,
  problem: maybe,
});

/** Never throws. */
export function readStatus(raw: unknown): StatusDocument {
  const isGroup = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  return status.parse(isGroup ? raw : {});
}
