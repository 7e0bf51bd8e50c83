/** `fedns status --drift`: clusters of the settings and of the host, read with the accounts that fedns itself uses. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { readStatus } from "../../../src/cli/text/status-document.ts";
import { statusText } from "../../../src/cli/text/status-text.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { suiteScope } from "../../support/programs.ts";
import { startFakeServer } from "../fake-server.ts";
import { fakeSession } from "../fake-session.ts";
import { startRig } from "./rig.ts";

describe("fedns status --drift", () => {
  const scope = suiteScope();

  it("has differences between clusters when they were asked for", () => {
    const withDrift = (drift: Parameters<typeof statusText>[1]["drift"] & object): string =>
      statusText(readStatus({}), { width: 100, drift });
    assert.match(withDrift([]), /\nNo differences between clusters that cause trouble\n/);
    assert.match(
      withDrift([{ cluster: "a", text: "it has no Nodes", cure: "join with --region" }]),
      /\nDifferences between clusters\n {2}a: it has no Nodes; join with --region\n/,
    );
  });

  it("compares listed and declared clusters, and leaves out what cannot be reached", async () => {
    const rig = await startRig(scope, ["host", "us-west", "eu-central"]);
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
    const label = (name: string, zone: string): void => {
      const labels = { "topology.kubernetes.io/region": "earth", "topology.kubernetes.io/zone": zone };
      const node = { apiVersion: "v1", kind: "Node", name: `${name}-1` };
      rig.servers[name]?.objects.patch(node, { metadata: { labels } });
    };
    label("us-west", "Zone_A");
    label("eu-central", "zone-a");
    const config = join(rig.folder, "fedns.yaml");
    await writeFile(
      config,
      `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
host: { kubeconfig: ./kubeconfig, context: host }
clusters:
  - { name: eu-central, kubeconfig: ./kubeconfig, context: eu-central }
  - { name: twin, kubeconfig: ./kubeconfig, context: us-west }
  - { name: gone, kubeconfig: ./missing }
`,
    );
    const server = await startFakeServer(scope);
    server.status = { version: "0.1.0" };
    const session = { ...fakeSession(), clock: systemClock };
    const args = ["status", "--json", "--drift", "--socket", server.path, "--config", config];
    assert.equal(await main(args, session), 0, session.complained());
    const { drift, version } = JSON.parse(session.printed());
    assert.equal(version, "0.1.0");
    const isLocal = ({ text }: { text: string }): boolean => text.startsWith("its API server is at");
    assert.deepEqual(
      drift
        .filter((one: { text: string }) => !isLocal(one))
        .map(({ cluster, text }: any) => `${cluster}: ${text}`),
      [
        'twin: the zone zone-a is spelt "Zone_A" and "zone-a"',
        "us-west: it is the same cluster as twin: it would count twice",
        'us-west: the zone zone-a is spelt "Zone_A" and "zone-a"',
      ],
    );
  });
});
