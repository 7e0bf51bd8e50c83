/** Host names of load balancers: aliases, TTLs, failing resolvers and malformed messages. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, it } from "node:test";
import { parseResolvConf, toServers } from "../../../src/fleet/resolve/hostname-servers.ts";
import { a, aaaa, cname, reply, startFakeResolver, type Script } from "../../support/fake-resolver.ts";
import { until } from "../../support/until.ts";
import { collect, nextLookUp, scene, settled } from "./scene.ts";

const balancer: Script = (asked) => [
  reply(
    asked,
    asked.type === 1
      ? [a(asked.name, 60, "192.0.2.2"), a(asked.name, 60, "192.0.2.1")]
      : [aaaa(asked.name, 60, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])],
  ),
];

describe("createHostnameResolver", () => {
  it("returns sorted addresses of both families, and asks as a stub resolver does", async () => {
    const { dns, hostnames } = await scene(balancer);
    const { told } = collect(hostnames, "LB.Example.COM.");
    await until("addresses come", () => told.length > 0);
    assert.deepEqual(told, [{ ipv4: ["192.0.2.1", "192.0.2.2"], ipv6: ["2001:db8::1"] }]);
    assert.deepEqual(dns.asked.map(({ name, type }) => `${name} ${type}`).sort(), [
      "lb.example.com 1",
      "lb.example.com 28",
    ]);
    assert.equal((dns.asked[0]?.query[2] ?? 0) & 1, 1, "RD is not set");
  });

  it("follows aliases, ignores other records, and refreshes by the lowest TTL of the chain", async () => {
    let last = 1;
    const here = await scene((asked) =>
      asked.type === 1
        ? [
            reply(asked, [
              cname("lb.example.com", 300, "Z.aws.example"),
              cname("z.aws.example", 40, "n.aws.example"),
              a("n.aws.example", 200, `192.0.2.${last}`),
              a("evil.example", 1, "203.0.113.9"),
            ]),
          ]
        : [reply(asked, [])],
    );
    const { told } = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    assert.deepEqual(told, [{ ipv4: ["192.0.2.1"], ipv6: [] }]);
    last = 2;
    await settled(here);
    here.clock.advance(39_999);
    assert.equal(here.dns.asked.length, 2);
    await nextLookUp(here, 0.001);
    assert.deepEqual(told[1], { ipv4: ["192.0.2.2"], ipv6: [] });
  });

  for (const [claim, ttl, seconds] of [
    ["no more often than every 5 s", 0, 5],
    ["at least every hour", 86_400, 3600],
  ] as const) {
    it(`asks ${claim}`, async () => {
      const here = await scene((asked) => [
        reply(asked, asked.type === 1 ? [a(asked.name, ttl, "192.0.2.1")] : []),
      ]);
      collect(here.hostnames, "lb.example.com");
      await settled(here);
      here.clock.advance(seconds * 1000 - 1);
      assert.equal(here.dns.asked.length, 2);
      await nextLookUp(here, 0.001);
    });
  }

  it("keeps the last good addresses while resolvers fail, and retries with growing pauses", async () => {
    const here = await scene(balancer);
    const { told } = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    here.dns.script = (asked) => [reply(asked, [], { rcode: 2 })];
    await nextLookUp(here, 60);
    assert.equal(here.hostnames.counts().failing, 1);
    await nextLookUp(here, 5);
    here.clock.advance(9000);
    assert.equal(here.dns.asked.length, 6);
    here.dns.script = (asked) => [reply(asked, asked.type === 1 ? [a(asked.name, 60, "192.0.2.7")] : [])];
    await nextLookUp(here, 1);
    assert.deepEqual(told.slice(1), [{ ipv4: ["192.0.2.7"], ipv6: [] }]);
    assert.equal(here.hostnames.counts().failing, 0);
  });

  it("keeps the last good addresses of a family whose look-up fails", async () => {
    const here = await scene(balancer);
    const { told } = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    here.dns.script = (asked) => [
      asked.type === 1 ? reply(asked, [a(asked.name, 60, "192.0.2.7")]) : reply(asked, [], { rcode: 2 }),
    ];
    await nextLookUp(here, 60);
    assert.deepEqual(told[1], { ipv4: ["192.0.2.7"], ipv6: ["2001:db8::1"] });
  });

  it("drops addresses after three empty answers in a row", async () => {
    const here = await scene(balancer);
    const { told } = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    here.dns.script = (asked) => [reply(asked, [], { rcode: 3 })];
    await nextLookUp(here, 60);
    await nextLookUp(here, 5);
    assert.equal(told.length, 1);
    await nextLookUp(here, 10);
    assert.deepEqual(told[1], { ipv4: [], ipv6: [] });
  });

  it("asks over TCP when the answer is truncated", async () => {
    const { dns, hostnames } = await scene((asked) =>
      asked.transport === "udp" ? [reply(asked, [], { isTruncated: true })] : balancer(asked),
    );
    const { told } = collect(hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    assert.equal(told[0]?.ipv4.length, 2);
    assert.equal(dns.asked.filter(({ transport }) => transport === "tcp").length, 2);
  });

  it("asks the next resolver when the first one refuses the connection", async () => {
    const gone = createSocket("udp4");
    gone.bind(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address();
    gone.close();
    const { hostnames } = await scene(balancer, [`127.0.0.1:${port}`]);
    const { told } = collect(hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
  });

  it("ignores malformed and forged packets, and takes the real answer after them", async () => {
    const { hostnames } = await scene((asked) => {
      const whole = balancer(asked)[0] ?? Buffer.alloc(0);
      const selfPointing = Buffer.concat([whole.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
      const counts = Buffer.from(whole.subarray(0, 12)).fill(0xff, 4);
      const otherId = Buffer.from(whole);
      otherId.writeUInt16BE((asked.id + 1) & 0xffff, 0);
      const otherName = Buffer.from(whole);
      otherName.writeUInt8("x".charCodeAt(0), 13);
      const aQuery = Buffer.from(whole);
      aQuery.writeUInt8(0, 2);
      return [Buffer.alloc(0), Buffer.from([1]), selfPointing, counts, otherId, otherName, aQuery, whole];
    });
    const { told } = collect(hostnames, "lb.example.com");
    await until("addresses come", () => told.length > 0);
    assert.deepEqual(told, [{ ipv4: ["192.0.2.1", "192.0.2.2"], ipv6: ["2001:db8::1"] }]);
    assert.equal(hostnames.counts().replacedThreads, 0);
  });

  it("shares look-ups among watches of a name, gives late ones the known addresses, and stops with the last", async () => {
    const here = await scene(balancer);
    const first = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => first.told.length > 0);
    const second = collect(here.hostnames, "lb.example.com");
    await until("the second is told", () => second.told.length > 0);
    assert.equal(here.dns.asked.length, 2);
    await settled(here);
    first.stop();
    assert.equal(here.clock.pendingTimers, 1);
    second.stop();
    assert.equal(here.clock.pendingTimers, 0);
    assert.equal(here.hostnames.counts().watched, 0);
  });

  it("remembers the addresses of a name for an hour after its last watch", async () => {
    const here = await scene(balancer);
    const first = collect(here.hostnames, "lb.example.com");
    await until("addresses come", () => first.told.length > 0);
    await settled(here);
    first.stop();
    here.dns.script = () => [];
    here.clock.advance(3_600_000);
    const again = collect(here.hostnames, "lb.example.com");
    await Promise.resolve();
    assert.equal(again.told.length, 1);
    again.stop();
    here.clock.advance(1);
    const late = collect(here.hostnames, "lb.example.com");
    await Promise.resolve();
    assert.equal(late.told.length, 0);
  });

  it("takes a literal address as it is, and refuses a text that is not a name", async () => {
    const { dns, hostnames } = await scene(balancer);
    const literal = collect(hostnames, "192.0.2.9");
    const odd = collect(hostnames, "a..b");
    await Promise.resolve();
    assert.deepEqual(literal.told, [{ ipv4: ["192.0.2.9"], ipv6: [] }]);
    assert.deepEqual(odd.told, []);
    assert.equal(hostnames.counts().refused, 1);
    assert.equal(dns.asked.length, 0);
  });

  it("refuses names that clusters and machines resolve differently", async () => {
    const { dns, hostnames } = await scene(balancer);
    const inside = ["gw.infra.svc.cluster.local", "GW.infra.svc.", "localhost", "x.localhost", "my-ip"];
    const told = inside.flatMap((name) => collect(hostnames, name).told);
    await Promise.resolve();
    assert.deepEqual([told, hostnames.counts().refused, dns.asked.length], [[], inside.length, 0]);
  });
});

describe("parseResolvConf", () => {
  it("takes three literal addresses, and the local machine when there are none", () => {
    const text =
      "# x\nsearch a.b\nnameserver 192.0.2.1\n nameserver 2001:DB8::1 # y\nnameserver fe80::1%eth0\nnameserver x\nnameserver 192.0.2.2\nnameserver 192.0.2.3";
    assert.deepEqual(parseResolvConf(text), toServers(["192.0.2.1", "2001:db8::1", "192.0.2.2"]));
    assert.deepEqual(parseResolvConf(""), [{ address: "127.0.0.1", port: 53 }]);
  });
});

describe("other servers", () => {
  it("are asked at once for every name, and what the ones before said stays until they answer", async () => {
    const here = await scene((asked) => [
      reply(asked, asked.type === 1 ? [a(asked.name, 300, "192.0.2.1")] : []),
    ]);
    const { told } = collect(here.hostnames, "lb.example.net");
    await until("the first address", () => told.length === 1);
    await settled(here);
    const other = await startFakeResolver((asked) => [
      reply(asked, asked.type === 1 ? [a(asked.name, 300, "192.0.2.2")] : []),
    ]);
    here.hostnames.setServers([other.server]);
    await until("the second address", () => told.length === 2);
    assert.deepEqual(
      told.map(({ ipv4 }) => ipv4),
      [["192.0.2.1"], ["192.0.2.2"]],
    );
    await other.close();
  });
});
