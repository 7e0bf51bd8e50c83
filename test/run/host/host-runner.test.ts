/** The host and its members as real API servers in this process, and a fleet that only connects to its members. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { MemberConnection } from "../../../src/fleet/members/member-connection.ts";
import type { WantedMember } from "../../../src/fleet/members/wanted-member.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { HostRunner } from "../../../src/run/host/host-runner.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import {
  clusterRef,
  installDefinitions,
  memberToken,
  NAMESPACE,
  putCluster,
  putSecret,
  startHost,
} from "../../support/host-cluster.ts";
import { atEnd } from "../../support/programs.ts";
import { until } from "../../support/until.ts";

const common = { clock: systemClock, random: Math.random, log: silentLog };

/** Connects to the members that it is told of, and keeps nothing of them. */
class TestFleet {
  wanted: readonly WantedMember[] | null = null;
  readonly #lives = new Map<string, { connection: MemberConnection; ending: AbortController }>();

  get members() {
    return [...this.#lives].map(([name, { connection }]) => ({ name, connection, places: [] }));
  }

  get names(): string {
    return (this.wanted ?? []).map(({ name }) => name).join(" ");
  }

  setMembers(_source: string, wanted: readonly WantedMember[]): void {
    this.wanted = wanted;
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, { ending }] of this.#lives)
      if (!names.has(name)) {
        ending.abort();
        this.#lives.delete(name);
      }
    for (const { name, credentials } of wanted) {
      if (this.#lives.has(name)) continue;
      const connection = new MemberConnection({ ...common, source: credentials });
      const ending = new AbortController();
      void connection.run(ending.signal);
      this.#lives.set(name, { connection, ending });
    }
  }

  isReady(name: string): boolean {
    return this.#lives.get(name)?.connection.health.reachability.kind === "ready";
  }

  stop(): void {
    for (const { ending } of this.#lives.values()) ending.abort();
  }
}

describe("control with a host cluster", () => {
  const members: Record<string, ApiServer> = {};
  const tokens: Record<string, string> = {};
  before(async () => {
    for (const name of ["a", "b", "c"]) {
      const server = await startApiServer({ name });
      members[name] = server;
      tokens[name] = await memberToken(server);
    }
  });
  after(() => Promise.all(Object.values(members).map((server) => server.close())));

  /** A host of its own for each test, with these members. */
  async function hostWith(
    t: TestContext,
    names: readonly string[],
  ): Promise<{ host: ApiServer; directory: string }> {
    const host = await startHost();
    atEnd(t, () => host.close());
    const directory = mkdtempSync(join(tmpdir(), "fedns-host-"));
    atEnd(t, () => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig());
    for (const name of names) declare(host, name);
    return { host, directory };
  }

  function declare(host: ApiServer, name: string, annotations: Record<string, string> = {}): void {
    putSecret(host, name, tokens[name] as string);
    putCluster(host, name, members[name] as ApiServer, { annotations });
  }

  function start(t: TestContext, directory: string) {
    const fleet = new TestFleet();
    const kubeconfig = join(directory, "host.kubeconfig");
    const settings = { kubeconfig, inCluster: false, context: null, namespace: NAMESPACE };
    const runner = new HostRunner({ ...common, settings, stateDirectory: directory, fleet });
    const ending = new AbortController();
    const running = runner.run(ending.signal);
    const stop = async (): Promise<void> => {
      ending.abort();
      fleet.stop();
      await running;
    };
    atEnd(t, stop);
    const says = (text: RegExp): boolean =>
      runner.report.problems.some(({ object, sentence }) => text.test(`${object}: ${sentence}`));
    return { fleet, runner, stop, says };
  }

  const savedNames = (directory: string): readonly string[] => {
    try {
      const text = readFileSync(join(directory, "host-members.json"), "utf8");
      const { members: saved } = JSON.parse(text) as {
        members: { object: { metadata: { name: string } } }[];
      };
      return saved.map(({ object }) => object.metadata.name);
    } catch {
      return [];
    }
  };

  it("has the members that the host declares, and follows it", async (t) => {
    const { host, directory } = await hostWith(t, ["a", "b"]);
    const { fleet } = start(t, directory);
    await until("both are members", () => fleet.names === "a b");
    await until("both are reached", () => fleet.isReady("a") && fleet.isReady("b"));
    declare(host, "b", {
      "fedns.io/region": "eu",
      "fedns.io/zones": "x,y",
      "fedns.io/addresses": "192.0.2.0/24",
    });
    await until("b has moved", () => fleet.wanted?.[1]?.region === "eu");
    assert.deepEqual(fleet.wanted?.[1]?.zones, ["x", "y"]);
    assert.deepEqual(fleet.wanted?.[1]?.addresses.allow, ["192.0.2.0/24"]);
    declare(host, "c");
    await until("c has joined", () => fleet.names === "a b c");
    host.objects.delete(clusterRef("a"));
    await until("a has left", () => fleet.names === "b c");
  });

  it("takes a member when its Secret comes, and says what is missing until then", async (t) => {
    const { host, directory } = await hostWith(t, ["a"]);
    putCluster(host, "b", members["b"] as ApiServer);
    const { fleet, says } = start(t, directory);
    await until("a is a member", () => fleet.names === "a");
    await until("b's Secret is missed", () => says(/KubeFedCluster b: the Secret b, .* does not exist/));
    putSecret(host, "b", "");
    await until("the Secret is empty", () => says(/KubeFedCluster b: .* has an empty token; run fedns join/));
    putSecret(host, "b", tokens["b"] as string);
    await until("b has joined", () => fleet.names === "a b");
    assert.equal(says(/KubeFedCluster b/), false);
  });

  it("starts without the host, with the members and tokens of the run before", async (t) => {
    const { host, directory } = await hostWith(t, ["a", "b"]);
    const first = start(t, directory);
    await until("both are reached", () => first.fleet.isReady("a") && first.fleet.isReady("b"));
    const issued = join(directory, "member-tokens", "control");
    const areIssued = (): boolean => {
      try {
        return readdirSync(issued).sort().join() === "a.json,b.json";
      } catch {
        return false;
      }
    };
    await until(
      "both have issued a token and are saved",
      () => areIssued() && savedNames(directory).length === 2,
    );
    assert.equal(statSync(join(directory, "host-members.json")).mode & 0o777, 0o600);
    assert.equal(statSync(join(issued, "a.json")).mode & 0o777, 0o600);
    await first.stop();
    await host.close();
    // The token in the Secret has expired meanwhile; the one that member a issued has not.
    const { token } = JSON.parse(readFileSync(join(issued, "a.json"), "utf8")) as { token: string };
    const server = members["a"] as ApiServer;
    server.setTokens({ [token]: "system:serviceaccount:fedns-system:fedns-reader" });
    const second = start(t, directory);
    await until(
      "both are reached without a host",
      () => second.fleet.isReady("a") && second.fleet.isReady("b"),
    );
    await until("the host is reported", () => second.says(/^host: the host cluster is not reachable/));
    server.setTokens({ [server.token]: "sandbox-admin" });
    tokens["a"] = await freshToken(server);
  });

  it("reads the Secret again as soon as a token is refused", async (t) => {
    const { host, directory } = await hostWith(t, ["a"]);
    const { fleet } = start(t, directory);
    await until("a is reached", () => fleet.isReady("a"));
    const server = members["a"] as ApiServer;
    const account = "system:serviceaccount:fedns-system:fedns-reader";
    server.setTokens({ [server.token]: "sandbox-admin", rotated: account });
    putSecret(host, "a", "rotated");
    const { transport } = fleet.members[0]?.connection as MemberConnection;
    const { signal } = new AbortController();
    const ask = (): Promise<boolean> =>
      transport.request({ path: "/api/v1/namespaces", signal }).then(
        ({ status }) => status === 200,
        () => false,
      );
    // Long before the Secret would be read in its turn.
    let isAccepted = false;
    await until(
      "the new token is used",
      () => {
        void ask().then((accepted) => (isAccepted ||= accepted));
        return isAccepted;
      },
      10_000,
    );
    tokens["a"] = await freshToken(server);
  });

  it("leaves a member as it was when its object becomes unusable, and all members when the definition is removed", async (t) => {
    const { host, directory } = await hostWith(t, ["a", "b"]);
    const { fleet, says } = start(t, directory);
    await until("both are members", () => fleet.names === "a b");
    host.objects.patch(clusterRef("b"), { spec: { caBundle: "aGVsbG8=" } });
    await until("the mistake is reported", () =>
      says(/KubeFedCluster b: spec.caBundle holds no certificate; write/),
    );
    assert.equal(fleet.names, "a b");
    host.objects.delete({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "kubefedclusters.core.kubefed.io",
    });
    await until("the loss is reported", () =>
      says(/KubeFedCluster a: the host lost it together with other members/),
    );
    assert.equal(fleet.names, "a b");
    await installDefinitions(host);
    declare(host, "a");
    declare(host, "b");
    await until("the members are back", () => !says(/lost it/), 60_000);
    assert.equal(fleet.names, "a b");
  });

  it("notices two members that are one cluster, and lets the older one be written to", async (t) => {
    const { host, directory } = await hostWith(t, ["a"]);
    const { fleet, runner, says } = start(t, directory);
    await until("a is a member", () => fleet.names === "a");
    putSecret(host, "twin", tokens["a"] as string);
    putCluster(host, "twin", members["a"] as ApiServer);
    await until("the twin is reported", () => says(/cluster twin: it is the same cluster as a/));
    assert.equal(runner.mayWriteTo("a"), true);
    assert.equal(runner.mayWriteTo("twin"), false);
  });

  it("does not write to a cluster that was replaced under its name, until it joins again", async (t) => {
    const { host, directory } = await hostWith(t, ["a"]);
    const { fleet, runner, says } = start(t, directory);
    const uidOf = (name: string): string | null =>
      runner.report.members.find((one) => one.name === name)?.clusterUid ?? null;
    const saved = join(directory, "host-members.json");
    const isSaved = (): boolean =>
      /"clusterUid":"/.test(existsSync(saved) ? readFileSync(saved, "utf8") : "");
    await until("the uid of a is known and saved", () => uidOf("a") !== null && isSaved());
    const before = uidOf("a");
    putSecret(host, "a", tokens["b"] as string);
    putCluster(host, "a", members["b"] as ApiServer);
    await until("the other cluster is noticed", () => says(/cluster a: it is not the cluster that joined/));
    assert.equal(runner.mayWriteTo("a"), false);
    assert.equal(fleet.names, "a", "it is read all the same");
    const now = uidOf("a") ?? "";
    assert.notEqual(now, before);
    putCluster(host, "a", members["b"] as ApiServer, { annotations: { "fedns.io/cluster-uid": now } });
    await until("it has joined again", () => runner.mayWriteTo("a"));
  });

  it("says what to do when the host has no definitions", async (t) => {
    const host = await startApiServer({ name: "host" });
    atEnd(t, () => host.close());
    const directory = mkdtempSync(join(tmpdir(), "fedns-host-"));
    atEnd(t, () => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig());
    const { fleet, says } = start(t, directory);
    await until("it is said", () =>
      says(/kubefedclusters.core.kubefed.io: the host does not serve v1beta1 of it; run fedns init/),
    );
    assert.equal(fleet.wanted, null, "nothing is known of the members");
  });
});

/** `setTokens` makes all others invalid: a new one for the tests that follow. */
async function freshToken(server: ApiServer): Promise<string> {
  server.objects.delete({
    apiVersion: "v1",
    kind: "Secret",
    namespace: "fedns-system",
    name: "fedns-reader",
  });
  await server.settled();
  return memberToken(server);
}
