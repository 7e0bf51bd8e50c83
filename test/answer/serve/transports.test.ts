/** UDP and TCP of a serve process give the same answers on one port, for every kind of question. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Message } from "../../support/decode.ts";
import { suiteScope } from "../../support/programs.ts";
import { type Asked, subnet } from "../../support/query.ts";
import { type DataPlane, ENGINES, HELLO, startDataPlane, WIDE } from "./data-plane.ts";
import { TcpClient } from "./tcp-client.ts";
import { UdpClient } from "./udp-client.ts";

const zone = "example.com";
const QUESTIONS: Readonly<Record<string, Asked>> = {
  address: { name: HELLO, type: 1 },
  "address, IPv6": { name: HELLO, type: 28 },
  "climb of the ladder": { name: HELLO.replace("svc", "svc.a.eu-central"), type: 1 },
  "letter case": { name: "HeLLo.DEMO.myfed.svc.Example.COM", type: 1 },
  "no data": { name: HELLO, type: 15 },
  "no such name": { name: `nobody.${zone}`, type: 1 },
  "empty non-terminal": { name: `svc.${zone}`, type: 1 },
  apex: { name: zone, type: 6 },
  nameservers: { name: zone, type: 2 },
  "any type": { name: HELLO, type: 255 },
  "not ours": { name: "example.net", type: 1 },
  transfer: { name: zone, type: 252 },
  "chaos class": { name: "version.bind", type: 16, class: 3 },
  "EDNS of a later version": { name: HELLO, type: 1, edns: { version: 1 } },
  "EDNS with DO": { name: HELLO, type: 1, edns: { flags: 0x8000 } },
  "client subnet": { name: HELLO, type: 1, edns: { options: [subnet(1, 24, "c63364")] } },
  "other opcode": { name: HELLO, type: 1, flags: 0x7800 },
  "two questions": { name: HELLO, type: 1, counts: [2, 0, 0, 0] },
  "name cut short": { name: Uint8Array.of(63, 1, 2), type: 1 },
};

for (const engine of ENGINES) {
  describe(`UDP (${engine}) and TCP`, () => {
    const scope = suiteScope();
    let plane: DataPlane;
    before(async () => {
      plane = await startDataPlane(scope, { engine });
    });

    for (const [kind, asked] of Object.entries(QUESTIONS)) {
      it(`answer alike: ${kind}`, async (t) => {
        const udp = await (await UdpClient.open(t, plane)).ask(asked);
        const tcp = await (await TcpClient.open(t, plane)).ask(asked);
        assert.deepEqual(tcp, udp);
      });
    }

    it("differ only where UDP must truncate", async (t) => {
      const asked = { name: WIDE, type: 1 };
      const udp = await (await UdpClient.open(t, plane)).ask(asked);
      const tcp = await (await TcpClient.open(t, plane)).ask(asked);
      assert.deepEqual([udp.tc, udp.answer.length, tcp.tc, tcp.answer.length], [true, 0, false, 40]);
      const same = ({ rcode, aa, rd, question }: Message): unknown => ({ rcode, aa, rd, question });
      assert.deepEqual(same(tcp), same(udp));
    });
  });
}
