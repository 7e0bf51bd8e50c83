/** `fedns describe` and `fedns events` against API servers. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { cells, type EverywhereRig, PLAIN_DISCOVERY, startEverywhere, startPlainServer, web } from "./rig.ts";

const SHOP = ["-n", "shop"] as const;
const ESC = "\u001B";

const event = (name: string, message: string, changes: object): object => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { namespace: "shop", name },
  involvedObject: { kind: "Secret", namespace: "shop", name: "token" },
  type: "Normal",
  reason: "Seen",
  message,
  ...changes,
});

describe("fedns describe", () => {
  const scope = suiteScope();
  let rig: EverywhereRig;

  before(async () => {
    rig = await startEverywhere(scope);
    rig.put("m1", web("web"));
    rig.put("m2", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        namespace: "shop",
        name: "token",
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"czNjcjN0"}}',
          note: "x",
        },
      },
      data: { a: "czNjcjN0" },
    });
    await rig.member("m1").settled();
    rig.put("m2", event("mine", "it is read", { count: 3, lastTimestamp: new Date().toISOString() }));
    rig.put(
      "m2",
      event("former", "of another", {
        involvedObject: { kind: "Secret", namespace: "shop", name: "token", uid: "gone" },
      }),
    );
  });

  it("shows the object of each member that has it, with its Events below", async () => {
    const { out, err, code } = await rig.fedns("describe", "deployment", "web", ...SHOP);
    assert.deepEqual([err, code], ["", 0]);
    const [heading, ...rest] = out.split("\n");
    assert.equal(heading, "CLUSTER m1: Deployment shop/web");
    const parts = rest.filter((line) => /^\w/.test(line));
    assert.deepEqual(parts, ["metadata:", "spec:", "status:", "Events:"]);
    assert.match(out, /\nEvents:\n {2}LAST SEEN +TYPE +REASON +FROM +MESSAGE\n[^\n]+ScalingReplicaSet/);
    assert.match(out, /\nstatus:\n[^]*readyReplicas: 1\n/);
  });

  it("shows no value of a Secret, and only Events about the object that is there now", async () => {
    const { out } = await rig.fedns("describe", "secret/token", ...SHOP);
    assert.doesNotMatch(out, /czNjcjN0|last-applied/);
    assert.match(out, /\ndata:\n {2}a: 6 bytes\n/);
    assert.match(out, /\n {4}note: x\n/);
    assert.match(out, /\(x3\) +Normal +Seen +<none> +it is read\n$/);
    assert.doesNotMatch(out, /of another/);
  });

  it("says where there is no such object", async () => {
    const { out, err, code } = await rig.fedns("describe", "secret", "none", ...SHOP);
    assert.equal(
      err,
      "fedns: there is no secret none in the namespace shop in any of the 2 clusters that answered\n",
    );
    assert.deepEqual([out, code], ["", 1]);
    assert.equal((await rig.fedns("describe", "secret", ...SHOP)).code, 2);
  });

  it("shows nothing of a member that moves the cursor", async () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "c", uid: "u", resourceVersion: "1" },
      data: { note: `${ESC}[2J\u009B31m`, [`${ESC}k`]: `a\n${ESC}b` },
    };
    const events = [
      {
        metadata: { namespace: "shop", name: "e", uid: "e", resourceVersion: "1" },
        reason: `R${ESC}`,
        message: `first\r\n${ESC}[1Asecond`,
      },
    ];
    const plain = await startPlainServer(scope, {
      ...PLAIN_DISCOVERY,
      "/api/v1/namespaces/shop/configmaps/c": object,
      "/api/v1/namespaces/shop/events": {
        kind: "EventList",
        metadata: { resourceVersion: "1" },
        items: events,
      },
    });
    await rig.addContext("plain", plain);
    rig.declare("plain", { apiEndpoint: plain });
    for (const args of [["describe", "configmap", "c"], ["events"]]) {
      const { out, code } = await rig.fedns(...args, ...SHOP, "--clusters", "plain");
      assert.doesNotMatch(out, /[^\P{Cc}\n]/u);
      assert.match(out, /first \?\[1Asecond\n/);
      assert.equal(code, 0);
    }
  });
});

describe("fedns events", () => {
  const scope = suiteScope();
  let rig: EverywhereRig;
  const at = (second: number): string => `2026-01-01T00:00:0${second}Z`;

  before(async () => {
    rig = await startEverywhere(scope);
    rig.put("m1", event("e1", "third", { lastTimestamp: at(3) }));
    rig.put("m2", event("e2", "first", { eventTime: `${at(1).slice(0, -1)}.000000Z`, lastTimestamp: null }));
    rig.put(
      "m2",
      event("e3", "fourth", {
        lastTimestamp: at(0),
        series: { count: 2, lastObservedTime: `${at(4).slice(0, -1)}.000000Z` },
      }),
    );
    rig.put(
      "m1",
      event("e4", "second", {
        firstTimestamp: at(2),
        involvedObject: { kind: "Pod", namespace: "shop", name: "p" },
      }),
    );
  });

  const messages = async (...args: readonly string[]): Promise<string[]> =>
    cells((await rig.fedns("events", ...args)).out)
      .slice(1)
      .map((row) => `${row[0]} ${row.at(-1)}`);

  it("shows those of all members in the order of time", async () => {
    assert.deepEqual(await messages(...SHOP), ["m2 first", "m1 second", "m1 third", "m2 fourth"]);
    const { out } = await rig.fedns("events", "-A");
    assert.deepEqual(cells(out)[0], [
      "CLUSTER",
      "NAMESPACE",
      "LAST SEEN",
      "TYPE",
      "REASON",
      "OBJECT",
      "MESSAGE",
    ]);
  });

  it("shows those about one object", async () => {
    assert.deepEqual(await messages(...SHOP, "--for", "pod/p"), ["m1 second"]);
    assert.deepEqual(await messages("-A", "--for", "po/p"), ["m1 second"]);
    const { err, code } = await rig.fedns("events", ...SHOP, "--for", "pod");
    assert.match(err, /is no KIND\/NAME/);
    assert.equal(code, 2);
  });

  it("says where there are none", async () => {
    const { out, err, code } = await rig.fedns("events", "-n", "quiet");
    assert.deepEqual([out, err, code], ["", "fedns: there are no events in quiet\n", 0]);
  });
});
