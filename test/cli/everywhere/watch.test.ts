/** `fedns get --watch` and `fedns events --watch`: what changes in any member, as it comes, until the person has enough. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import {
  cells,
  configMap,
  type EverywhereRig,
  lines,
  PLAIN_DISCOVERY,
  pod,
  startEverywhere,
  startPlainServer,
} from "./rig.ts";

const SHOP = ["-n", "shop", "--host-context", "host"] as const;

const event = (name: string, message: string, time: string): object => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { namespace: "shop", name },
  involvedObject: { kind: "ConfigMap", namespace: "shop", name: "settings" },
  type: "Warning",
  reason: "Changed",
  message,
  lastTimestamp: time,
});

describe("a watch", () => {
  const scope = suiteScope();
  let rig: EverywhereRig;
  const listeners = (): number[] => [process.listenerCount("SIGINT"), process.stdout.listenerCount("error")];
  const namesIn = (text: string): string[] => cells(text).map(([cluster, name]) => `${cluster} ${name}`);

  it("shows the table of all members first, then the changes of each", async () => {
    rig = await startEverywhere(scope);
    rig.put("m1", pod("a"));
    await rig.member("m1").settled();
    const watch = rig.start(["get", "pods", ...SHOP, "--watch"]);
    await watch.says("m1        a");
    rig.put("m2", pod("b"));
    await watch.says("m2        b");
    const code = await watch.interrupt();
    assert.deepEqual([code, watch.complained()], [130, ""]);
    assert.deepEqual([...new Set(namesIn(watch.printed()))], ["CLUSTER NAME", "m1 a", "m2 b"]);
    assert.equal(namesIn(watch.printed()).filter((row) => row === "CLUSTER NAME").length, 1);
  });

  it("goes on after a cut, and lists again what has expired, without telling anything twice", async () => {
    const watch = rig.start(["get", "configmaps", ...SHOP, "--watch"]);
    await watch.says("kube-root-ca.crt");
    rig.put("m1", configMap("first"));
    await watch.says("first");
    const remove = rig.member("m1").faults.add({ effect: { kind: "refuse", code: 503 } });
    rig.member("m1").closeConnections();
    await watch.says("fedns: m1: watch of configmaps:");
    rig.put("m1", configMap("second"));
    rig.member("m1").compact();
    remove();
    await watch.says("second");
    rig.put("m1", configMap("third"));
    await watch.says("third");
    await watch.interrupt();
    const rows = namesIn(watch.printed());
    for (const name of ["first", "second", "third"])
      assert.equal(rows.filter((row) => row === `m1 ${name}`).length, 1, name);
    assert.equal(lines(watch.complained()).length, 1);
  });

  it("follows one object by its name, and says at once that there is none yet", async () => {
    const watch = rig.start(["get", "configmap", "later", ...SHOP, "--watch"]);
    await watch.says("there are no configmaps");
    rig.put("m2", configMap("other"));
    rig.put("m2", configMap("later"));
    await watch.says("later");
    await watch.interrupt();
    assert.deepEqual(namesIn(watch.printed()), ["CLUSTER NAME", "m2 later"]);
  });

  it("prints objects as lines of JSON", async () => {
    const watch = rig.start(["get", "configmap", "later", ...SHOP, "--watch", "-o", "json"]);
    await watch.says('"later"');
    rig.put("m1", configMap("later"));
    await watch.says('"cluster":"m1"');
    await watch.interrupt();
    const shown = lines(watch.printed()).map((line) => JSON.parse(line));
    assert.deepEqual(
      shown.map(({ cluster, object }) => [cluster, object.kind, object.metadata.name]),
      [
        ["m2", "ConfigMap", "later"],
        ["m1", "ConfigMap", "later"],
      ],
    );
  });

  it("ends where this person may not watch, and says why", async () => {
    const list = { kind: "ConfigMapList", metadata: { resourceVersion: "7" }, items: [] };
    const forbidden = {
      kind: "Status",
      code: 403,
      reason: "Forbidden",
      message: 'User "you" cannot watch resource "configmaps"',
    };
    const plain = await startPlainServer(scope, {
      ...PLAIN_DISCOVERY,
      "/api/v1/namespaces/shop/configmaps": (request: any, response: any) => {
        const isWatch = request.url.includes("watch=true");
        response.writeHead(isWatch ? 403 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(isWatch ? forbidden : list));
      },
    });
    await rig.addContext("plain", plain);
    rig.declare("plain", { apiEndpoint: plain });
    const { err, code } = await rig.fedns("get", "configmaps", ...SHOP, "--watch", "--clusters", "plain");
    assert.match(err, /\nfedns: plain: watch of configmaps: [^\n]*cannot watch[^\n]*\n$/);
    assert.equal(code, 1);
  });

  it("of Events shows those that come, not those that go", async () => {
    rig.put("m1", event("one", "early", "2026-01-01T00:00:00Z"));
    const watch = rig.start([
      "events",
      ...SHOP,
      "--for",
      "configmap/settings",
      "--watch",
      "--clusters",
      "m1,m2",
    ]);
    await watch.says("early");
    rig.put("m2", event("two", "late", "2026-01-01T00:00:01Z"));
    await watch.says("late");
    rig.member("m1").objects.delete({ apiVersion: "v1", kind: "Event", namespace: "shop", name: "one" });
    rig.put("m1", event("three", "last", "2026-01-01T00:00:02Z"));
    await watch.says("last");
    assert.equal(await watch.interrupt(), 130);
    assert.deepEqual(
      cells(watch.printed()).map((row) => [row[0], row.at(-1)]),
      [
        ["CLUSTER", "MESSAGE"],
        ["m1", "early"],
        ["m2", "late"],
        ["m1", "last"],
      ],
    );
  });

  it("leaves no handlers of signals behind", async () => {
    const before = listeners();
    assert.equal((await rig.fedns("get", "configmaps", ...SHOP, "--clusters", "m1")).code, 0);
    assert.deepEqual(listeners(), before);
  });
});
