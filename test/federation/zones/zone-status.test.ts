/** What the status says about zone files: which zones are served, with which serial, and which are not as their files say. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { Zone } from "../../../src/dns/zone/zone.ts";
import { ZoneStore } from "../../../src/federation/zones/zone-store.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fedns-zones-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function zoneText(hosts: number, serial: number = 1): string {
  const lines = Array.from({ length: hosts }, (_, i) => `h${i} A 192.0.2.${i + 1}`);
  return `$TTL 1h\n@ SOA ns.example.net. h.example.net. ${serial} 4h 1h 2w 5m\n NS ns.example.net.\n NS ns.example.com.\n${lines.join("\n")}\n`;
}

type Options = ConstructorParameters<typeof ZoneStore>[0];

function open(options: Partial<Options>): ZoneStore {
  const clock = new FakeClock();
  return new ZoneStore({ folder, generated: [], places: () => [], clock, log: silentLog, ...options });
}

describe("the status of zone files", () => {
  it("names each zone that is not as its file says, with the line and the reason", () => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    writeFileSync(join(folder, "b.test.zone"), zoneText(3).replace("h1 A 192.0.2.2", "h1 A x"));
    const store = open({ published: [{ origin: nameOf("c.test"), serial: 1, records: 23 }] });
    store.load();
    writeFileSync(join(folder, "a.test.zone"), `${zoneText(3, 2)}h9 A y\n`);
    writeFileSync(join(folder, "c.test.zone"), `${zoneText(3)}h9 WHAT y\n`);
    store.load();
    const fault = (name: string, line: number, reason: string): unknown => ({
      file: join(folder, `${name}.zone`),
      line,
      reason,
    });
    assert.deepEqual(store.status["zones"], [
      {
        zone: "a.test.",
        file: join(folder, "a.test.zone"),
        records: 6,
        serial: 1,
        kept: fault("a.test", 8, 'A: address: "y" is not an IPv4 address'),
      },
      {
        zone: "c.test.",
        file: join(folder, "c.test.zone"),
        records: 23,
        serial: 1,
        kept: fault("c.test", 8, '"WHAT" is not a record type'),
      },
    ]);
    assert.deepEqual(store.status["notServed"], [
      {
        zone: "b.test.",
        ...(fault("b.test", 6, 'A: address: "x" is not an IPv4 address') as object),
      },
    ]);
  });

  it("has the serial that answers have", () => {
    writeFileSync(join(folder, "a.test.zone"), "$TTL 1h\nwww A 192.0.2.1\n");
    writeFileSync(join(folder, "b.test.zone"), zoneText(3, 9));
    const generated = new Zone(nameOf("a.test"));
    generated.put(generated.origin, { type: 2, ttlSeconds: 60, rdatas: [nameOf("ns.test")] });
    generated.put(generated.origin, { type: 6, ttlSeconds: 60, rdatas: [new Uint8Array(22)] });
    const store = open({ generated: [generated], servedSerials: () => (_origin, own) => own ?? 4711 });
    store.load();
    const entries = store.status["zones"] as readonly { readonly serial: number }[];
    assert.deepEqual(
      entries.map(({ serial }) => serial),
      [4711, 9],
    );
    assert.deepEqual(store.status["problems"], []);
  });
});
