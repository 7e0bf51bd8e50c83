/** Members that are broken or unreachable at the start delay neither the start, nor other members, nor /readyz. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startClusters } from "../support/clusters.ts";
import { startFedns, temporaryFolder } from "../support/fedns.ts";
import { UdpClient } from "../answer/serve/udp-client.ts";
import { eventually, HELLO, HELLO_ADDRESSES, SETTINGS } from "../run/supervise/whole.ts";

/** Every member has been read or has failed once, except the one that never answers. */
function hasSaidAll(status: any): boolean {
  return status.clusters.every(
    ({ name, isSynced, connection, watches }: any) =>
      name === "mute" ||
      isSynced ||
      connection.credentials === "broken" ||
      watches.services.lastError !== null,
  );
}

describe("a start", () => {
  it("with members that are broken, missing, unreachable or silent serves the others and names the problems", async (t) => {
    const directory = await temporaryFolder(t);
    const clusters = await startClusters(t, directory);
    const place = (name: string): string => join(directory, `${name}.kubeconfig`);
    const sound = clusters.server("us-west").kubeconfig();
    // Accepts connections and never sends anything.
    const mute = createServer().listen(0, "127.0.0.1");
    await once(mute, "listening");
    t.after(() => mute.close());
    const address = mute.address();
    const mutePort = typeof address === "object" ? address?.port : 0;
    await writeFile(place("broken"), "apiVersion: v1\nclusters: [what is this\n");
    await writeFile(place("away"), sound.replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:1"));
    await writeFile(
      place("mute"),
      sound.replace(/https:\/\/127\.0\.0\.1:\d+/, `https://127.0.0.1:${mutePort}`),
    );
    await writeFile(place("stranger"), sound.replace(clusters.server("us-west").token, "wrong"));
    const odd = ["broken", "missing", "away", "mute", "stranger"].map((name) => ({
      name,
      kubeconfig: place(name),
    }));
    const startMs = performance.now();
    const fedns = await startFedns(t, {
      directory,
      settings: { ...SETTINGS, syncBoundSeconds: 2, clusters: [...odd, ...clusters.settings] },
    });
    t.diagnostic(`ready after ${Math.round(performance.now() - startMs)} ms`);
    const client = await UdpClient.open(t, fedns);
    await eventually(client, HELLO, (data) => data.join() === HELLO_ADDRESSES.join());
    let status = await fedns.status();
    const startedMs = performance.now();
    while (!hasSaidAll(status)) {
      assert.ok(performance.now() - startedMs < 20_000, JSON.stringify(status.clusters));
      status = await fedns.status();
    }
    assert.deepEqual([status.ready, status.isStale, status.problem], [true, true, null]);
    const report = (name: string): any => status.clusters.find((cluster: any) => cluster.name === name);
    for (const { name } of odd) assert.equal(report(name).isSynced, false, name);
    for (const { name } of clusters.settings) assert.equal(report(name).isSynced, true, name);
    const annotations = (name: string): string =>
      JSON.stringify([report(name).connection, report(name).watches]);
    assert.match(annotations("broken"), /kubeconfig/i);
    assert.match(annotations("missing"), /there is no such file/);
    assert.match(annotations("away"), /ECONNREFUSED|refused/);
    assert.match(annotations("stranger"), /401|Unauthorized/);
    assert.equal((await fedns.page("/readyz")).code, 200);
  });
});
