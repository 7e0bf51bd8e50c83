/** A fedns that answers a steady stream of queries while its configuration file changes, and what is seen of it from outside. */
import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { type Clusters, startClusters } from "../../support/clusters.ts";
import type { Message } from "../../support/decode.ts";
import { a, type FakeResolver, reply, startFakeResolver } from "../../support/fake-resolver.ts";
import { DEFAULTS, type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { type Load, startLoad } from "../../support/load.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { HELLO, LOOK_AGAIN_MS } from "../supervise/whole.ts";

export const A = 1;
export const TXT = 16;
export const CHAOS = 3;
const ZONE = `$TTL 60
@ SOA ns.example.net. hostmaster.example.net. 1 3600 900 86400 60
@ NS ns.example.net.
www A 192.0.2.80
`;

export type Settings = Readonly<Record<string, any>>;

export class Rig {
  readonly scope: Scope;
  readonly directory: string;
  readonly clusters: Clusters;
  readonly resolver: FakeResolver;
  readonly fedns: Fedns;
  readonly client: UdpClient;
  readonly load: Load;
  /** In addition to DEFAULTS, as they are in the file now. */
  settings: Settings;
  #id = 0;

  private constructor(
    parts: Pick<
      Rig,
      "scope" | "directory" | "clusters" | "resolver" | "fedns" | "client" | "load" | "settings"
    >,
  ) {
    ({
      scope: this.scope,
      directory: this.directory,
      clusters: this.clusters,
      resolver: this.resolver,
      fedns: this.fedns,
      client: this.client,
      load: this.load,
      settings: this.settings,
    } = parts);
  }

  static async start(scope: Scope): Promise<Rig> {
    const directory = await temporaryFolder(scope);
    const clusters = await startClusters(scope, directory);
    const resolver = await startFakeResolver((asked) => [
      reply(asked, asked.type === A ? [a(asked.name, 60, "192.0.2.99")] : []),
    ]);
    atEnd(scope, () => resolver.close());
    await mkdir(join(directory, "zones"));
    await writeFile(join(directory, "zones", "example.org.zone"), ZONE);
    const settings = {
      serve: { drainSeconds: 0, workers: 2 },
      clusters: clusters.settings,
      sources: { ingresses: { enabled: true } },
      hosts: [{ suffix: "apps.example.com" }],
    };
    const fedns = await startFedns(scope, { directory, settings });
    const client = await UdpClient.open(scope, fedns);
    const load = await startLoad(scope, { port: fedns.port, name: HELLO, rate: 500 });
    const rig = new Rig({ scope, directory, clusters, resolver, fedns, client, load, settings });
    await rig.becomes("hosts are read", async () => (await rig.ask("shop.apps.example.com")).rcode === 0);
    const target = { cluster: "ap-northeast", service: "shop/legacy", address: null };
    const order = { action: "drain", target, overMs: 0, isForced: true, by: "anna", reason: null };
    await rig.becomes(
      "a drain is accepted",
      async () => (await fedns.command({ command: "order", order })).ok,
    );
    return rig;
  }

  get file(): string {
    return join(this.directory, "fedns.yaml");
  }

  /** Replaces the file by one with these settings too. */
  async write(changed: Settings): Promise<void> {
    this.settings = { ...this.settings, ...changed };
    await writeFile(join(this.directory, "new.yaml"), this.text());
    await rename(join(this.directory, "new.yaml"), this.file);
  }

  /** JSON is YAML. */
  text(changed: Settings = {}): string {
    return JSON.stringify({ ...DEFAULTS, ...this.settings, ...changed });
  }

  async becomes(claim: string, isTrue: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + 30_000;
    while (!(await isTrue())) {
      if (performance.now() > deadlineMs)
        assert.fail(`${claim}; settings: ${JSON.stringify((await this.fedns.status()).settings)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  ask(name: string, type: number = A, options: { class?: number; from?: UdpClient } = {}): Promise<Message> {
    this.#id = (this.#id + 1) & 0xffff;
    const { from = this.client, ...rest } = options;
    return from.ask({ name, type, id: this.#id, ...rest });
  }

  /** A client with this address. */
  clientAt(localAddress: string): Promise<UdpClient> {
    return UdpClient.open(this.scope, { port: this.fedns.port, localAddress });
  }

  async data(name: string, type: number = A): Promise<string[]> {
    return (await this.ask(name, type)).answer.map(({ data }) => data);
  }

  /** Of several answers: clusters are drawn at random. */
  async everyData(name: string): Promise<string[]> {
    const all = [];
    for (let i = 0; i < 12; i++) all.push(...(await this.data(name)));
    return all;
  }

  /** What version.bind says. */
  async version(): Promise<string> {
    return (await this.ask("version.bind", TXT, { class: CHAOS })).answer.map(({ data }) => data).join();
  }

  /** The status of an admin page that is asked for by this name of the server. */
  pageAs(host: string): Promise<number> {
    const started = this.fedns.log.find(({ msg }) => msg === "fedns started");
    const port = Number(/port (\d+)/.exec(String(started?.["admin"]))?.[1]);
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: "/livez", headers: { host }, agent: false };
      const request = get(options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on("error", reject);
    });
  }
}
