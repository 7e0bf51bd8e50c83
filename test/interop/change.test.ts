/** Changes made with kubectl, and the answers that dig gets afterwards. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dataOf, dig, needsDig } from "../support/dig.ts";
import { needs, run, suiteScope } from "../support/programs.ts";
import {
  addresses,
  eventually,
  HELLO_ADDRESSES,
  LOOK_AGAIN_MS,
  putService,
  startWhole,
  type Whole,
} from "../run/supervise/whole.ts";

const GLOBAL = "hello.demo.myfed.svc.example.com.";
const US = "hello.demo.myfed.svc.us-west.example.com";
const US_A = "hello.demo.myfed.svc.a.us-west.example.com";
const ROUNDS = 21;

const needsKubectl = needs("kubectl", "kubernetes-client");
const skip = needsDig.skip || needsKubectl.skip;

describe("kubectl and dig", { skip }, () => {
  const scope = suiteScope();
  let whole: Whole;
  before(async () => {
    whole = await startWhole(scope);
  });

  const kubectl = async (...args: string[]): Promise<void> => {
    const { directory } = whole.fedns;
    const always = [
      "--kubeconfig",
      join(directory, "us-west.kubeconfig"),
      "--cache-dir",
      join(directory, "cache"),
    ];
    const { code, out, err } = await run("kubectl", [...always, "-n", "demo", ...args], {
      timeoutMs: 20_000,
    });
    assert.equal(code, 0, out + err);
  };

  it("agree that a service scaled to zero sends clients up the ladder, and back when it has endpoints again", async () => {
    const usual = await dig(whole.fedns, US_A);
    assert.deepEqual([usual.status, dataOf(usual)], ["NOERROR", HELLO_ADDRESSES]);
    await kubectl("scale", "deployment", "hello", "--replicas=0");
    await eventually(whole.client, US, (data) => data.includes(GLOBAL));
    const climbed = await dig(whole.fedns, US_A);
    for (const [from, to] of [
      [`${US_A}.`, `${US}.`],
      [`${US}.`, GLOBAL],
    ]) {
      assert.ok(climbed.answer.includes(`${from} 30 IN CNAME ${to}`), climbed.text);
    }
    assert.ok(climbed.answer.length > 2, "the chain ends at addresses of another cluster");
    assert.ok(!dataOf(climbed).some((data) => HELLO_ADDRESSES.includes(data)));
    await kubectl("scale", "deployment", "hello", "--replicas=2");
    await eventually(whole.client, US, (data) => data.join() === HELLO_ADDRESSES.join());
  });

  it("agree on an address that the load balancer has changed", async () => {
    const status = { status: { loadBalancer: { ingress: [{ ip: "198.18.7.7" }] } } };
    putService(whole.clusters, "moving", "198.18.7.1");
    const name = "moving.demo.myfed.svc.us-west.example.com";
    await eventually(whole.client, name, (data) => data[0] === "198.18.7.1");
    await kubectl(
      "patch",
      "service",
      "moving",
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify(status),
    );
    await eventually(whole.client, name, (data) => data.join() === "198.18.7.7");
    assert.deepEqual(dataOf(await dig(whole.fedns, name)), ["198.18.7.7"]);
  });

  it("agree that a Service deleted in every cluster has no name", async () => {
    const name = "gone.demo.myfed.svc.example.com";
    putService(whole.clusters, "gone", "198.18.8.1");
    await eventually(whole.client, name, (data) => data.length > 0);
    await kubectl("delete", "service", "gone");
    await eventually(whole.client, name, (data) => data.length === 0);
    const { status, authority } = await dig(whole.fedns, name);
    assert.equal(status, "NXDOMAIN");
    assert.match(authority[0] ?? "", /^example\.com\. 30 IN SOA /);
  });

  it("see a change moments after the API server has accepted it", async (t) => {
    const times: number[] = [];
    const name = "quick.demo.myfed.svc.us-west.example.com";
    for (let round = 1; round <= ROUNDS; round++) {
      putService(whole.clusters, "quick", `198.18.9.${round}`);
      times.push(await eventually(whole.client, name, (data) => data.join() === `198.18.9.${round}`));
    }
    const sorted = times.toSorted((a, b) => a - b);
    const median = sorted[ROUNDS >> 1] ?? 0;
    t.diagnostic(`median ${median.toFixed(1)} ms, slowest ${(sorted.at(-1) ?? 0).toFixed(1)} ms`);
    assert.ok(median < 1_000, `${median} ms`);
  });

  it("continue with a new token once the kubeconfig has it", async () => {
    const { clusters, client, fedns } = whole;
    const server = clusters.server("us-west");
    server.setTokens({ "another-token": "sandbox-admin" });
    server.closeConnections();
    putService(clusters, "hidden", "198.18.10.1");
    const name = "hidden.demo.myfed.svc.us-west.example.com";
    // With a refused token fedns cannot see the change. It reports that and keeps answering what it knows.
    const isRefused = (status: any): boolean =>
      JSON.stringify(status.clusters.find((cluster: any) => cluster.name === "us-west")).includes("401");
    const deadlineMs = performance.now() + 15_000;
    while (!isRefused(await fedns.status())) {
      assert.ok(performance.now() < deadlineMs, "/status never said 401");
      await delay(LOOK_AGAIN_MS);
    }
    assert.deepEqual(await addresses(client, name), []);
    assert.deepEqual(await addresses(client), HELLO_ADDRESSES);
    const file = join(fedns.directory, "us-west.kubeconfig");
    await writeFile(file, server.kubeconfig().replace(server.token, "another-token"));
    await eventually(client, name, (data) => data.join() === "198.18.10.1");
  });
});
