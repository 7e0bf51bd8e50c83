/** Over many queries each cluster gets its part: by every policy, for both families, with spill, and per client. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import type { Placement } from "../../src/federation/policy/placement.ts";
import { RESERVE_TIERS } from "../../src/federation/policy/placement.ts";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import { change, type Front, openFront, setHealth } from "../support/worker-context.ts";
import {
  askAs,
  CHI_SQUARE_P001,
  chiSquare,
  type Client,
  countAnswers,
  place,
  type Plans,
  plannerOf,
} from "../support/traffic.ts";

const DRAWS = 100_000;
/** One percentage point. */
const POINT = 0.01;
const NAMES = ["a", "b", "c"];

/** Three clusters, an octet each; v6 ends with the same digit. */
const FLEET = `
cluster a r1/z1
  demo/hello ready=10 192.0.1.1 192.0.1.2 192.0.1.3 2001:db8::1:1
cluster b r2/z2
  demo/hello ready=10 192.0.2.1 192.0.2.2 2001:db8::2:1 2001:db8::2:2
cluster c r3/z3
  demo/hello ready=10 192.0.3.1 2001:db8::3:1
`;
const NAME = "hello.demo.myfed.svc.example.com";

function frontWith(plans: Partial<Plans>): Front {
  return openFront(FLEET, 2 << 20, plannerOf({ plan: {}, placements: {}, capacity: {}, ...plans }));
}

function clusterOf(address: string): string {
  const [, digit = ""] = /^192\.0\.(\d)\.|::(\d):/.exec(address)?.filter((part) => part !== undefined) ?? [];
  return NAMES[Number(digit) - 1] ?? address;
}

function sharesOf(front: Front, client: Client = {}, type = 1): number[] {
  const counts = countAnswers(front, {
    name: NAME,
    type,
    client,
    draws: DRAWS,
    digitAt: type === 1 ? 2 : 13,
  });
  return NAMES.map((_, i) => counts[i] ?? 0);
}

/** Within a percentage point of `parts`, and no further off than chance explains. */
function assertShares(counts: readonly number[], parts: readonly number[]): void {
  const whole = parts.reduce((sum, part) => sum + part, 0);
  counts.forEach((count, i) =>
    assert.ok(
      Math.abs(count / DRAWS - (parts[i] as number) / whole) < POINT,
      `${counts.join(" ")} for ${parts.join(" ")}`,
    ),
  );
  const freedom = parts.filter((part) => part > 0).length - 1;
  assert.ok(
    chiSquare(counts, parts) <= (CHI_SQUARE_P001[freedom] as number),
    `${counts.join(" ")} is no chance`,
  );
}

const byWeight = (...weights: readonly number[]): Record<string, Partial<Placement>> =>
  Object.fromEntries(NAMES.map((name, i) => [name, { weight: weights[i] ?? 1 }]));
const byTier = (...tiers: readonly number[]): Record<string, Partial<Placement>> =>
  Object.fromEntries(NAMES.map((name, i) => [name, { tier: tiers[i] ?? 0 }]));
const weighted = { policy: POLICIES.weighted.number };

describe("weights", () => {
  for (const [family, type] of [
    ["IPv4", 1],
    ["IPv6", 28],
  ] as const) {
    for (const answersMax of [0, 1]) {
      const most = answersMax === 0 ? "as many addresses as usual" : "one address";
      it(`are the shares over ${family}, with ${most} per answer, however many addresses a cluster has`, () => {
        const front = frontWith({ plan: { ...weighted, answersMax }, placements: byWeight(5, 3, 2) });
        assertShares(sharesOf(front, {}, type), [5, 3, 2]);
      });
    }
  }

  it("are the shares of all workers together, and of each, however clients fall to them", () => {
    const front = frontWith({ plan: { ...weighted, answersMax: 1 }, placements: byWeight(5, 3, 2) });
    const workers = [11, 23, 35, 47].map(
      (seed) => new WorkerContext(new Picture(front.picture.memory), { seed }),
    );
    const each = workers.map((context) => sharesOf({ ...front, context }, {}, 28));
    for (const counts of each) assertShares(counts, [5, 3, 2]);
    const together = NAMES.map((_, i) => each.reduce((sum, counts) => sum + (counts[i] as number), 0));
    assert.ok(chiSquare(together, [5, 3, 2]) <= (CHI_SQUARE_P001[2] as number), together.join(" "));
    // Draws of their own: four equal rows would be one worker four times.
    assert.equal(new Set(each.map(String)).size, workers.length);
  });

  it("of a cluster that is down are shared out as the rest is", () => {
    const front = frontWith({ plan: weighted, placements: byWeight(5, 3, 2) });
    for (const address of ["192.0.1.1", "192.0.1.2", "192.0.1.3", "2001:db8::1:1"])
      setHealth(front, address, 0);
    assertShares(sharesOf(front), [0, 3, 2]);
  });

  it("grow with health: a cluster on its way back gets a part of its share", () => {
    const front = frontWith({ plan: weighted, placements: byWeight(1, 1, 1) });
    for (const address of ["192.0.1.1", "192.0.1.2", "192.0.1.3", "2001:db8::1:1"])
      setHealth(front, address, 51);
    assertShares(sharesOf(front), [0.2, 1, 1]);
  });

  it("shrink with the share of the cluster, down to nothing", () => {
    const front = frontWith({ plan: weighted, placements: byWeight(1, 1, 1) });
    front.publisher.setShare("b", 51);
    assertShares(sharesOf(front), [1, 0.2, 1]);
    front.publisher.setShare("b", 0);
    assertShares(sharesOf(front), [1, 0, 1]);
  });

  it("of a cluster below the threshold of spill are cut in proportion", () => {
    const front = frontWith({
      plan: weighted,
      placements: byWeight(1, 1, 1),
      capacity: { a: 10, b: 20, c: 28 },
    });
    // The front's threshold is 0.7: half full is 5/7 of the share, 10 of 28 is 0.357/0.7.
    assertShares(sharesOf(front), [1, 5 / 7, 10 / 28 / 0.7]);
  });

  it("leave standby clusters out until the others have nothing", () => {
    const front = frontWith({ plan: weighted, placements: byTier(0, 0, RESERVE_TIERS) });
    assertShares(sharesOf(front), [1, 1, 0]);
    change(front, "delete a demo/hello");
    change(front, "delete b demo/hello");
    front.publisher.flush();
    assertShares(sharesOf(front), [0, 0, 1]);
  });
});

describe("a tier that can bear everything", () => {
  it("gives nothing to those in reserve, whatever its weights are and however full it must be", () => {
    for (const weight of [1, 3, 7, 10_000, 43_690, 65_535]) {
      const placements = { ...byTier(0, RESERVE_TIERS, RESERVE_TIERS), a: { weight } };
      const front = frontWith({ plan: { policy: POLICIES.geo.number, draws: 2 }, placements });
      front.picture.writer.set("SpillBelow", 0xffff);
      front.picture.writer.commit({ wallSeconds: 0 });
      const { answer } = askAs(front, { name: NAME, type: 1 }, {});
      assert.deepEqual([...new Set(answer.map(({ data }) => clusterOf(data)))], ["a"], `weight ${weight}`);
    }
  });
});

describe("failover", () => {
  const plan = { policy: POLICIES.failover.number };
  it("sends everybody to the first that can bear it", () => {
    assertShares(sharesOf(frontWith({ plan, placements: byTier(1, 0, 2) })), [0, 1, 0]);
  });
  it("goes on to the next when the first is down, and back when it is up", () => {
    const front = frontWith({ plan, placements: byTier(1, 0, 2) });
    const addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::2:1", "2001:db8::2:2"];
    for (const address of addresses) setHealth(front, address, 0);
    assertShares(sharesOf(front), [1, 0, 0]);
    for (const address of addresses) setHealth(front, address, 255);
    assertShares(sharesOf(front), [0, 1, 0]);
  });
  it("gives what the first cannot bear to the next, and what that cannot, to the one after", () => {
    const front = frontWith({ plan, placements: byTier(1, 0, 2), capacity: { a: 20, b: 40 } });
    const first = 10 / 40 / 0.7;
    const second = (1 - first) * (10 / 20 / 0.7);
    assertShares(sharesOf(front), [second, first, 1 - first - second]);
  });
  it("shares out what no cluster has room for as it shares out the rest", () => {
    const front = frontWith({ plan, placements: byTier(0, 1, 2), capacity: { a: 100, b: 100, c: 100 } });
    const load = 0.1 / 0.7;
    assertShares(sharesOf(front), [load, (1 - load) * load, (1 - load) ** 2 * load]);
  });
});

describe("place", () => {
  const [berlin, munich, denver] = [
    { latitude: 52.52, longitude: 13.405 },
    { latitude: 48.137, longitude: 11.575 },
    { latitude: 39.739, longitude: -104.99 },
  ];
  const networks = { "198.51.100.0/24": berlin, "203.0.113.0/24": denver, "192.0.2.0/25": "b" };
  const clusters = { a: berlin, b: munich, c: denver };
  const placed = (plan: Plans["plan"], capacity: Record<string, number> = {}): Front => {
    const front = frontWith({ plan, capacity });
    place(front, networks, clusters);
    return front;
  };
  const inBerlin = { from: "198.51.100.7" };

  it("makes a share fall with distance under geo: it halves every 500 km farther than the nearest", () => {
    assertShares(sharesOf(placed({ policy: POLICIES.geo.number }), inBerlin), [1, 2 ** (-504 / 500), 0]);
  });
  it("is that of the client subnet when there is one", () => {
    const front = placed({ policy: POLICIES.geo.number });
    assertShares(sharesOf(front, { ...inBerlin, subnet: "cb0071/24" }), [0, 0, 1]);
  });
  it("gives all clusters the same part of clients whose place is not known", () => {
    assertShares(sharesOf(placed({ policy: POLICIES.geo.number }), { from: "9.9.9.9" }), [1, 1, 1]);
  });
  it("leaves the nearest alone under nearest, until it cannot bear everything", () => {
    assertShares(sharesOf(placed({ policy: POLICIES.nearest.number }), inBerlin), [1, 0, 0]);
    const part = 0.5 / 0.7;
    assertShares(sharesOf(placed({ policy: POLICIES.nearest.number }, { a: 20 }), inBerlin), [
      part,
      1 - part,
      0,
    ]);
  });
  it("of a cluster's own network is that cluster", () => {
    assertShares(sharesOf(placed({ policy: POLICIES.nearest.number }), { from: "192.0.2.77" }), [0, 1, 0]);
  });
  it("does not matter under weighted", () => {
    assertShares(sharesOf(placed(weighted), inBerlin), [1, 1, 1]);
  });
});

describe("several clusters per answer", () => {
  it("are drawn without replacement, each by its weight among those that are left", () => {
    const front = frontWith({ plan: { ...weighted, draws: 2 }, placements: byWeight(2, 1, 1) });
    const counts = sharesOf(front);
    // a is missing when b and c are drawn: 1/4 x 1/3 twice.
    const parts = [1 - 2 / 12, 1 / 4 + 1 / 2 / 2 + 1 / 4 / 3, 1 / 4 + 1 / 2 / 2 + 1 / 4 / 3];
    counts.forEach((count, i) =>
      assert.ok(Math.abs(count / DRAWS - (parts[i] as number)) < POINT, counts.join(" ")),
    );
  });
  it("share the addresses that one answer may have", () => {
    const front = frontWith({ plan: { ...weighted, draws: 3, answersMax: 3 } });
    const { answer } = askAs(front, { name: NAME, type: 1 }, {});
    assert.deepEqual(answer.map(({ data }) => clusterOf(data)).sort(), NAMES);
  });
  it("are all of them under all, with every healthy address", () => {
    const front = frontWith({ plan: { policy: POLICIES.all.number } });
    setHealth(front, "192.0.1.2", 0);
    const { answer } = askAs(front, { name: NAME, type: 1 }, {});
    const expected = ["192.0.1.1", "192.0.1.3", "192.0.2.1", "192.0.2.2", "192.0.3.1"];
    assert.deepEqual(answer.map(({ data }) => data).sort(), expected);
  });
});
