/** PROXY headers on real sockets, with both engines, and as kdig and dnsdist send them. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decode } from "../../support/decode.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { isInstalled, run, startDaemon, suiteScope } from "../../support/programs.ts";
import { encodeQuery } from "../../support/query.ts";
import { until } from "../../support/until.ts";
import { inLong } from "../../suite/scale.ts";
import { type DataPlane, ENGINES, HELLO, startDataPlane } from "./data-plane.ts";
import { CLIENT_V6, proxyHeader, UNSOUND_HEADERS } from "./proxy.ts";
import { UdpClient } from "./udp-client.ts";

const A = 1;
const NOERROR = 0;
const REFUSED = 5;
const WHY = { name: `why.${HELLO}`, type: 16, class: 3 } as const;

for (const engine of ENGINES) {
  describe(`PROXY headers, ${engine}`, inLong, () => {
    const scope = suiteScope();
    let plane: DataPlane;
    before(async () => {
      const terms = { allowWhy: ["2001:db8::/64", "198.51.100.0/24", "127.0.0.5/32"] };
      plane = await startDataPlane(scope, { engine, terms, proxies: ["127.0.0.0/8"], workers: 1 });
    });

    it("say whose query it is; without a sound one there is no answer", async (t) => {
      const client = await UdpClient.open(t, { port: plane.port });
      for (const header of Object.values(UNSOUND_HEADERS))
        client.send(Uint8Array.from([...header, ...encodeQuery({ name: HELLO, type: A, id: 1 })]));
      client.send(
        Uint8Array.from([...proxyHeader({ source: CLIENT_V6 }), ...encodeQuery({ ...WHY, id: 2 })]),
      );
      client.send(Uint8Array.from([...proxyHeader({}), ...encodeQuery({ ...WHY, id: 3 })]));
      while (client.withId(3).length === 0) await new Promise((resolve) => void setImmediate(resolve));
      assert.equal(client.withId(1).length, 0);
      // The client of the first one may ask why, and the balancer itself may not.
      const rcodes = [2, 3].map((id) => decode(client.withId(id)[0]?.bytes ?? new Uint8Array(0)).rcode);
      assert.deepEqual(rcodes, [NOERROR, REFUSED]);
    });

    it("are taken as kdig sends them", { skip: !isInstalled("kdig") }, async () => {
      for (const transport of ["+notcp", "+tcp"]) {
        const proxy = "+proxy=198.51.100.7-192.0.2.1#53";
        const args = ["-p", String(plane.port), "@127.0.0.1", transport, proxy, "-c", "CH", "-t", "TXT"];
        const { out, err } = await run("kdig", [...args, `why.${HELLO}`, "+timeout=5"]);
        assert.match(out, /status: NOERROR; .*\n.*ANSWER: 4;/, out + err);
      }
    });

    it(
      "are taken as dnsdist sends them",
      { skip: !isInstalled("dnsdist") || !isInstalled("kdig") },
      async (t) => {
        const port = 20_000 + (process.pid % 20_000);
        const file = join(await temporaryFolder(t), "dnsdist.conf");
        const server = `{address="127.0.0.1:${plane.port}", useProxyProtocol=true, healthCheckMode="up"}`;
        await writeFile(file, `setLocal("127.0.0.1:${port}")\nnewServer(${server})\n`);
        const balancer = startDaemon(t, "dnsdist", ["--supervised", "--disable-syslog", "-C", file]);
        await until("dnsdist is there", () => /Listening on|listening/i.test(balancer.output()), 10_000);
        for (const transport of ["+notcp", "+tcp"]) {
          for (const [client, status] of [
            ["127.0.0.5", "NOERROR"],
            ["127.0.0.6", "REFUSED"],
          ] as const) {
            const args = ["-b", client, "-p", String(port), "@127.0.0.1", transport, "-c", "CH", "-t", "TXT"];
            const { out, err } = await run("kdig", [...args, `why.${HELLO}`, "+timeout=5"]);
            assert.match(out, new RegExp(`status: ${status};`), `${client} ${transport} ${out}${err}`);
          }
        }
      },
    );
  });
}
