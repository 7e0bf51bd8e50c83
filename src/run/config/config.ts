/**
 * Every setting of fedns: its name, unit, default, bounds and meaning. `fedns config` prints them, file.ts reads a file
 * by them, and checks.ts has the rules between settings.
 */
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import {
  allowQuery,
  allowWhy,
  cookies,
  identity,
  maxAmplification,
  minimalResponses,
  rateLimit,
  resolveCookies,
} from "./access.ts";
import { health } from "./health.ts";
import { host, kubeconfigs, propagation, resolveHost, resolveKubeconfigs } from "./host.ts";
import { locate, resolveLocate } from "./locate.ts";
import { addresses, placesKeptSeconds, quota } from "./quota.ts";
import { traffic } from "./traffic.ts";
import { admin, everywhere, listen, log, serve, state } from "./processes.ts";
import { hosts, memberNamespaces, sources } from "./sources.ts";
import type { Config } from "./types.ts";
import {
  degrees,
  dnsLabel,
  dnsName,
  group,
  ipAddress,
  list,
  TTL_MAX_SECONDS,
  describe,
  objectName,
  oneOf,
  seconds,
  serverAddress,
  text,
  whole,
  type SettingSchema,
} from "./values.ts";

export type * from "./types.ts";

/** Relative to the configuration file. */
export const STATE_DIRECTORY = "./state";

const federation = group({
  name: describe(dnsLabel(), {
    description: "The third label of every name: service.namespace.NAME.svc.domain.",
  }),
  domain: describe(dnsName(), { description: "The zone that is served." }),
});

const nameserver = group({
  name: describe(dnsName(), { description: "The target of an NS record at the top of every domain." }),
  addresses: describe(list(ipAddress()).default([]), {
    description:
      "Its A and AAAA records. Required if the name lies inside one of the domains, and used only then.",
  }),
});

const soa = group({
  mname: describe(dnsName().optional(), {
    description: "MNAME: the primary server.",
    computed: "the first nameserver",
  }),
  rname: describe(dnsName().optional(), {
    description: "RNAME: the mailbox of the person responsible for the zone, with a dot for the @.",
    computed: "hostmaster.DOMAIN of the first federation",
  }),
  refreshSeconds: seconds(
    1,
    TTL_MAX_SECONDS,
    14_400,
    "REFRESH: how often a secondary checks for a new serial.",
  ),
  retrySeconds: seconds(
    1,
    TTL_MAX_SECONDS,
    3600,
    "RETRY: how soon it tries again after a failure; less than refreshSeconds.",
  ),
  expireSeconds: seconds(
    1,
    TTL_MAX_SECONDS,
    1_209_600,
    "EXPIRE: when it gives up; more than refreshSeconds.",
  ),
  negativeTtlSeconds: seconds(
    1,
    TTL_MAX_SECONDS,
    30,
    "MINIMUM: how long resolvers may cache a negative answer.",
  ),
});

const cluster = group({
  name: describe(objectName(), {
    description: "The member's name in the log, in /status and in metrics; unique.",
  }),
  kubeconfig: describe(text("a path"), {
    description: "Path of the kubeconfig, relative to this file. Read again when it changes.",
  }),
  context: describe(text("the name of a context").optional(), {
    description: "The context in that file.",
    computed: "its current context",
  }),
  region: describe(dnsLabel().optional(), {
    description: "The region of the cluster.",
    computed: "from the labels of its Nodes",
  }),
  zones: describe(list(dnsLabel()).optional(), {
    description: "The zones of that region in which it has Nodes; only together with region.",
    computed: "from the labels of its Nodes",
  }),
  location: describe(
    group({
      latitude: describe(degrees(90), { description: "North is positive.", unit: "degrees" }),
      longitude: describe(degrees(180), { description: "East is positive.", unit: "degrees" }),
    }).optional(),
    { description: "The coordinates of the cluster.", computed: "unknown" },
  ),
  addresses,
  namespaces: memberNamespaces,
});

const settings = group({
  federations: describe(list(federation).default([]), {
    description:
      "The federations that are served; several may share a domain. Empty = zone files only, and `zones` is required.",
  }),
  nameservers: describe(list(nameserver).default([]), {
    description:
      "The servers the parent zone delegates to: this one and its replicas. At least one if there are federations.",
  }),
  soa: describe(soa.prefault({}), { description: "The SOA record of every domain." }),
  listen: describe(
    list(listen).min(1, { error: "must be a list with at least one address" }).default(everywhere),
    { description: "Addresses that answer DNS over UDP and TCP." },
  ),
  admin: describe(admin.prefault({}), { description: "/livez, /readyz, /status and /metrics over HTTP." }),
  ttlSeconds: seconds(1, TTL_MAX_SECONDS, 30, "How long resolvers may cache an answer."),
  maxAnswers: describe(whole(1, 64).default(8), {
    description: "Addresses per response; if there are more, they rotate.",
    unit: "records",
  }),
  traffic,
  health,
  staleAfterSeconds: seconds(
    0,
    TTL_MAX_SECONDS,
    86_400,
    "A member that cannot be reached keeps its last known endpoints for this long.",
  ),
  placesKeptSeconds,
  syncBoundSeconds: seconds(
    0,
    3600,
    30,
    "After a start, what an earlier run knew of annotations and health counts until all members have been read, but no longer than this. Members that were not read by then are logged.",
  ),
  unreadMembers: describe(oneOf(["wait", "bounded", "ignore"]).default("bounded"), {
    description:
      "How long members that were never read keep a new replica from being ready. wait: until each has been read; bounded: until each has been read or has failed, or syncBoundSeconds are over; ignore: not at all. Names that only they could declare are SERVFAIL in any case, until fedns forget.",
  }),
  replicas: describe(whole(1, 1000).default(1), {
    description:
      "How many fedns servers answer for these names, this one included. Each knows only its own responses, so with more than one a drain cannot be proved.",
    unit: "servers",
  }),
  stateDirectory: describe(text("a path").default(STATE_DIRECTORY), {
    description:
      "The folder of the saved picture and the admin socket. Relative to this file; one folder for each running fedns.",
  }),
  state: describe(state.prefault({}), { description: "The content of that folder." }),
  resolvers: describe(list(serverAddress()).default([]), {
    description: "DNS resolvers (ADDRESS or ADDRESS:PORT) for load balancers that have a host name.",
    computed: "those of /etc/resolv.conf",
  }),
  identity: describe(identity.prefault({}), { description: "What this server reveals about itself." }),
  cookies: describe(cookies.prefault({}), {
    description: "DNS cookies (RFC 7873): clients with a valid cookie are not limited.",
  }),
  rateLimit: describe(rateLimit.prefault({}), { description: "Response rate limiting over UDP." }),
  allowQuery,
  allowWhy,
  maxAmplification,
  minimalResponses,
  serve: describe(serve.prefault({}), { description: "The processes that answer." }),
  log: describe(log.prefault({}), { description: "The log, on standard error." }),
  zones: describe(text("a path").optional(), {
    description:
      "A folder of zone files: each NAME.zone in it is served as the zone NAME. Relative to this file.",
    computed: "no zone files",
  }),
  clusters: describe(list(cluster).default([]), { description: "The members of the federation." }),
  kubeconfigs,
  host,
  propagation,
  locate,
  quota,
  sources,
  hosts,
});

/** A problem with one value: its path, the error text of its type ("must be ..."), and unknown keys. */
export type SettingIssue = {
  readonly path: readonly PropertyKey[];
  readonly sentence: string;
  readonly unknownKeys: readonly string[];
  /** With unknown keys: the keys that are known there. */
  readonly knownKeys: readonly string[];
  /** The keys of the group that belongs here, if one does. */
  readonly keysThere: readonly string[];
};

/** Checks all values of a file. Returns the settings, or every issue. Relative paths start at the folder of `filePath`. */
export function readSettings(
  raw: unknown,
  filePath: string,
): { readonly config: Config } | { readonly issues: readonly SettingIssue[] } {
  const result = settings.safeParse(raw);
  if (result.success) return { config: resolveSettings(result.data, filePath) };
  const issues = result.error.issues.map((issue) => ({
    path: issue.path,
    sentence: issue.message,
    unknownKeys: issue.code === "unrecognized_keys" ? issue.keys : [],
    knownKeys: issue.code === "unrecognized_keys" ? knownKeys(issue.path) : [],
    keysThere: issue.code === "invalid_type" ? knownKeys(issue.path) : [],
  }));
  return { issues };
}

/** The settings as JSON Schema, each with `description`, and `unit` and `computed` (a default in words) where they apply. */
export function settingsSchema(): SettingSchema {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its own type does not name the keys of `Meaning`
  return z.toJSONSchema(settings, { io: "input", unrepresentable: "any" }) as SettingSchema;
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: SettingSchema | undefined = settingsSchema();
  for (const key of path)
    schema = typeof key === "number" ? schema?.items : schema?.properties?.[String(key)];
  return Object.keys(schema?.properties ?? {});
}

function resolveSettings(given: z.output<typeof settings>, filePath: string): Config {
  const folder = dirname(resolve(filePath));
  return {
    ...given,
    filePath: resolve(filePath),
    soa: {
      ...given.soa,
      mname: given.soa.mname ?? given.nameservers[0]?.name ?? "",
      rname: given.soa.rname ?? `hostmaster.${given.federations[0]?.domain ?? ""}`,
    },
    stateDirectory: resolve(folder, given.stateDirectory),
    zones: given.zones === undefined ? null : resolve(folder, given.zones),
    cookies: resolveCookies(given.cookies, (path) => resolve(folder, path)),
    locate: resolveLocate(given.locate, (path) => resolve(folder, path)),
    propagation: {
      ...given.propagation,
      owner: given.propagation.owner ?? null,
      adoption: given.propagation.adoption ?? null,
    },
    kubeconfigs: resolveKubeconfigs(given.kubeconfigs, (path) => resolve(folder, path)),
    host: resolveHost(given.host, (path) => resolve(folder, path)),
    serve: { ...given.serve, workers: given.serve.workers ?? Math.max(1, availableParallelism() - 1) },
    clusters: given.clusters.map((member) => ({
      ...member,
      kubeconfig: resolve(folder, member.kubeconfig),
      context: member.context ?? null,
      region: member.region ?? null,
      zones: member.zones ?? null,
      location: member.location ?? null,
    })),
  };
}
