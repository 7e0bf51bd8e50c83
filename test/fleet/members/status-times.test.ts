/**
 * Each line of a member's status is true within its stated time (deploy/README.md, "How fresh the status is"): a member of the sandbox
 * with faults, on a clock that runs only while the test looks.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import type { Credentials } from "../../../src/fleet/kube/credentials.ts";
import { tlsMaterial } from "../../../src/fleet/kube/credentials.ts";
import { shownLastSeenMs } from "../../../src/fleet/members/last-seen.ts";
import { ClusterMember } from "../../../src/fleet/members/member.ts";
import type { HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import { openSources } from "../../../src/fleet/sources/open-sources.ts";
import { type LogFields, silentLog } from "../../../src/kernel/log.ts";
import { startApiServer, type ApiServer } from "../../../src/sandbox/api-server.ts";
import { CHECK_AGAIN_MS } from "../../../src/fleet/watch/optional-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { settingsOf } from "../../run/config/default-sources.ts";

/** As the document states them. */
const UNREACHABLE_WITHIN_MS = 13_000;
const BACK_WITHIN_MS = 11_000;
const GONE_WITHIN_MS = 11_000;
/** What a busy machine adds: the clock goes on while an answer is under way. */
const SPARE_MS = 5_000;

const SOURCES: readonly string[] = ["services", "ingresses", "dnsEndpoints"];

type Status = {
  readonly lastSeen: string;
  readonly connection: { readonly reachability: { readonly kind: string; readonly detail: string | null } };
  readonly watches: Readonly<Record<string, { readonly state: string; readonly lastError: string | null }>>;
  readonly sources: Readonly<Record<string, { readonly state: string; readonly lastError: string | null }>>;
};

async function memberOf(t: TestContext) {
  const api = await startApiServer();
  const clock = new FakeClock();
  const nothing = (): void => undefined;
  const federation = new Federation({ onService: nothing, onLocality: nothing, onNamespace: nothing }, 4);
  federation.join("west");
  const stamp = { number: 0 };
  const lines: LogFields[] = [];
  const note = (fields: LogFields): void => void lines.push(fields);
  const member = new ClusterMember({
    wanted: {
      name: "west",
      credentials: {
        name: "the sandbox",
        stamp: () => Promise.resolve(String(stamp.number)),
        load: () =>
          Promise.resolve({ stamp: String(stamp.number), credentials: credentialsOf(api, stamp.number) }),
        subscribe: () => nothing,
      },
      region: "us-west",
      zones: null,
      location: null,
      addresses: { allow: [], deny: [] },
    },
    federation,
    hostnames: { watch: () => nothing } as unknown as HostnameResolver,
    sources: await openSources(settingsOf((name) => SOURCES.includes(name))),
    hosts: { join: nothing, declare: nothing, read: nothing, readInPart: nothing, touch: nothing },
    staleAfterMs: () => 600_000,
    roomLimits: () => ({ objects: Infinity, octets: Infinity }),
    seenUntilMs: null,
    isLongStop: false,
    onSynced: nothing,
    clock,
    random: () => 0.5,
    log: { ...silentLog, error: note, warn: note, info: note },
  });
  const stop = new AbortController();
  const running = member.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
    await api.close();
  });
  const status = (): Status => member.status as Status;
  /** The time on the clock until `condition` holds. */
  const passes = async (
    what: string,
    condition: (now: Status) => boolean,
    stepMs: number = 50,
  ): Promise<number> => {
    const startMs = clock.nowMs();
    await until(what, () => {
      const holds = condition(status());
      if (!holds) clock.advance(stepMs);
      return holds;
    });
    return clock.nowMs() - startMs;
  };
  return { api, clock, status, stamp, passes, lines };
}

function credentialsOf(api: ApiServer, revision: number): Credentials {
  const ca = Buffer.from(`${api.caPem}${"\n".repeat(revision)}`);
  const tls = tlsMaterial({
    ca,
    cert: null,
    key: null,
    passphrase: null,
    servername: null,
    rejectUnauthorized: true,
    ignoresName: false,
  });
  return {
    server: new URL(api.url),
    proxy: null,
    identity: `${api.url} ${ca.toString("base64")}`,
    files: [],
    tls,
    authenticate: () => Promise.resolve({ tls, headers: ["authorization", `Bearer ${api.token}`] }),
    warnings: [],
    renew: () => Promise.resolve(false),
  };
}

const DNS_ENDPOINTS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "dnsendpoints.externaldns.k8s.io",
    annotations: {
      "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/external-dns/pull/2007",
    },
  },
  spec: {
    group: "externaldns.k8s.io",
    scope: "Namespaced",
    names: {
      kind: "DNSEndpoint",
      listKind: "DNSEndpointList",
      plural: "dnsendpoints",
      singular: "dnsendpoint",
    },
    versions: [
      { name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

const isReadyz = (request: object): boolean => "path" in request && request.path === "/readyz";

function isInOrder({ lastSeen, connection, watches, sources }: Status): boolean {
  const lines = [...Object.values(watches), ...Object.values(sources)];
  return (
    lastSeen === "now" &&
    connection.reachability.kind === "ready" &&
    lines.every(
      ({ state, lastError }) =>
        ["watching", "stopped", "not served here"].includes(state) && lastError === null,
    )
  );
}

describe("the status of a member is true within its stated time", { timeout: 60_000 }, () => {
  it("a member that answers nothing, and comes back", async (t) => {
    const { api, clock, status, passes } = await memberOf(t);
    await passes("it is read", isInOrder);
    const cutAtMs = clock.wallMs();
    api.faults.add({ effect: { kind: "cut", isExecuted: false } });
    api.closeConnections();
    const goneMs = await passes("every line says so", ({ lastSeen, connection, watches, sources }) => {
      const { services, endpointSlices } = watches;
      return (
        lastSeen !== "now" &&
        connection.reachability.kind === "unreachable" &&
        services?.state === "blind" &&
        endpointSlices?.state === "blind" &&
        sources["ingresses"]?.state === "blind"
      );
    });
    assert.ok(goneMs <= UNREACHABLE_WITHIN_MS + SPARE_MS, `after ${goneMs} ms`);
    const errors = [status().watches["services"], status().sources["ingresses"]].map((one) => one?.lastError);
    for (const error of errors) assert.match(error ?? "", /^(the connection broke|cannot reach \S+): ./);
    assert.doesNotMatch(JSON.stringify(status()), /"null"|: null"/);
    assert.ok(Date.parse(status().lastSeen) <= cutAtMs + 1_000, `last seen ${status().lastSeen}`);
    api.faults.clear();
    const backMs = await passes("no line says so any more", isInOrder);
    assert.ok(backMs <= BACK_WITHIN_MS + SPARE_MS, `after ${backMs} ms`);
  });

  it("nobody reads that it is seen now beside that it is unreachable", async (t) => {
    const { api, clock, status, passes } = await memberOf(t);
    await passes("it is read", isInOrder);
    const cutAtMs = clock.wallMs();
    api.faults.add({ effect: { kind: "cut", isExecuted: false }, when: isReadyz });
    await passes("it is unreachable", ({ connection }) => connection.reachability.kind === "unreachable");
    assert.equal(status().watches["services"]?.state, "watching");
    assert.ok(Date.parse(status().lastSeen) <= cutAtMs, `last seen ${status().lastSeen}`);
    api.faults.clear();
    await passes("it is seen again", isInOrder);
  });

  it("a resource definition that is deleted", async (t) => {
    const { api, status, passes } = await memberOf(t);
    api.objects.put(DNS_ENDPOINTS);
    await api.settled();
    const isWatching = ({ sources }: Status): boolean => sources["dnsendpoints"]?.state === "watching";
    await passes("it is watched", isWatching, CHECK_AGAIN_MS / 100);
    api.objects.delete({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "dnsendpoints.externaldns.k8s.io",
    });
    await api.settled();
    const goneMs = await passes(
      "it says so",
      ({ sources }) => sources["dnsendpoints"]?.state === "not served any more",
    );
    assert.ok(goneMs <= GONE_WITHIN_MS + SPARE_MS, `after ${goneMs} ms`);
    await passes(
      "it is believed",
      ({ sources }) => sources["dnsendpoints"]?.state === "not served here",
      CHECK_AGAIN_MS / 100,
    );
    assert.equal(status().sources["dnsendpoints"]?.lastError, null);
  });

  it("another certificate authority", async (t) => {
    const { status, stamp, passes, lines } = await memberOf(t);
    await passes("it is read", isInOrder);
    const errors = new Set<string>();
    stamp.number = 1;
    await passes("it is listed again", (now) => {
      errors.add(now.watches["services"]?.lastError ?? "");
      return (now.watches["services"] as { relists?: number }).relists === 1 && isInOrder(now);
    });
    assert.doesNotMatch([...errors].join(), /new address|null/);
    assert.ok(lines.length > 1, "the credentials were loaded twice");
    for (const fields of lines) assert.equal(fields["cluster"], "west", JSON.stringify(fields));
    assert.equal(status().lastSeen, "now");
  });
});

it("the table of who was seen when", () => {
  const watches = [
    { lastEventMs: 50, lastBookmarkMs: 70 },
    { lastEventMs: null, lastBookmarkMs: null },
  ];
  const unreachable = { kind: "unreachable", sinceMs: 90, answeredAtMs: 60 } as const;
  const ready = { kind: "ready", sinceMs: 10, answeredAtMs: 60 } as const;
  assert.equal(shownLastSeenMs({ unseenSinceMs: null, reachability: ready, watches }), null);
  assert.equal(shownLastSeenMs({ unseenSinceMs: null, reachability: unreachable, watches }), 70);
  assert.equal(shownLastSeenMs({ unseenSinceMs: null, reachability: unreachable, watches: [] }), 60);
  assert.equal(shownLastSeenMs({ unseenSinceMs: 40, reachability: unreachable, watches }), 40);
});
