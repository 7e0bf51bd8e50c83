/** More zones than a picture has numbers: those that are too many keep back only themselves. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { generatedZone } from "../../../src/dns/zone/generated.ts";
import { ZONES_MAX } from "../../../src/picture/format/layout.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import { parseFleet } from "../../support/fleet.ts";
import { ask, type Front, openFront } from "../../support/worker-context.ts";

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;
const A = 1;
const FLEET = `
  zone example.com
  ns ns1.example.com 192.0.2.53
  zone apps.test
  ns ns1.apps.test 192.0.2.53
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17
    host known.apps.test ready=1 192.0.2.18`;

const rcode = (front: Front, name: string, type: number = A): number => ask(front, { name, type }).rcode;

describe("more zones than the picture has numbers", () => {
  it("keep back only those that are too many, which are named and SERVFAIL", () => {
    const front = openFront(FLEET, 16 << 20);
    const own = [generatedZone(parseFleet(FLEET).zones[0]!), generatedZone(parseFleet(FLEET).zones[1]!)];
    const apex = parseFleet("zone z.test\nns ns1.z.test 192.0.2.53").zones[0]!;
    const zones = Array.from({ length: ZONES_MAX + 3 }, (_, i) =>
      generatedZone({ ...apex, origin: nameOf(`z${i}.test`) }),
    );
    front.publisher.setZones([...zones, ...own], []);
    front.clock.advance(10);
    const { keptBack, problem } = front.publisher.health;
    assert.deepEqual([keptBack.count, problem], [5, null]);
    assert.match(
      keptBack.first.map(({ key, problem: why }) => `${key}: ${why}`).join("\n"),
      /^zone z4094\.test\.: there are more than 4096 zones; remove others, or serve it from another fedns\nzone z4095/,
    );
    assert.deepEqual(
      ["z0.test", "z4093.test", "hello.demo.myfed.svc.example.com", "known.apps.test"].map((name) =>
        rcode(front, name, name.startsWith("z") ? 6 : A),
      ),
      [NOERROR, NOERROR, NOERROR, NOERROR],
    );
    assert.deepEqual(
      ["z4094.test", "www.z4098.test", "z5000.test", "none.z0.test"].map((name) => rcode(front, name)),
      [SERVFAIL, SERVFAIL, REFUSED, NXDOMAIN],
    );
    // The numbers of zones that go are free for others at once.
    front.publisher.setZones([...zones.slice(5), ...own], []);
    front.clock.advance(10);
    assert.deepEqual(
      ["z4098.test", "z0.test", "z5000.test"].map((name) => rcode(front, name, 6)),
      [NOERROR, REFUSED, REFUSED],
    );
    assert.equal(front.publisher.health.keptBack.count, 0);
    assert.equal(reasonToRefuse(front.picture.memory), null);
  });
});
