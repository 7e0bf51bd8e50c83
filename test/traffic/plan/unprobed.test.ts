/** Addresses that a tenant wrote inside a network: answered, never probed, and their owner and the status are told why. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ANY_ADDRESS } from "../../support/address-rules.ts";
import { ClusterView } from "../../../src/fleet/observe/cluster-view.ts";
import type { HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import { projectSlice } from "../../../src/fleet/sources/endpoint-slice.ts";
import { projectService } from "../../../src/fleet/sources/service.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { newPicture } from "../../support/picture.ts";
import { end, type Life, live } from "../orders/life.ts";

const KEY = "demo/hello";
const [INSIDE, BALANCER] = ["10.0.0.1", "10.0.0.2"];
const says = {
  "fedns.io/probe": "tcp://:443",
  "fedns.io/probe-interval": "1s",
  "fedns.io/probe-timeout": "400ms",
};

async function open(t: TestContext): Promise<{ readonly life: Life; readonly asked: Set<string> }> {
  const folder = mkdtempSync(join(tmpdir(), "fedns-life-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const asked = new Set<string>();
  const onProbe = (address: string): void => void asked.add(address);
  const life = await live({ picture: newPicture(), folder, dead: new Set([INSIDE, BALANCER]), onProbe });
  t.after(() => end(life));
  return { life, asked };
}

it("what an earlier run had is probed again, but nothing inside a network whose author is not known yet", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fedns-life-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [asked, picture] = [new Set<string>(), newPicture()];
  const onProbe = (address: string): void => void asked.add(address);
  const options = { picture, folder, onProbe, probe: "tcp://:443" };
  const life = await live(options);
  const PUBLIC = "192.0.2.1";
  life.put("us-west", KEY, { addresses: [INSIDE, BALANCER, PUBLIC], tenants: [INSIDE] });
  await life.clock.advanceAsync(15_000);
  assert.deepEqual([...asked].sort(), [BALANCER, PUBLIC]);
  await end(life);
  asked.clear();
  const next = await live(options);
  t.after(() => end(next));
  next.put("eu-central", KEY, { addresses: [PUBLIC] });
  await next.clock.advanceAsync(15_000);
  assert.deepEqual([...asked].sort(), [BALANCER, PUBLIC]);
});

it("from the Service to the probe: externalIPs inside a network are not asked, a load balancer there is", async (t) => {
  const { life, asked } = await open(t);
  const view = new ClusterView({
    cluster: "us-west",
    federation: life.federation,
    hostnames: { watch: () => () => undefined } as unknown as HostnameResolver,
    addresses: ANY_ADDRESS,
    onAlias: () => undefined,
    log: silentLog,
  });
  view.open();
  const filter = {
    namespaces: [],
    externalIPs: true,
    balancerHostnames: "resolve",
    readsExternalDns: true,
    readsInternalHostnames: false,
  } as const;
  const set = (spec: unknown, ip: string): void => {
    const metadata = { namespace: "demo", name: "hello", annotations: says };
    const status = { loadBalancer: { ingress: [{ ip }] } };
    view.setService(KEY, projectService(filter)({ metadata, spec, status })?.value);
  };
  const slice = {
    metadata: { namespace: "demo", name: "hello-1", labels: { "kubernetes.io/service-name": "hello" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.244.0.1"], conditions: { ready: true } }],
  };
  view.setSlice("demo/hello-1", projectSlice(slice, { cluster: "us-west", countsRemote: false })?.value);
  set({ type: "LoadBalancer", externalIPs: [INSIDE] }, BALANCER);
  await life.clock.advanceAsync(5000);
  assert.deepEqual([...asked], []);
  set({ type: "LoadBalancer" }, BALANCER);
  await life.clock.advanceAsync(5000);
  assert.deepEqual([...asked], [BALANCER]);
});

describe("an address that a tenant wrote inside a network", () => {
  it("is answered and not probed, beside one that is", async (t) => {
    const { life, asked } = await open(t);
    life.put("us-west", KEY, { addresses: [INSIDE, BALANCER], says, tenants: [INSIDE] });
    await life.clock.advanceAsync(60_000);
    assert.deepEqual([...asked], [BALANCER]);
    assert.equal(life.health(INSIDE), 255);
    assert.deepEqual(life.planner.status.problems, [
      {
        object: "service demo/hello in us-west",
        message:
          "10.0.0.1: not probed: a tenant wrote it, and it leads inside a network; answered all the same; if it may be probed, name its network in addresses.allow of the cluster, with the others that it announces",
      },
    ]);
  });

  it("is probed from when a controller announces it, and not any more when a tenant does again", async (t) => {
    const { life, asked } = await open(t);
    for (const tenants of [[INSIDE], [], [INSIDE]]) {
      asked.clear();
      life.put("us-west", KEY, { addresses: [INSIDE], says, tenants });
      await life.clock.advanceAsync(5000);
      assert.equal(asked.size, tenants.length === 0 ? 1 : 0);
      assert.equal(life.planner.status.problems.length, tenants.length);
    }
  });

  it("is not told of where no probe is wanted, or nothing is ready", async (t) => {
    const { life } = await open(t);
    life.put("us-west", KEY, { addresses: [INSIDE], tenants: [INSIDE] });
    life.put("us-west", "demo/other", { ready: 0, addresses: [INSIDE], says, tenants: [INSIDE] });
    assert.deepEqual(life.planner.status.problems, []);
  });

  it("is told of with three addresses and a count", async (t) => {
    const { life } = await open(t);
    const tenants = Array.from({ length: 9 }, (_, i) => `10.0.0.${i + 1}`);
    life.put("us-west", KEY, { addresses: tenants, says, tenants });
    assert.match(
      life.planner.status.problems[0]?.message ?? "",
      /^10\.0\.0\.1, 10\.0\.0\.2, 10\.0\.0\.3 and 6 more: /,
    );
  });
});
