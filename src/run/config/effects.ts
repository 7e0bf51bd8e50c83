/**
 * When a changed setting takes effect while fedns runs: one row for each setting. A group whose settings differ has a row
 * for each of them. `fedns config` prints this column, and run/live/ acts on it.
 */
import type { Config } from "./config.ts";

/** The kinds of effect, and what each means to an operator. */
export const EFFECTS = {
  "at once": "the running processes take the new value",
  "hand-over":
    "a new serve process with the new value takes over from the one that runs; no query is lost, TCP connections are closed as at a restart",
  "control restarts":
    "the control process restarts by itself, and queries are answered from the picture meanwhile",
  "propagator restarts": "the process that places federated objects restarts by itself; nothing else notices",
  "restart of fedns": "the running value stays until fedns is stopped and started again",
} as const;

type SettingEffect = keyof typeof EFFECTS;

type Setting = Exclude<keyof Config, "filePath">;

/** Without a row for each setting this does not compile. */
type EffectTable = {
  readonly [Key in Setting]:
    | SettingEffect
    | (Config[Key] extends readonly unknown[]
        ? never
        : { readonly [Inner in keyof Config[Key]]: SettingEffect });
};

const TABLE: EffectTable = {
  federations: "control restarts",
  nameservers: "at once",
  soa: "at once",
  listen: "restart of fedns",
  admin: { address: "restart of fedns", port: "restart of fedns", hosts: "at once" },
  ttlSeconds: "at once",
  maxAnswers: "at once",
  traffic: "at once",
  health: "at once",
  staleAfterSeconds: "at once",
  placesKeptSeconds: "at once",
  // It counts at the next start of control.
  syncBoundSeconds: "at once",
  unreadMembers: "at once",
  replicas: "at once",
  stateDirectory: "restart of fedns",
  state: "at once",
  resolvers: "at once",
  identity: "hand-over",
  cookies: "hand-over",
  rateLimit: "hand-over",
  allowQuery: "hand-over",
  allowWhy: "hand-over",
  maxAmplification: "hand-over",
  minimalResponses: "hand-over",
  serve: { udp: "hand-over", workers: "restart of fedns", drainSeconds: "at once", tcp: "hand-over" },
  log: { level: "at once", format: "restart of fedns" },
  zones: "at once",
  clusters: "at once",
  kubeconfigs: "control restarts",
  host: "control restarts",
  propagation: "propagator restarts",
  locate: "at once",
  quota: "at once",
  sources: "at once",
  hosts: "at once",
};

/** The changed settings by their effect, each by its path in the file, like "rateLimit.slip". Lists are compared as a whole. */
export type Changes = { readonly [Kind in SettingEffect]: readonly string[] };

/** Pure. */
export function changesOf(before: Config, after: Config): Changes {
  const changes: Record<SettingEffect, string[]> = {
    "at once": [],
    "hand-over": [],
    "control restarts": [],
    "propagator restarts": [],
    "restart of fedns": [],
  };
  for (const path of changedPaths(before, { ...after, filePath: before.filePath }, []))
    changes[effectOf(path) ?? "restart of fedns"].push(path.join("."));
  return changes;
}

/** Null for a group whose settings differ in their effect, and for a path that is no setting. */
export function effectOf(path: readonly string[]): SettingEffect | null {
  let row: unknown = TABLE;
  for (const key of path) {
    if (typeof row === "string") break;
    row = isGroup(row) ? row[key] : undefined;
  }
  return typeof row === "string" ? (row as SettingEffect) : null;
}

/** `wanted`, with the running values of all settings that only a restart of fedns changes. */
export function withRunningValues(wanted: Config, running: Config): Config {
  const { admin, serve, log, listen, stateDirectory } = running;
  return Object.freeze({
    ...wanted,
    listen,
    stateDirectory,
    admin: { ...admin, hosts: wanted.admin.hosts },
    serve: { ...wanted.serve, workers: serve.workers },
    log: { ...wanted.log, format: log.format },
  });
}

function changedPaths(before: unknown, after: unknown, path: readonly string[]): (readonly string[])[] {
  if (!isGroup(before) || !isGroup(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPaths(before[key], after[key], [...path, key]));
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
