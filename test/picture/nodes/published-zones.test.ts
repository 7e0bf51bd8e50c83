/** The zones of a picture: their origins, serials and numbers of records, without those of hosts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { publishedZones } from "../../../src/picture/nodes/published-zones.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";
import { generatedZone } from "../../../src/dns/zone/generated.ts";
import { parseFleet } from "../../support/fleet.ts";
import { change, openFront } from "../../support/worker-context.ts";

it("counts the records of each zone, and has its serial", () => {
  const fleet = parseFleet("cluster west us-west/a");
  const front = openFront("cluster west us-west/a");
  const text = `$TTL 1h
@ SOA ns.example.net. h.example.net. 2026113001 4h 1h 2w 5m
  NS ns.example.net.
  NS ns.example.com.
www A 192.0.2.1
www A 192.0.2.2
a.b TXT "x"
`;
  const { zone, problems } = parseZoneFile({
    name: "a.test.zone",
    text: Buffer.from(text),
    origin: nameOf("a.test"),
    readInclude: () => ({ problem: "none" }),
  });
  assert.deepEqual(problems, []);
  front.publisher.setZones([...fleet.zones.map(generatedZone), zone], []);
  front.clock.advance(5);
  change(front, 'record host.a.test TXT "not counted"');
  const found = publishedZones(front.picture.memory).map(
    ({ origin, serial, records }) => `${formatName(origin)} ${serial} ${records}`,
  );
  assert.ok(found.includes("a.test. 2026113001 6"), found.join());
  assert.equal(found.length, 2);
});
