/**
 * A federation with everything real but the distance: API servers behind wires, gateways at their addresses, fedns, a client.
 * The short form runs fedns in the test's process on a driven clock, the long form as `fedns serve` on the machine's.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { type Authority, createAuthority } from "../../src/sandbox/tls/authority.ts";
import { isLong } from "../suite/scale.ts";
import type { Message } from "../support/decode.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { Gateway, GATEWAY_PORT } from "./gateway.ts";
import { type Running, startDrivenFedns, startWholeFedns } from "./running.ts";
import { Wire } from "../support/wire.ts";

export const WEB = "web.demo.myfed.svc.example.com";
/** Endpoints behind each service. */
export const PODS = 4;
export const INTERVAL_MS = 1_000;
export const FALL = 2;
/** With so many answers, a share of a half is known to 0.08 (four standard deviations). */
export const MANY = 600;

/** As fast as probes may be, and believed soon. */
export const PROBED: Readonly<Record<string, string>> = {
  "fedns.io/probe": `http://:${GATEWAY_PORT}/healthz`,
  "fedns.io/probe-interval": `${INTERVAL_MS}ms`,
  "fedns.io/probe-timeout": "400ms",
  "fedns.io/probe-fall": String(FALL),
  "fedns.io/probe-rise": "1",
  "fedns.io/probe-forgive": "1",
};
/** No time has to pass between two falls of one address; clusters share evenly. */
export const SETTINGS = {
  health: { holdSeconds: 0, slowStartSeconds: 0 },
  traffic: { policy: "weighted" },
  locate: { database: "none" },
};
/** Control runs at low priority, also while it starts. */
const START_BOUND_MS = 60_000;

/** By cluster, 0 to 1. */
export type Shares = ReadonlyMap<string, number>;

export type Member = {
  readonly name: string;
  readonly address: string;
  readonly wire: Wire;
  readonly gateway: Gateway;
  /** Put in place of another, it is behind the wire from then on. */
  server: ApiServer;
};

export type StageOptions = {
  /** 0 to 15: stages at the same time have addresses of their own. */
  readonly number: number;
  /** How many clusters: "a", "b", ... */
  readonly clusters: number;
  /** By cluster: the annotations of the service beside PROBED. */
  readonly annotations?: (cluster: string) => Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
};

type StageParts = {
  readonly fedns: Running;
  readonly nowMs: () => number;
  readonly members: readonly Member[];
  readonly authority: Authority;
  readonly scope: Scope;
  readonly annotations: (cluster: string) => Readonly<Record<string, string>>;
};

export class Stage {
  readonly fedns: Running;
  /** The clock that fedns runs on. */
  readonly nowMs: () => number;
  readonly members: readonly Member[];
  readonly #authority: Authority;
  readonly #scope: Scope;
  readonly #annotations: (cluster: string) => Readonly<Record<string, string>>;

  private constructor(parts: StageParts) {
    this.fedns = parts.fedns;
    this.nowMs = parts.nowMs;
    this.members = parts.members;
    this.#authority = parts.authority;
    this.#scope = parts.scope;
    this.#annotations = parts.annotations;
  }

  /** Resolves when every gateway was seen up. */
  static async open(scope: Scope, options: StageOptions): Promise<Stage> {
    const { number, clusters, annotations = () => ({}) } = options;
    const clock = isLong ? null : new FakeClock();
    const nowMs = (): number => clock?.nowMs() ?? performance.now();
    const authority = await createAuthority();
    const directory = await temporaryFolder(scope);
    const members: Member[] = [];
    for (let i = 0; i < clusters; i++) {
      const name = String.fromCharCode(97 + i);
      const address = `198.18.${number * 16 + i}.1`;
      const server = await startMember(scope, authority, name);
      const wire = await Wire.lay(scope, server.port);
      const gateway = await Gateway.open(scope, address, nowMs);
      const kubeconfig = server.kubeconfig().replace(`:${server.port}`, `:${wire.port}`);
      await writeFile(join(directory, `${name}.kubeconfig`), kubeconfig, { mode: 0o600 });
      members.push({ name, address, server, wire, gateway });
    }
    for (const member of members) putWeb(member, annotations(member.name));
    const settings = {
      ...SETTINGS,
      serve: { drainSeconds: 0, workers: 1 },
      clusters: members.map(({ name }) => ({ name, kubeconfig: join(directory, `${name}.kubeconfig`) })),
      ...options.settings,
    };
    const starting = { directory, settings };
    const fedns = await (clock === null
      ? startWholeFedns(scope, starting)
      : startDrivenFedns(scope, starting, clock));
    const stage = new Stage({ fedns, nowMs, members, authority, scope, annotations });
    const isUp = ({ ready, health }: any): boolean => ready && health.up === clusters;
    await stage.statusIs("every gateway is seen up", isUp, START_BOUND_MS);
    return stage;
  }

  member(name: string): Member {
    const member = this.members.find((one) => one.name === name);
    assert.ok(member !== undefined, name);
    return member;
  }

  /** The API server of the member as it was restored from an old backup: other versions, no history, and nothing in it yet. */
  async restore(name: string): Promise<ApiServer> {
    const member = this.member(name);
    const { token } = member.server;
    member.server = await startMember(this.#scope, this.#authority, name, token);
    member.wire.leadTo(member.server.port);
    return member.server;
  }

  /** The service of all members, in one of them, with this many ready pods. */
  putWeb(name: string, ready: number = PODS): void {
    putWeb(this.member(name), this.#annotations(name), ready);
  }

  /** Asks so often, all at once; returns for each cluster its part of the answers. */
  async shares(count: number): Promise<Shares> {
    const counts = new Map(this.members.map(({ name }) => [name, 0]));
    const owners = new Map(this.members.map(({ name, address }) => [address, name]));
    for (const { answer } of await this.fedns.ask(WEB, count)) {
      assert.equal(answer.length, 1, JSON.stringify(answer));
      const owner = owners.get(answer[0]?.data ?? "") ?? "unknown";
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    return new Map([...counts].map(([name, of]) => [name, of / count]));
  }

  async ask(name: string): Promise<Message> {
    const [message] = await this.fedns.ask(name, 1);
    assert.ok(message !== undefined);
    return message;
  }

  /** Asks until the shares are as expected; returns how long it took in ms. */
  async eventually(
    claim: string,
    count: number,
    isRight: (shares: Shares) => boolean,
    withinMs: number = 15_000,
  ): Promise<number> {
    const startMs = this.nowMs();
    for (;;) {
      const shares = await this.shares(count);
      const tookMs = this.nowMs() - startMs;
      if (isRight(shares)) return tookMs;
      assert.ok(
        tookMs < withinMs,
        `not within ${withinMs} ms: ${claim}; shares ${JSON.stringify([...shares])}`,
      );
      await this.fedns.pass();
    }
  }

  /** Its share returns in four steps of a second each, up to `full`. */
  async ramps(name: string, full: number): Promise<void> {
    const seen: { readonly atMs: number; readonly share: number }[] = [];
    await this.eventually("its share is full again", MANY, (shares) => {
      const share = shares.get(name) ?? 0;
      if (share > 0) seen.push({ atMs: this.nowMs(), share });
      return share > full - 0.03;
    });
    const told = JSON.stringify(seen);
    const [first, last] = [seen[0], seen.at(-1)];
    assert.ok(first !== undefined && last !== undefined && first.share < full * 0.6, told);
    assert.ok(last.atMs - first.atMs > 2_000, told);
    for (const [i, { share }] of seen.entries()) assert.ok(share > (seen[i - 1]?.share ?? 0) - 0.1, told);
  }

  async statusIs(claim: string, isRight: (status: any) => boolean, withinMs: number = 15_000): Promise<any> {
    const startMs = this.nowMs();
    for (;;) {
      const status = await this.fedns.status();
      // Nothing of control is there before it has reported once.
      if (status.health != null && isRight(status)) return status;
      const { health, steering } = status;
      assert.ok(
        this.nowMs() - startMs < withinMs,
        `not within ${withinMs} ms: ${claim}; ${JSON.stringify({ health, steering })}`,
      );
      await this.fedns.pass();
    }
  }
}

async function startMember(
  scope: Scope,
  authority: Authority,
  name: string,
  token?: string,
): Promise<ApiServer> {
  const server = await startApiServer({
    name,
    authority,
    nodes: [{ name: `${name}-1`, region: name }],
    ...(token === undefined ? {} : { token }),
  });
  atEnd(scope, () => server.close());
  server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
  return server;
}

function putWeb(
  { server, address }: Member,
  annotations: Readonly<Record<string, string>>,
  ready: number = PODS,
): void {
  putService(server, { name: "web", address, ready, annotations: { ...PROBED, ...annotations } });
}

export type ServiceShape = {
  readonly name: string;
  readonly address: string;
  readonly ready: number;
  readonly annotations: Readonly<Record<string, string>>;
};

/** In the namespace demo. */
export function putService(
  { objects }: ApiServer,
  { name, address, ready, annotations }: ServiceShape,
): void {
  const metadata = { name, namespace: "demo" };
  objects.put({
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, annotations: { ...annotations } },
    // A class that the sandbox gives no addresses of its own to.
    spec: { type: "LoadBalancer", loadBalancerClass: "test.example/own", ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  });
  objects.put({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: Array.from({ length: PODS }, (_, i) => ({
      addresses: [`10.0.0.${i + 1}`],
      conditions: { ready: i < ready },
    })),
    ports: [{ port: 80 }],
  });
}

export function isNear(value: number | undefined, expected: number, by: number = 0.08): boolean {
  return value !== undefined && Math.abs(value - expected) <= by;
}
