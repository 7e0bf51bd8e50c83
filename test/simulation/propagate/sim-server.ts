/**
 * One API server without a socket: the sandbox's request handling over its store. Whoever causes a change is known, and a backup of
 * any earlier version can be restored: the changes up to it are made once more, which gives the same versions.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { silentLog } from "../../../src/kernel/log.ts";
import { AccessControl } from "../../../src/sandbox/access/access.ts";
import { WebhookTable } from "../../../src/sandbox/admission/webhooks.ts";
import { type ApiContext, handle } from "../../../src/sandbox/api/handler.ts";
import { ContainerLogs } from "../../../src/sandbox/api/log.ts";
import { garbageController } from "../../../src/sandbox/controllers/garbage.ts";
import { namespaceController } from "../../../src/sandbox/controllers/namespaces.ts";
import { type FaultEffect, FaultTable } from "../../../src/sandbox/faults/fault-table.ts";
import { HttpExchange } from "../../../src/sandbox/http/exchange.ts";
import { builtinResources } from "../../../src/sandbox/kinds/builtin.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { administrator } from "../../../src/sandbox/object/user.ts";
import type { Controller } from "../../../src/sandbox/reconcile/loop.ts";
import { AddressAllocator } from "../../../src/sandbox/store/allocator.ts";
import { type Change, HISTORY_CHANGES } from "../../../src/sandbox/store/history.ts";
import { ObjectClient } from "../../../src/sandbox/store/objects.ts";
import { type ApiResource, ResourceTable } from "../../../src/sandbox/store/resource.ts";
import { ObjectStore } from "../../../src/sandbox/store/store.ts";
import { ObjectWriter } from "../../../src/sandbox/store/writer.ts";
import { TokenIssuer } from "../../../src/sandbox/tls/token.ts";
import type { Chance } from "../chance.ts";
import { incoming, type Receiver, SimResponse, type WireRequest } from "./exchange.ts";
import type { Life, SimTime } from "./sim-time.ts";

/** Who sent a request. `instance` null: not fedns. */
export type Caller = {
  readonly who: string;
  readonly instance: string | null;
  readonly sentMs: number;
  readonly request: WireRequest;
};

/** A change of the store. `caller` null: a controller of the cluster. */
export type Written = {
  readonly server: SimServer;
  readonly change: Change;
  readonly caller: Caller | null;
};

export type Answer = { readonly status: number; readonly json: any };

/** Refused connections, silence: what happens to everything that is sent there. */
export type Condition = "up" | "refusing" | "silent";

const FIRST_VERSION = 100;
const NAMESPACES = ["default", "kube-system"];
const CHURN = 300;
const BUSY = { apiVersion: "v1", kind: "Secret", metadata: { name: "busy", namespace: "kube-system" } };

const callers = new AsyncLocalStorage<Caller>();

class ChosenFaults extends FaultTable {
  choose: (caller: Caller) => FaultEffect | undefined = () => undefined;

  override take(): FaultEffect | undefined {
    const caller = callers.getStore();
    return caller === undefined || caller.instance === null ? undefined : this.choose(caller);
  }
}

type ServerOptions = {
  readonly name: string;
  readonly time: SimTime;
  readonly chance: Chance;
  /** False: as before Kubernetes 1.16, without server-side apply. Default: true. */
  readonly hasApply?: boolean;
  /** Besides the built-in ones. */
  readonly resources: readonly ApiResource[];
  readonly onWritten: (written: Written) => void;
};

export class SimServer {
  readonly name: string;
  condition: Condition = "up";
  /** How much longer than usual everything takes. */
  slowMs = 0;
  /** How far watches are behind. */
  lagMs = 0;
  readonly faults: ChosenFaults = new ChosenFaults();
  readonly webhooks: WebhookTable;
  readonly #options: ServerOptions;
  readonly #life: Life;
  readonly #table: ResourceTable;
  readonly #open = new Set<SimResponse>();
  #log: Change[] = [];
  #api: ApiContext;
  objects: ObjectClient;

  constructor(options: ServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#life = options.time.life();
    this.webhooks = new WebhookTable(this.#life.clock, () => []);
    this.#table = new ResourceTable([...builtinResources, ...options.resources]);
    [this.#api, this.objects] = this.#over([]);
    for (const name of NAMESPACES)
      this.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  get hasApply(): boolean {
    return this.#options.hasApply !== false;
  }

  get version(): number {
    return this.objects.version;
  }

  /** Watches from earlier versions get 410. */
  compact(): void {
    this.#api.store.compact();
  }

  /** All connections break. */
  cut(): void {
    for (const response of this.#open) response.destroy();
  }

  /** All watches end as they do after their time. */
  endWatches(): void {
    for (const response of this.#open) if (response.headersSent) response.end();
  }

  /** The version of a backup. Much else is written in a cluster, so that a client that has seen more is far ahead of it. */
  backup(): number {
    const { version } = this;
    for (let i = 0; i < CHURN; i++)
      this.objects.put({
        ...BUSY,
        metadata: { ...BUSY.metadata, annotations: { count: String(version + i) } },
      });
    return version;
  }

  /** The state of an earlier version, as from a backup of etcd. */
  restore(version: number): void {
    this.cut();
    const kept = this.#log.filter((change) => change.version <= version);
    [this.#api, this.objects] = this.#over(kept);
    this.compact();
  }

  serve(caller: Caller, receiver: Receiver): SimResponse {
    const response: SimResponse = new SimResponse(receiver);
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
    const exchange = new HttpExchange(incoming(caller.request), response.asServerResponse, this.#life.clock);
    callers.run(caller, () => void handle(this.#api, exchange));
    return response;
  }

  /** A request that nothing happens to, by a person or a program of the cluster. */
  call(
    who: string,
    method: string,
    path: string,
    body?: object,
    contentType = "application/json",
  ): Promise<Answer> {
    const headers = { accept: "application/json", "user-agent": who, "content-type": contentType };
    const text = body === undefined ? "" : JSON.stringify(body);
    const { nowMs: sentMs } = this.#options.time;
    const caller: Caller = {
      who,
      instance: null,
      sentMs,
      request: { method, url: path, headers, body: text },
    };
    return new Promise((resolve) => {
      let status = 0;
      let answer = "";
      this.serve(caller, {
        onHead: (code) => (status = code),
        onChunk: (chunk) => (answer += chunk),
        onEnd: () => resolve({ status, json: JSON.parse(answer) }),
        onCut: () => resolve({ status: 0, json: null }),
      });
    });
  }

  /** A server whose store has these changes behind it. */
  #over(changes: readonly Change[]): [ApiContext, ObjectClient] {
    const { chance } = this.#options;
    const { clock } = this.#life;
    const store = new ObjectStore({ firstVersion: FIRST_VERSION, historyChanges: HISTORY_CHANGES });
    const allocator = new AddressAllocator();
    const writer = new ObjectWriter(store, this.#table, { clock, random: () => chance.next(), allocator });
    const objects = new ObjectClient(store, this.#table, writer);
    const controllers = [namespaceController(objects, "a certificate"), garbageController(objects)];
    this.#log = [];
    store.subscribe((change) => {
      allocator.note(change);
      this.#log.push(change);
      for (const controller of controllers) this.#reconcile(controller, change, objects);
    });
    for (const { kind, resource, object } of changes)
      if (kind === "DELETED") store.remove(resource, object);
      else store.write(resource, object);
    store.subscribe((change) => {
      this.#options.onWritten({ server: this, change, caller: callers.getStore() ?? null });
    });
    const user = administrator("sandbox-admin");
    const authenticator = { authenticate: () => user, identify: () => undefined, setTokens: () => undefined };
    const api = {
      store,
      table: this.#table,
      writer,
      authenticator,
      access: new AccessControl(objects, "all"),
      issuer: new TokenIssuer(),
      faults: this.faults,
      logs: new ContainerLogs(),
      webhooks: this.webhooks,
      hasApply: this.hasApply,
      watchSettings: { bookmarkIntervalMs: 60_000, expiredAs: "event" as const },
      log: silentLog,
    };
    return [api, objects];
  }

  #reconcile(controller: Controller, change: Change, objects: ObjectClient): void {
    const { chance, time } = this.#options;
    for (const key of controller.keysFor(change))
      time.after(chance.int(1, 300), () => {
        // A restored server has controllers of its own.
        if (objects === this.objects) controller.reconcile(key);
      });
  }

  /** All objects of a kind, by "namespace/name". */
  all(apiVersion: string, kind: string): Map<string, KubeObject> {
    return new Map(
      this.objects
        .list(apiVersion, kind)
        .map((object) => [`${object.metadata.namespace ?? ""}/${object.metadata.name}`, object]),
    );
  }
}
