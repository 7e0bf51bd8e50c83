/** Control's part for the host, with the host and three members as real API servers in this process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext } from "node:test";
import { MemberConnection } from "../../../src/fleet/members/member-connection.ts";
import type { WantedMember } from "../../../src/fleet/members/wanted-member.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { HostRunner } from "../../../src/run/host/host-runner.ts";
import { type ApiServer, startApiServer } from "../../../src/sandbox/api-server.ts";
import { memberToken, NAMESPACE, putCluster, putSecret, startHost } from "../../support/host-cluster.ts";
import { atEnd } from "../../support/programs.ts";

const common = { clock: systemClock, random: Math.random, log: silentLog };

/** Connects to the members that it is told of, and keeps nothing of them. */
export class TestFleet {
  wanted: readonly WantedMember[] | null = null;
  readonly #lives = new Map<string, { connection: MemberConnection; ending: AbortController }>();

  get members(): { name: string; connection: MemberConnection; places: never[] }[] {
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

/** `members` and `tokens` are there once the tests run: three members, a, b and c, for a whole file. */
export class HostRig {
  readonly #members: Record<string, ApiServer> = {};
  readonly tokens: Record<string, string> = {};

  /** Call it in the body of a suite. */
  constructor() {
    before(async () => {
      for (const name of ["a", "b", "c"]) {
        const server = await startApiServer({ name });
        this.#members[name] = server;
        this.tokens[name] = await memberToken(server);
      }
    });
    after(() => Promise.all(Object.values(this.#members).map((server) => server.close())));
  }

  member(name: string): ApiServer {
    return this.#members[name] as ApiServer;
  }

  /** A host for one test, with these members. */
  async host(t: TestContext, names: readonly string[]): Promise<{ host: ApiServer; directory: string }> {
    const host = await startHost();
    atEnd(t, () => host.close());
    const directory = this.directory(t, host);
    for (const name of names) this.declare(host, name);
    return { host, directory };
  }

  /** A state directory with the kubeconfig of the host. */
  directory(t: TestContext, host: ApiServer): string {
    const directory = mkdtempSync(join(tmpdir(), "fedns-host-"));
    atEnd(t, () => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "host.kubeconfig"), host.kubeconfig());
    return directory;
  }

  declare(host: ApiServer, name: string, annotations: Record<string, string> = {}): void {
    putSecret(host, name, this.tokens[name] as string);
    putCluster(host, name, this.member(name), { annotations });
  }

  start(t: TestContext, directory: string): RunningHost {
    const fleet = new TestFleet();
    const kubeconfig = join(directory, "host.kubeconfig");
    const settings = {
      kubeconfig,
      inCluster: false,
      context: null,
      namespace: NAMESPACE,
      dnsEndpoints: "none",
    } as const;
    const runner = new HostRunner({ ...common, settings, stateDirectory: directory, fleet, dns: null });
    const ending = new AbortController();
    const running = runner.run(ending.signal);
    const stop = async (): Promise<void> => {
      ending.abort();
      fleet.stop();
      await Promise.all([running, runner.stop()]);
    };
    atEnd(t, stop);
    const says = (text: RegExp): boolean =>
      runner.report.problems.some(({ object, sentence }) => text.test(`${object}: ${sentence}`));
    return { fleet, runner, stop, says };
  }

  /** `setTokens` makes all other tokens of the member invalid: a new one for the tests that follow. */
  async renewToken(name: string): Promise<void> {
    const server = this.member(name);
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "fedns-system", name: "fedns-reader" };
    server.objects.delete(secret);
    await server.settled();
    this.tokens[name] = await memberToken(server);
  }
}

export type RunningHost = {
  readonly fleet: TestFleet;
  readonly runner: HostRunner;
  readonly stop: () => Promise<void>;
  /** Whether a problem is reported: "OBJECT: SENTENCE". */
  readonly says: (text: RegExp) => boolean;
};

/** The names of the members in the saved file. */
export function savedNames(directory: string): readonly string[] {
  try {
    const text = readFileSync(join(directory, "host-members.json"), "utf8");
    const { members } = JSON.parse(text) as { members: { object: { metadata: { name: string } } }[] };
    return members.map(({ object }) => object.metadata.name);
  } catch {
    return [];
  }
}
