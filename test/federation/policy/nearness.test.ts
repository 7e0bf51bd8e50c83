/** Distances on the globe, and the table the data plane reads them from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { distanceKm } from "../../../src/federation/members/distance.ts";
import type { ClientClass } from "../../../src/federation/members/client.ts";
import { shareAfter } from "../../../src/federation/policy/geo.ts";
import type { LocatedCluster } from "../../../src/federation/policy/located-cluster.ts";
import { nearnessOf, seenFrom } from "../../../src/federation/policy/nearness.ts";
import { geoAsSeen, nearestAsSeen } from "./as-seen.ts";

const latitude = fc.double({ min: -90, max: 90, noNaN: true });
const longitude = fc.double({ min: -180, max: 180, noNaN: true });
const coordinates = fc.record({ latitude, longitude });

test("distances are those of the globe: across the date line, over the pole, to the other side", () => {
  const km = (a: readonly [number, number], b: readonly [number, number]): number =>
    Math.round(distanceKm({ latitude: a[0], longitude: a[1] }, { latitude: b[0], longitude: b[1] }));
  assert.equal(km([52.52, 13.405], [48.137, 11.575]), 504);
  assert.equal(km([0, 179.5], [0, -179.5]), 111);
  assert.equal(km([89, 0], [89, 180]), 222);
  assert.equal(km([0, 0], [0, 180]), 20_015);
});

const NEARLY_OPPOSITE = { latitude: 0, longitude: -179.99999790869023 };

test("a distance is the same both ways, never negative, and never a detour shorter", () => {
  fc.assert(
    fc.property(coordinates, coordinates, coordinates, (a, b, c) => {
      const [ab, ba, ac, cb] = [distanceKm(a, b), distanceKm(b, a), distanceKm(a, c), distanceKm(c, b)];
      assert.ok(Math.abs(ab - ba) < 1e-6 && ab >= 0 && ab <= ac + cb + 1e-6);
    }),
    {
      examples: [
        [NEARLY_OPPOSITE, { latitude: 0, longitude: 0 }, { latitude: -6.037091348628667e-7, longitude: 0 }],
      ],
    },
  );
});

test("the table says what the policies say, to a quarter of a percent, for any class of clients", () => {
  const place = fc.record({ region: fc.constantFrom("r1", "r2"), zone: fc.constantFrom("a", "b", null) });
  const cluster = fc.record({
    places: fc.array(place, { maxLength: 2 }),
    coordinates: fc.array(coordinates, { maxLength: 2 }),
  });
  const client: fc.Arbitrary<ClientClass> = fc.oneof(
    coordinates.map((where): ClientClass => ({ kind: "place", ...where })),
    fc.constantFrom("c0", "c1", "gone").map((name): ClientClass => ({ kind: "cluster", cluster: name })),
    coordinates.map((where): ClientClass => ({ kind: "region", region: "r1", ...where })),
    fc.constant<ClientClass>({ kind: "region", region: "r2", latitude: null, longitude: null }),
  );
  fc.assert(
    fc.property(
      fc.array(cluster, { minLength: 1, maxLength: 9 }),
      fc.array(client, { maxLength: 5 }),
      (facts, clients) => {
        const clusters = facts.map((one, index): LocatedCluster => ({ ...one, index, name: `c${index}` }));
        const classes: ClientClass[] = [{ kind: "unknown" }, ...clients];
        const table = nearnessOf(classes, clusters, 500);
        classes.forEach((one, number) => {
          const candidates = clusters.map((each) => ({
            name: each.name,
            weight: 1,
            ...seenFrom(one, each, clusters),
          }));
          const at = (index: number): number => number * (table?.stride ?? 0) + index;
          const shares = clusters.map(({ index }) => shareAfter(table?.steps[at(index)] ?? 0));
          const expected =
            one.kind === "unknown"
              ? clusters.map(() => 1)
              : geoAsSeen(candidates, 500).map(({ weight }) => weight);
          shares.forEach((share, i) => assert.ok(Math.abs(share - (expected[i] as number)) <= 0.003));
          const ranks =
            one.kind === "unknown"
              ? clusters.map(() => 0)
              : nearestAsSeen(candidates).map(({ tier }) => tier);
          assert.deepEqual(
            clusters.map(({ index }) => table?.ranks[at(index)] ?? 0),
            ranks,
          );
        });
      },
    ),
  );
});

test("where nothing is known of any place there is no table", () => {
  const clusters = [{ name: "a", index: 0, places: [], coordinates: [] }];
  assert.equal(
    nearnessOf([{ kind: "unknown" }, { kind: "place", latitude: 1, longitude: 2 }], clusters, 500),
    null,
  );
});
