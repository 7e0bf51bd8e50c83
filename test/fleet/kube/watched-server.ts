/** A faulty server, a transport to it, a reflector of its Services, and a mirror of what the sink received. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Clock } from "../../../src/kernel/clock.ts";
import { tlsMaterial, type Credentials } from "../../../src/fleet/kube/credentials.ts";
import { Reflector } from "../../../src/fleet/watch/reflector.ts";
import type { ReflectorOptions } from "../../../src/fleet/watch/reflector-options.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { messageOf } from "../../../src/kernel/error.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { FaultyApiServer, type FaultyOptions } from "../../support/faulty-api-server.ts";
import type { ApiObject } from "../../support/kube-wire.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { until } from "../../support/until.ts";

export const SERVICES = "/api/v1/services";
export type Kept = { readonly color: string; readonly size: number };

export function service(name: string, color: string, padding = ""): ApiObject {
  return { metadata: { namespace: "demo", name }, spec: { color, padding } };
}

export function credentialsFor(url: string, token: () => string | null = () => null): Credentials {
  const tls = tlsMaterial({
    ca: null,
    cert: null,
    key: null,
    passphrase: null,
    servername: null,
    rejectUnauthorized: true,
    ignoresName: false,
  });
  return {
    server: new URL(url),
    proxy: null,
    identity: url,
    files: [],
    warnings: [],
    tls,
    authenticate: () => {
      const value = token();
      return Promise.resolve({ tls, headers: value === null ? [] : ["authorization", `Bearer ${value}`] });
    },
    renew: () => Promise.resolve(token() !== null),
  };
}

export type Watched = {
  /** The time of all that follows. */
  readonly clock: Clock;
  readonly server: FaultyApiServer;
  readonly transport: Transport;
  readonly reflector: Reflector<Kept>;
  /** The values that the sink received, by key. */
  readonly mirror: Map<string, Kept>;
  /** The keys that the sink received, in order. */
  readonly told: string[];
  readonly syncs: () => number;
  /** What failed, in order. */
  readonly troubles: string[];
  readonly stop: () => Promise<void>;
};
export type WatchedOptions = FaultyOptions & {
  /** Default: one that follows real time, however busy the machine is. */
  readonly clock?: Clock;
  readonly reflector?: Partial<ReflectorOptions<Kept>>;
  readonly prepare?: (server: FaultyApiServer) => void;
};

/** Starts all of it; ends with the test. */
export async function watchServer(t: TestContext, options: WatchedOptions = {}): Promise<Watched> {
  const clock = options.clock ?? patientClock(t);
  const random = Math.random;
  const server = await FaultyApiServer.start({ ...options, clock });
  options.prepare?.(server);
  const transport = new Transport({ clock, random });
  transport.adopt(credentialsFor(server.url));
  const mirror = new Map<string, Kept>();
  const told: string[] = [];
  const troubles: string[] = [];
  let syncs = 0;
  const reflector = new Reflector<Kept>({
    transport,
    resource: { group: "", version: "v1", plural: "services" },
    project,
    equal: (before, after) => before.color === after.color && before.size === after.size,
    sink: {
      onChange(key, value) {
        told.push(key);
        if (value === undefined) mirror.delete(key);
        else mirror.set(key, value);
      },
      onSynced: () => (syncs += 1),
    },
    onTrouble: (error) => troubles.push(messageOf(error)),
    clock,
    random,
    log: silentLog,
    ...options.reflector,
  });
  const abort = new AbortController();
  const running = reflector.run(abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
    transport.close();
    await server.close();
  };
  t.after(stop);
  return { clock, server, transport, reflector, mirror, told, syncs: () => syncs, troubles, stop };
}

export function project(object: unknown): { readonly key: string; readonly value: Kept } | null {
  const { metadata, spec } = JSON.parse(JSON.stringify(object));
  if (spec.color === "hidden") return null;
  if (spec.color === "broken") throw new Error("an unknown colour");
  return { key: metadata.name, value: { color: spec.color, size: spec.padding.length } };
}

export function truthOf(server: FaultyApiServer): Map<string, Kept> {
  const kept = [...server.truth(SERVICES).values()].map(project).filter((entry) => entry !== null);
  return new Map(kept.map(({ key, value }) => [key, value]));
}

/** Waits until the mirror and the store equal the server's truth. */
export async function seesTruth(watched: Watched, withinMs?: number): Promise<void> {
  const { server, mirror, reflector } = watched;
  const isTrue = (): boolean => {
    const truth = truthOf(server);
    return truth.size === mirror.size && [...truth].every(([key, value]) => isSame(mirror.get(key), value));
  };
  await until("the mirror equals the truth", isTrue, withinMs);
  assert.equal(reflector.store.size, mirror.size);
}

function isSame(a: Kept | undefined, b: Kept): boolean {
  return a !== undefined && a.color === b.color && a.size === b.size;
}

export async function isWatching(watched: Watched, withinMs?: number): Promise<void> {
  await until(
    "the watch stands",
    () => watched.server.openWatches > 0 && watched.reflector.health.state === "watching",
    withinMs,
  );
}

/** The promise: changes are seen again this long after the server answers again. */
export const BLIND_MAX_MS: number = 1_000;

/** The watch runs and the mirror equals the truth. */
export async function isInSync(watched: Watched, withinMs?: number): Promise<void> {
  await isWatching(watched, withinMs);
  await seesTruth(watched, withinMs);
}

export async function watchReturns(watched: Watched, claim: string): Promise<void> {
  const startMs = watched.clock.nowMs();
  await until(claim, () => watched.reflector.health.state === "watching" && watched.server.openWatches > 0);
  const blindMs = watched.clock.nowMs() - startMs;
  assert.ok(blindMs <= BLIND_MAX_MS, `blind for ${blindMs} ms after the server answered again`);
}

export function withServices(count: number): Pick<WatchedOptions, "prepare"> {
  return {
    prepare: (server: FaultyApiServer) => {
      for (let index = 0; index < count; index += 1) server.put(SERVICES, service(`s${index}`, "red"));
    },
  };
}
