/** Until when the addresses of a host name hold, and that it is looked up again by then. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { a, reply } from "../../support/fake-resolver.ts";
import { until } from "../../support/until.ts";
import { collect, nextLookUp, scene } from "./scene.ts";

describe("the addresses of a host name", () => {
  it("looks again when the addresses of one family end, even if the look-up of the other has failed for long", async () => {
    const here = await scene((asked) =>
      asked.type === 1 ? [reply(asked, [a(asked.name, 7, "192.0.2.1")])] : [reply(asked, [], { rcode: 2 })],
    );
    const { told } = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    for (const seconds of [5, 7, 7, 7]) await nextLookUp(here, seconds);
    assert.equal(here.hostnames.counts().failing, 1);
  });

  it("says until when the addresses hold, at every look-up, and does not while look-ups fail", async () => {
    const here = await scene((asked) => [
      reply(asked, asked.type === 1 ? [a(asked.name, 20, "192.0.2.1")] : []),
    ]);
    const startSeconds = here.clock.wallMs() / 1000;
    const told: (readonly [string, number | null, number | null])[] = [];
    here.hostnames.watch("lb.example.com", {
      member: "west",
      onAddresses: ({ ipv4 }, { ipv4: four, ipv6: six }) =>
        told.push([ipv4.join(), four && four - startSeconds, six]),
      onFreshness: ({ ipv4, ipv6 }) => told.push(["again", ipv4 && ipv4 - startSeconds, ipv6]),
    });
    await until("addresses come", () => told.length > 0);
    await nextLookUp(here, 20);
    here.dns.script = (asked) => [reply(asked, [], { rcode: 2 })];
    await nextLookUp(here, 20);
    assert.deepEqual(told, [
      ["192.0.2.1", 20, null],
      ["again", 40, null],
    ]);
  });
});
