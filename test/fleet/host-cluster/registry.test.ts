/** Which members a host has: objects that become unusable, that are deleted, and that are lost with too many others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterRegistry } from "../../../src/fleet/host-cluster/cluster-registry.ts";
import { isDoubtful, KEPT_FOR_MS } from "../../../src/fleet/host-cluster/shrink.ts";

const object = (name: string, own: object = {}): unknown => ({
  metadata: { name, uid: `uid-${name}`, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { apiEndpoint: `https://${name}.example.net`, secretRef: { name }, ...own },
});
const letters = "abcdefghij";

function registryOf(count: number): ClusterRegistry {
  const registry = new ClusterRegistry();
  for (const name of letters.slice(0, count)) registry.declare(name, object(name));
  return registry;
}
const names = (registry: ClusterRegistry): string => registry.members.map(({ name }) => name).join("");

describe("a loss of members", () => {
  const cases: readonly (readonly [known: number, gone: number, isFromList: boolean, isDoubted: boolean])[] =
    [
      [1, 0, true, false],
      [1, 1, false, false],
      [1, 1, true, true],
      [3, 1, true, false],
      [3, 1, false, false],
      [3, 2, false, true],
      [3, 3, false, true],
      [3, 3, true, true],
      [10, 2, true, false],
      [10, 3, true, true],
      [100, 29, true, false],
      [100, 30, false, true],
    ];
  for (const [known, gone, isFromList, isDoubted] of cases)
    it(`of ${gone} of ${known} ${isFromList ? "in a list" : "by deletions"} is ${isDoubted ? "doubted" : "believed"}`, () =>
      assert.equal(isDoubtful({ known, gone, isFromList }), isDoubted));
});

describe("the registry of a host's members", () => {
  it("keeps a member as it was when its object becomes unusable", () => {
    const registry = registryOf(2);
    registry.declare("a", object("a", { apiEndpoint: "nonsense" }));
    assert.equal(registry.members[0]?.apiEndpoint, "https://a.example.net/");
    assert.equal(registry.problemsOf("a")[0]?.reason, "ClusterConfigMalformed");
    registry.declare("a", object("a", { apiEndpoint: "https://new.example.net" }));
    assert.equal(registry.members[0]?.apiEndpoint, "https://new.example.net/");
    assert.deepEqual(registry.problems, []);
  });

  it("has no member for an object that never was usable, and reports it", () => {
    const registry = registryOf(1);
    registry.declare("x", { metadata: { name: "x" } });
    assert.equal(names(registry), "a");
    assert.deepEqual(
      registry.problems.map(({ object: about }) => about),
      ["KubeFedCluster x"],
    );
    registry.remove(["x"], false, 0);
    assert.deepEqual(registry.problems, []);
  });

  it("lets a member leave when its object is deleted, and when one is missing from a list", () => {
    const registry = registryOf(5);
    registry.remove(["b"], false, 0);
    registry.confirm(new Set(["a", "c", "d"]), 0);
    assert.equal(names(registry), "acd");
  });

  it("keeps members that are lost together until the host has been seen without them for a while", () => {
    const registry = registryOf(4);
    registry.confirm(new Set(["a"]), 1_000);
    assert.equal(names(registry), "abcd");
    assert.match(registry.problems[0]?.sentence ?? "", /so it is kept; it leaves 10 minutes after/);
    assert.equal(registry.letGo(1_000 + KEPT_FOR_MS - 1, 0), false);
    assert.equal(registry.letGo(1_000 + KEPT_FOR_MS, null), false, "the host is not seen");
    assert.equal(registry.letGo(1_000 + KEPT_FOR_MS, 2_000), false, "it was not seen all the time");
    assert.equal(registry.letGo(2_000 + KEPT_FOR_MS, 2_000), true);
    assert.equal(names(registry), "a");
    assert.deepEqual(registry.problems, []);
  });

  it("keeps all members of a host that has become empty, until there is one again", () => {
    const registry = registryOf(3);
    registry.confirm(new Set(), 0);
    assert.equal(registry.letGo(100 * KEPT_FOR_MS, 0), false);
    assert.match(
      registry.problems[0]?.sentence ?? "",
      /create a KubeFedCluster .* take host out of the settings/,
    );
    registry.declare("z", object("z"));
    assert.equal(registry.letGo(100 * KEPT_FOR_MS, 0), true);
    assert.equal(names(registry), "z");
  });

  it("has a kept member back when its object returns", () => {
    const registry = registryOf(3);
    registry.confirm(new Set(["a"]), 0);
    registry.declare("b", object("b"));
    assert.equal(registry.letGo(KEPT_FOR_MS, 0), true);
    assert.equal(names(registry), "ab");
  });

  it("compares the members of an earlier run with the first list", () => {
    const registry = new ClusterRegistry();
    registry.restore(registryOf(5).members);
    registry.declare("a", object("a"));
    registry.confirm(new Set(["a", "b", "c", "d"]), 0);
    assert.equal(names(registry), "abcd");
  });
});
