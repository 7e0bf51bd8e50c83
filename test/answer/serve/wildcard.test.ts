/** Wildcard binds: the reply must come from the address that was asked, or resolvers ignore it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, type Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { encodeQuery } from "../../support/query.ts";
import { type Engine, ENGINES, HELLO, startDataPlane } from "./data-plane.ts";
import { UdpClient } from "./udp-client.ts";

const A = 1;
const ASKED = ["127.0.0.2", "127.0.0.3", "127.255.0.9"];
const hasNamespaces = spawnSync("unshare", ["-rn", "ip", "link", "set", "lo", "up"]).status === 0;
const NEEDS_NAMESPACE = "needs unshare (util-linux), ip (iproute2) and the right to make namespaces";

describe("wildcard binds", () => {
  for (const engine of ENGINES) {
    it(`answer at every address of the machine: ${engine}`, async (t) => {
      const plane = await startDataPlane(t, { engine, addresses: ["0.0.0.0", "::"] });
      const v4 = await UdpClient.open(t, { port: plane.portAt("0.0.0.0"), address: "127.0.0.1" });
      const v6 = await UdpClient.open(t, { port: plane.portAt("::"), address: "::1" });
      for (const client of [v4, v6]) assert.equal((await client.ask({ name: HELLO, type: A })).rcode, 0);
      assert.deepEqual(
        [v4, v6].map(({ replies }) => replies[0]?.from.address),
        ["127.0.0.1", "::1"],
      );
    });
  }

  it("reply from the IPv4 address that was asked: batched", async (t) => {
    assert.deepEqual(await sourcesOf(t, "batched"), ASKED);
  });

  // Node's sockets do not tell where a datagram was sent to, and take no source address for a reply.
  it("reply from whatever address the kernel chooses: dgram (a known gap)", async (t) => {
    assert.deepEqual(
      await sourcesOf(t, "dgram"),
      ASKED.map(() => "127.0.0.1"),
    );
  });

  const skip = hasNamespaces || process.env["CI"] === "true" ? false : NEEDS_NAMESPACE;
  it("reply from the IPv6 address that was asked: batched", { skip }, async () => {
    const script = join(import.meta.dirname, "wildcard-v6.ts");
    const commands = [
      "ip link set lo up",
      "ip addr add 2001:db8::53/128 dev lo",
      "ip addr add 2001:db8::54/128 dev lo",
      'exec "$0" "$1"',
    ];
    const shell = ["-rn", "sh", "-ec", commands.join("; "), process.execPath, script];
    const { code, out, err } = await run("unshare", shell);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), ["2001:db8::53", "2001:db8::54", "::1"]);
  });
});

/** Where the replies come from when ASKED are asked, all in one batch, so that no address can slip into another reply. */
async function sourcesOf(t: Scope, engine: Engine): Promise<string[]> {
  const plane = await startDataPlane(t, { engine, addresses: ["0.0.0.0"] });
  const clients = await Promise.all(ASKED.map((address) => UdpClient.open(t, { port: plane.port, address })));
  for (let id = 0; id < 20; id++) {
    for (const client of clients) client.send(encodeQuery({ name: HELLO, type: A, id }));
  }
  await until("all are answered", () => clients.every(({ replies }) => replies.length === 20));
  return clients.map(({ replies }) => [...new Set(replies.map(({ from }) => from.address))].join());
}
