/** A store of ConfigMaps that is listed in pages, as an API server on etcd does it, with changes and compactions between the pages. */
import { OperationalError } from "../../../src/kernel/error.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import type { ApiReply } from "../../../src/fleet/kube/api-response.ts";
import { type RequestOptions, Transport } from "../../../src/fleet/kube/transport.ts";
import { listAll } from "../../../src/fleet/list/list.ts";
import type { PageSize } from "../../../src/fleet/list/page-size.ts";
import { Intake } from "../../../src/fleet/watch/intake.ts";
import { Room, type RoomLimits } from "../../../src/fleet/watch/room.ts";
import { Store } from "../../../src/fleet/watch/store.ts";
import { list } from "../../../src/sandbox/api/list.ts";
import { builtinResources } from "../../../src/sandbox/kinds/builtin.ts";
import { ApiError } from "../../../src/sandbox/object/status.ts";
import { ObjectStore } from "../../../src/sandbox/store/store.ts";

/** Pauses are over at once. */
const hasty: Clock = {
  ...systemClock,
  after(_, action) {
    const waiting = setImmediate(action);
    return () => clearImmediate(waiting);
  },
};

const [CONFIGMAPS] = builtinResources.filter(({ plural }) => plural === "configmaps");

export class PagedStore extends Transport {
  readonly store: ObjectStore = new ObjectStore({ firstVersion: 1, historyChanges: 10_000 });
  /** Pages of more objects are too long. */
  pageMax = 3;
  /** The limits that were asked for. */
  readonly limits: (number | null)[] = [];
  readonly tokens: (string | null)[] = [];
  /** Every token has expired, and another one is offered. */
  expiresAll = false;
  /** Called before each page is read. */
  between: (page: number) => void = () => undefined;
  /** False: as servers that offer no token for the rest. */
  offersRest = true;
  /** Called before each page, and may throw. */
  fault: (limit: number) => void = () => undefined;

  constructor() {
    super({ clock: hasty, random: Math.random });
  }

  put(name: string, value: string): void {
    const metadata = { namespace: "demo", name, uid: name, creationTimestamp: "2026-01-01T00:00:00Z" };
    this.store.write(
      CONFIGMAPS as never,
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } } as never,
    );
  }

  remove(name: string): void {
    const object = this.store.get(CONFIGMAPS as never, `demo/${name}`);
    if (object !== undefined) this.store.remove(CONFIGMAPS as never, object);
  }

  get truth(): ReadonlyMap<string, string> {
    return new Map(
      this.store.objects(CONFIGMAPS as never).map((object: any) => [object.metadata.name, object.data.value]),
    );
  }

  override async request({ query = {} }: RequestOptions): Promise<ApiReply> {
    const limit = query["limit"] === undefined ? null : Number(query["limit"]);
    this.limits.push(limit);
    this.tokens.push(query["continue"] === undefined ? null : String(query["continue"]));
    this.fault(limit ?? Infinity);
    if (limit !== null && limit > this.pageMax) throw new OperationalError("KUBE_BODY_TOO_LARGE", "too long");
    this.between(this.limits.length);
    if (this.expiresAll && query["continue"] !== undefined)
      throw kubeErrorOf(410, {}, { reason: "Expired", metadata: { continue: `${this.limits.length}` } });
    const entries = Object.entries(query).filter(([, value]) => value !== undefined);
    const parameters = new URLSearchParams();
    for (const [name, value] of entries) parameters.set(name, String(value));
    try {
      const target = { resource: CONFIGMAPS, namespace: "", name: "" };
      const json: unknown = list(this.store, target as never, parameters);
      const octets = JSON.stringify(json).length;
      return { status: 200, headers: {}, json: JSON.parse(JSON.stringify(json)), identity: "", octets };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const status = this.offersRest ? error.status : { ...error.status, metadata: {} };
      throw kubeErrorOf(error.code, {}, status);
    }
  }

  /** Events after `version`, as a watch has them. */
  eventsAfter(version: string): Parameters<Intake<string>["take"]>[0][] {
    const changes = this.store.changesSince(Number(version), CONFIGMAPS as never);
    if (changes === undefined) throw new Error("compacted");
    return changes.map(({ kind, object, version: at }) => ({
      identity: `${object.metadata.namespace}/${object.metadata.name}`,
      resourceVersion: String(at),
      isDeleted: kind === "DELETED",
      object,
    }));
  }
}

export type Reader = {
  readonly intake: Intake<string>;
  /** What is kept, by name. */
  readonly kept: Map<string, string>;
  /** What the sink was told, "name=value" or "name gone". */
  readonly told: string[];
  readonly room: Room;
  /** Lists, and returns the version to watch from. */
  readonly read: (pageSize?: PageSize) => Promise<string>;
};

export function readerOf(
  server: PagedStore,
  limits: RoomLimits = { objects: Infinity, octets: Infinity },
): Reader {
  const kept = new Map<string, string>();
  const told: string[] = [];
  const sink = {
    onChange(key: string, value: string | undefined): void {
      told.push(value === undefined ? `${key} gone` : `${key}=${value}`);
      if (value === undefined) kept.delete(key);
      else kept.set(key, value);
    },
    onSynced: () => undefined,
  };
  const room = new Room(() => limits);
  const store = new Store<string>({ sink, equal: Object.is, log: silentLog });
  const project = ({ metadata, data }: any): { readonly key: string; readonly value: string } => ({
    key: metadata.name,
    value: data.value,
  });
  const intake = new Intake({
    store,
    project: (object) => project(object),
    share: room.share(),
    path: "/api/v1/configmaps",
    log: silentLog,
  });
  const read = async (pageSize?: PageSize): Promise<string> => {
    const { resourceVersion } = await listAll({
      transport: server,
      path: "/api/v1/configmaps",
      query: {},
      signal: new AbortController().signal,
      onStart: () => intake.startList(),
      onPage: (page) => intake.takePage(page),
      onceMore: { onPage: (page) => intake.takeNewer(page), onGone: (identity) => intake.drop(identity) },
      ...(pageSize !== undefined && { pageSize }),
    });
    intake.endList();
    return resourceVersion;
  };
  return { intake, kept, told, room, read };
}
