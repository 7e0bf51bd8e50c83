/** Which names exist, against a model that spells all of them out; and that nothing exists below a name that does not (RFC 8020). */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ask, type Front, openFront } from "../support/worker-context.ts";

type Cluster = { readonly places: readonly string[]; readonly services: readonly string[] };

function fleetText(clusters: readonly Cluster[]): string {
  return clusters
    .map(({ places, services }, i) =>
      [
        `cluster c${i} ${places.join(" ")}`,
        ...services.map((key) => `  ${key} ready=${i % 2} 192.0.2.${i + 1}`),
      ].join("\n"),
    )
    .join("\n");
}

/** The names of all services at all levels, as the design says, multiplied out. */
function serviceNames(clusters: readonly Cluster[]): string[] {
  const suffixes = new Set<string>([""]);
  for (const place of clusters.flatMap(({ places }) => places)) {
    const [region = "", zone] = place.split("/");
    suffixes.add(`${region}.`);
    if (zone !== undefined) suffixes.add(`${zone}.${region}.`);
  }
  const services = new Set(clusters.flatMap((cluster) => cluster.services));
  return [...services].flatMap((key) => {
    const [namespace, name] = key.split("/");
    return [...suffixes].map((suffix) => `${name}.${namespace}.myfed.svc.${suffix}example.com`);
  });
}

/** Everything that exists: services, levels, nameservers, and whatever lies between them and the apex. */
function existing(clusters: readonly Cluster[]): Set<string> {
  const names = new Set(["example.com"]);
  const levels = serviceNames([...clusters, { places: [], services: ["n/s"] }]).map((name) =>
    name.split(".").slice(2).join("."),
  );
  for (const name of [...serviceNames(clusters), ...levels, "ns1.example.com"])
    for (const suffix of suffixesOf(name)) names.add(suffix);
  return names;
}

function suffixesOf(name: string): string[] {
  const labels = name.split(".");
  return labels.map((_, i) => labels.slice(i).join(".")).filter((suffix) => suffix.endsWith("example.com"));
}

function isThere(front: Front, name: string): boolean {
  const { rcode } = ask(front, { name, type: 16 });
  assert.ok(rcode === 0 || rcode === 3, `${name} gets ${rcode}`);
  return rcode === 0;
}

function clustersOf(words: readonly string[]): fc.Arbitrary<Cluster[]> {
  const word = fc.constantFrom(...words);
  const place = fc.oneof(
    word,
    fc.tuple(word, word).map(([region, zone]) => `${region}/${zone}`),
  );
  const service = fc.tuple(word, word).map(([namespace, name]) => `${namespace}/${name}`);
  const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string[]> => fc.array(item, { maxLength: 3 });
  return fc.array(fc.record({ places: list(place), services: list(service) }), { maxLength: 4 });
}

const ordinary = ["a", "b", "c", "west", "ns1"];

test("a name exists if and only if the model has it", () => {
  fc.assert(
    fc.property(
      clustersOf(ordinary),
      fc.array(fc.array(fc.constantFrom(...ordinary, "svc", "myfed"), { minLength: 1, maxLength: 6 }), {
        maxLength: 30,
      }),
      (clusters, asked) => {
        const front = openFront(fleetText(clusters), 1 << 20);
        const names = existing(clusters);
        for (const name of names) assert.ok(isThere(front, name), `${name} is there`);
        for (const labels of asked) {
          const name = `${labels.join(".")}.example.com`;
          assert.equal(isThere(front, name), names.has(name), name);
        }
      },
    ),
    { numRuns: 120 },
  );
});

test("(region svc, zone myfed) every name above an existing one exists, whatever members call their regions and zones", () => {
  fc.assert(
    fc.property(clustersOf(["a", "svc", "myfed", "example", "com", "ns1"]), (clusters) => {
      const front = openFront(fleetText(clusters), 1 << 20);
      for (const name of serviceNames(clusters)) {
        if (!isThere(front, name)) continue;
        for (const suffix of suffixesOf(name))
          assert.ok(isThere(front, suffix), `${suffix} is there, above ${name}`);
      }
    }),
    { numRuns: 250 },
  );
});
