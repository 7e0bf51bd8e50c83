/** A federation with everything real but the distance: API servers behind wires, gateways at their addresses, `fedns serve`, a client. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { type Authority, createAuthority } from "../../src/sandbox/tls/authority.ts";
import { UdpClient } from "../answer/serve/udp-client.ts";
import { decode, type Message } from "../support/decode.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { encodeQuery } from "../support/query.ts";
import { until } from "../support/until.ts";
import { Gateway, GATEWAY_PORT } from "./gateway.ts";
import { Wire } from "./wire.ts";

export const WEB = "web.demo.myfed.svc.example.com";
/** Endpoints behind each service. */
export const PODS = 4;
export const INTERVAL_MS = 1_000;
export const FALL = 2;
/** With so many answers, a share of a half is known to 0.08 (four standard deviations). */
export const MANY = 600;
const A = 1;

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
/** The pause between two checks: control runs at low priority and must get its turn. */
const LOOK_MS = 40;

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

export class Stage {
  readonly fedns: Fedns;
  readonly members: readonly Member[];
  readonly client: UdpClient;
  readonly #authority: Authority;
  readonly #scope: Scope;
  readonly #annotations: (cluster: string) => Readonly<Record<string, string>>;
  #id = 0;

  private constructor(parts: {
    readonly fedns: Fedns;
    readonly members: readonly Member[];
    readonly client: UdpClient;
    readonly authority: Authority;
    readonly scope: Scope;
    readonly annotations: (cluster: string) => Readonly<Record<string, string>>;
  }) {
    this.fedns = parts.fedns;
    this.members = parts.members;
    this.client = parts.client;
    this.#authority = parts.authority;
    this.#scope = parts.scope;
    this.#annotations = parts.annotations;
  }

  /** Resolves when every gateway was seen up. */
  static async open(scope: Scope, options: StageOptions): Promise<Stage> {
    const { number, clusters, annotations = () => ({}) } = options;
    const authority = await createAuthority();
    const directory = await temporaryFolder(scope);
    const members: Member[] = [];
    for (let i = 0; i < clusters; i++) {
      const name = String.fromCharCode(97 + i);
      const address = `198.18.${number * 16 + i}.1`;
      const server = await startMember(scope, authority, name);
      const wire = await Wire.lay(scope, server.port);
      const gateway = await Gateway.open(scope, address);
      const kubeconfig = server.kubeconfig().replace(`:${server.port}`, `:${wire.port}`);
      await writeFile(join(directory, `${name}.kubeconfig`), kubeconfig, { mode: 0o600 });
      members.push({ name, address, server, wire, gateway });
    }
    for (const member of members) putWeb(member, annotations(member.name));
    const fedns = await startFedns(scope, {
      directory,
      settings: {
        ...SETTINGS,
        serve: { drainSeconds: 0, workers: 1 },
        clusters: members.map(({ name }) => ({ name, kubeconfig: join(directory, `${name}.kubeconfig`) })),
        ...options.settings,
      },
      waitReady: false,
    });
    const client = await UdpClient.open(scope, fedns);
    const stage = new Stage({ fedns, members, client, authority, scope, annotations });
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
    for (const { answer } of await this.#burst(WEB, count)) {
      assert.equal(answer.length, 1, JSON.stringify(answer));
      const owner = owners.get(answer[0]?.data ?? "") ?? "unknown";
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    return new Map([...counts].map(([name, of]) => [name, of / count]));
  }

  async ask(name: string): Promise<Message> {
    const [message] = await this.#burst(name, 1);
    assert.ok(message !== undefined);
    return message;
  }

  async #burst(name: string, count: number): Promise<Message[]> {
    const { client } = this;
    client.replies.length = 0;
    const first = this.#id;
    for (let i = 0; i < count; i++) {
      this.#id = (this.#id + 1) & 0xffff;
      client.send(encodeQuery({ name, type: A, id: this.#id }));
    }
    await until(`${count} answers from ${first} on`, () => client.replies.length >= count, 10_000);
    return client.replies.map(({ bytes }) => decode(bytes));
  }

  /** Asks until the shares are as expected; returns how long it took in ms. */
  async eventually(
    claim: string,
    count: number,
    isRight: (shares: Shares) => boolean,
    withinMs: number = 15_000,
  ): Promise<number> {
    const startMs = performance.now();
    for (;;) {
      const shares = await this.shares(count);
      const tookMs = performance.now() - startMs;
      if (isRight(shares)) return tookMs;
      assert.ok(
        tookMs < withinMs,
        `not within ${withinMs} ms: ${claim}; shares ${JSON.stringify([...shares])}`,
      );
      await delay(LOOK_MS);
    }
  }

  /** Its share returns in four steps of a second each, up to `full`. */
  async ramps(name: string, full: number): Promise<void> {
    const seen: { readonly atMs: number; readonly share: number }[] = [];
    await this.eventually("its share is full again", MANY, (shares) => {
      const share = shares.get(name) ?? 0;
      if (share > 0) seen.push({ atMs: performance.now(), share });
      return share > full - 0.03;
    });
    const told = JSON.stringify(seen);
    const [first, last] = [seen[0], seen.at(-1)];
    assert.ok(first !== undefined && last !== undefined && first.share < full * 0.6, told);
    assert.ok(last.atMs - first.atMs > 2_000, told);
    for (const [i, { share }] of seen.entries()) assert.ok(share > (seen[i - 1]?.share ?? 0) - 0.1, told);
  }

  async statusIs(claim: string, isRight: (status: any) => boolean, withinMs: number = 15_000): Promise<any> {
    const startMs = performance.now();
    for (;;) {
      const status = await this.fedns.status();
      // Nothing of control is there before it has reported once.
      if (status.health != null && isRight(status)) return status;
      const { health, steering } = status;
      assert.ok(
        performance.now() - startMs < withinMs,
        `not within ${withinMs} ms: ${claim}; ${JSON.stringify({ health, steering })}`,
      );
      await delay(LOOK_MS);
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
