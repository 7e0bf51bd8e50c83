/** What a referral must have and what it may have, where there is not room for everything (RFC 9471 §3). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../src/dns/message/name.ts";
import { parseZoneFile } from "../../src/dns/zonefile/zone-reader.ts";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import { ask, change, type Front, openFront } from "../support/worker-context.ts";
import { askAs, place, plannerOf } from "../support/traffic.ts";

/** `inside` and `beside`: how many addresses the two nameservers of `sub` have, one below the cut and one not. */
function frontWith(inside: number, beside: number): Front {
  const addresses = (name: string, third: number, count: number): string =>
    Array.from({ length: count }, (_, i) => `${name} A 192.0.${third}.${i + 1}`).join("\n");
  const { zone, problems } = parseZoneFile({
    name: "example.org.zone",
    origin: nameOf("example.org"),
    text: `$TTL 600
@ SOA ns h 7 14400 3600 604800 300
@ NS ns.elsewhere.example.
sub NS ns.other
sub NS a.ns.sub
${addresses("ns.other", 1, beside)}
${addresses("a.ns.sub", 2, inside)}
`,
    readInclude: () => ({ problem: "none" }),
  });
  assert.deepEqual(problems, []);
  const front = openFront("zone example.com\n ns ns.example.net");
  front.publisher.setZones([zone], []);
  front.publisher.flush();
  return front;
}

/** Truncated, addresses of the server below the cut, of the other one. */
function referred(inside: number, beside: number): readonly [boolean, number, number] {
  const front = frontWith(inside, beside);
  const counts = new Set<string>();
  let last: readonly [boolean, number, number] = [false, 0, 0];
  for (let i = 0; i < 20; i++) {
    const { tc, authority, additional } = ask(front, { name: "www.sub.example.org", type: 1 });
    assert.equal(authority.length, tc ? 0 : 2);
    const count = (name: string): number => additional.filter((one) => one.name.startsWith(name)).length;
    last = [tc, count("a.ns.sub."), count("ns.other.")];
    counts.add(String(last));
  }
  // The records of a set are turned around, so the servers come in either order.
  assert.equal(counts.size, 1, [...counts].join(" or "));
  return last;
}

describe("a referral", () => {
  it("has the addresses of all its servers where there is room", () => {
    assert.deepEqual(referred(3, 3), [false, 3, 3]);
    assert.deepEqual(referred(0, 3), [false, 0, 3]);
  });

  it("is truncated when addresses of servers below the cut do not fit, since they cannot be reached without", () => {
    assert.deepEqual(referred(40, 0), [true, 0, 0]);
    assert.deepEqual(referred(40, 3), [true, 0, 0]);
  });

  it("leaves out addresses of other servers, a server at a time, and only what does not fit", () => {
    assert.deepEqual(referred(3, 40), [false, 3, 0]);
    assert.deepEqual(referred(20, 20), [false, 20, 0]);
    assert.deepEqual(referred(0, 40), [false, 0, 0]);
  });
});

it("a nameserver that objects of the clusters have addresses for comes with these", () => {
  const front = openFront("cluster a r1/z1\ncluster b r2/z2");
  change(front, "record sub.example.com NS ns1.sub.example.com.");
  change(front, "put a ns1.sub.example.com ready=1 192.0.2.5 2001:db8::5");
  change(front, "put b ns1.sub.example.com ready=0 192.0.2.6");
  for (const type of [1, 28, 16]) {
    const { aa, answer, authority, additional } = ask(front, { name: "www.sub.example.com", type });
    assert.deepEqual([aa, answer.length], [false, 0]);
    assert.deepEqual(
      authority.map(({ name, data }) => `${name} ${data}`),
      ["sub.example.com. ns1.sub.example.com."],
    );
    assert.deepEqual(
      additional.map(({ name, data }) => `${name} ${data}`),
      ["ns1.sub.example.com. 192.0.2.5", "ns1.sub.example.com. 2001:db8::5"],
    );
  }
});

describe("a nameserver that is a host", () => {
  const located = (): Front => {
    const planner = plannerOf({ plan: { policy: POLICIES.nearest.number }, placements: {}, capacity: {} });
    const fleet = `
cluster a r1/z1
  host ns.sub.example.com ready=1 192.0.1.1
cluster b r2/z2
  host ns.sub.example.com ready=1 192.0.2.1`;
    const front = openFront(fleet, 2 << 20, planner);
    place(
      front,
      { "198.41.0.0/20": "b", "198.18.0.0/16": "a" },
      { a: { latitude: 37, longitude: -122 }, b: { latitude: 50, longitude: 30 } },
    );
    change(front, "record sub.example.com NS ns.sub.example.com.");
    change(front, "record alias.example.com CNAME www.sub.example.com.");
    return front;
  };
  it("is chosen by who asks, not by the client's subnet, for its addresses are kept for everybody (RFC 7871 §7.4)", () => {
    const front = located();
    for (const name of ["www.sub.example.com", "alias.example.com"]) {
      for (const network of ["c62900/24", "c61200/24"]) {
        const client = { subnet: network, from: "198.18.0.9" };
        const { answer, authority, additional, opt } = askAs(front, { name, type: 1 }, client);
        assert.equal(answer.length, name.startsWith("alias") ? 1 : 0);
        assert.deepEqual([authority.length, additional.map(({ data }) => data)], [1, ["192.0.1.1"]]);
        assert.equal(opt?.options[0]?.hex, `00011800${network.slice(0, 6)}`);
      }
    }
  });
});
