/** One life of the control process in memory: orders, health, traffic and the pipeline, over a picture that outlives it. */
import { type Pipeline, openPipeline } from "../../../src/run/control/pipeline.ts";
import { generatedZones } from "../../../src/federation/zones/generated-zones.ts";
import { readSettings } from "../../../src/run/config/config.ts";
import { parseAddress } from "../../../src/federation/members/address.ts";
import { NO_ANNOTATIONS, type Annotations } from "../../../src/federation/members/backend.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { bad, GOOD } from "../../../src/traffic/probe/outcome.ts";
import { isPool, poolOf } from "../../../src/picture/content/decode.ts";
import { recordsOf, SERVICES } from "../../../src/picture/format/table.ts";
import { Picture } from "../../../src/picture/format/picture.ts";
import { storeOf } from "../../support/worker-context.ts";
import { admit } from "../../support/admit.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import type { TestPicture } from "../../support/picture.ts";

export const CLUSTERS: readonly string[] = ["us-west", "eu-central"];

export type Life = Pipeline & {
  readonly clock: FakeClock;
  /** Of an address in the picture: 0 to 255. */
  readonly health: (address: string) => number | null;
  readonly put: (cluster: string, key: string, backend: Put) => void;
  readonly force: (verdict: "up" | "down" | "none", target: Partial<Target>) => void;
};

type Put = {
  readonly ready?: number;
  readonly addresses: readonly string[];
  readonly says?: Annotations["values"];
  /** Those of `addresses` that a tenant wrote, and that lead inside a network. */
  readonly tenants?: readonly string[];
};
type Target = { readonly cluster: string; readonly service: string | null; readonly address: string | null };

export type LifeOptions = {
  readonly picture: TestPicture;
  /** The state directory. */
  readonly folder: string;
  /** Addresses that no probe gets an answer from. */
  readonly dead?: ReadonlySet<string>;
  /** Probes of the settings, of all Services. */
  readonly probe?: string;
  /** Hears of each address that is asked. */
  readonly onProbe?: (address: string) => void;
};

export async function live({
  picture,
  folder,
  dead = new Set(),
  onProbe,
  probe,
}: LifeOptions): Promise<Life> {
  const clock = new FakeClock();
  const read = readSettings(
    {
      federations: [{ name: "myfed", domain: "example.com" }],
      nameservers: [{ name: "ns1.example.com", addresses: ["192.0.2.53"] }],
      clusters: CLUSTERS.map((name) => ({ name, kubeconfig: `./${name}` })),
      health: {
        guardShare: 1,
        concurrency: 16,
        probes: probe === undefined ? [] : [{ service: "*/*", probe }],
      },
    },
    "/fedns.yaml",
  );
  if ("issues" in read) throw new Error(JSON.stringify(read.issues));
  const { config } = read;
  const pipeline = await openPipeline({
    config,
    inForce: () => config,
    store: storeOf(picture),
    zones: { zones: generatedZones(config), retained: [] },
    prober: (_, address) => {
      onProbe?.(address);
      return Promise.resolve(dead.has(address) ? bad("refused") : GOOD);
    },
    ordersPath: `${folder}/orders.json`,
    healthPath: `${folder}/health.json`,
    placesPath: null,
    clock,
    random: () => 0.5,
    log: silentLog,
  });
  admit(pipeline, config);
  const { federation, orders, publisher } = pipeline;
  const put: Life["put"] = (cluster, key, { ready = 1, addresses, says, tenants = [] }) => {
    const annotations =
      says === undefined ? NO_ANNOTATIONS : { createdAt: "2026-01-01T00:00:00Z", values: says };
    const values = addresses.flatMap((address) => parseAddress(address)?.value ?? []);
    const ipv4 = values.filter((value) => typeof value === "number");
    const ipv6 = values.filter((value) => typeof value === "string");
    const wantedEndpoints = Math.max(1, ready);
    const unprobed = new Set(tenants.flatMap((one) => parseAddress(one)?.value ?? []));
    federation.setBackend(cluster, key, {
      readyEndpoints: ready,
      wantedEndpoints,
      annotations,
      ipv4,
      ipv6,
      ...(unprobed.size > 0 && { unprobed }),
    });
    publisher.flush();
  };
  const force: Life["force"] = (verdict, about) => {
    const target = { cluster: "us-west", service: null, address: null, ...about };
    const annotations = { by: "anna", reason: null, isForced: true };
    orders.obey({ action: "force", target, verdict, forMs: null, ...annotations });
    publisher.flush();
  };
  const health = (address: string): number | null => healthIn(picture, address);
  return { ...pipeline, clock, health, put, force };
}

/** Stops its timers and probes. */
export async function end({ tracker, orders }: Life): Promise<void> {
  orders.stop();
  await tracker.close();
}

function healthIn({ memory }: TestPicture, text: string): number | null {
  const address = parseAddress(text)?.value;
  for (const at of recordsOf(memory.u32, SERVICES)) {
    if (!isPool(memory, at)) continue;
    for (const { firstEndpoint, ipv4, ipv6 } of poolOf(memory, at).members) {
      const place = [...ipv4, ...ipv6].findIndex((one) => one === address);
      if (place >= 0) return new Picture(memory).health(firstEndpoint + place);
    }
  }
  return null;
}
