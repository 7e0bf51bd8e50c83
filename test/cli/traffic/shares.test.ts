/** Shares are read from the explanations of the server itself, so that the words of both cannot come apart. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askedName, domainNames } from "../../../src/cli/traffic/served-name.ts";
import { type ClusterShare, readShares } from "../../../src/cli/traffic/shares.ts";
import { POLICIES } from "../../../src/federation/policy/policies.ts";
import { askAs, type Plans, plannerOf } from "../../support/traffic.ts";
import { type Front, openFront, setHealth } from "../../support/worker-context.ts";

const NAME = "hello.demo.myfed.svc.example.com";

function sharesIn(front: Front, name = NAME): ReturnType<typeof readShares> {
  const question = { name: `why.${name}`, type: 16, class: 3 };
  const { answer } = askAs(front, question, { from: "127.0.0.1", isStream: true });
  return readShares(
    name,
    answer.map(({ data }) =>
      data.replaceAll(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code))).replace(/^"(.*)"$/, "$1"),
    ),
  );
}

function frontOf(plans: Partial<Plans>): Front {
  return openFront(
    `
cluster west us-west/a
  demo/hello ready=3 192.0.2.17
cluster east us-east/a
  demo/hello ready=2 192.0.2.33
cluster north eu-north/a
  demo/hello ready=0 192.0.2.49
`,
    2 << 20,
    plannerOf({ plan: {}, placements: {}, capacity: {}, ...plans }),
  );
}

const weighted = {
  plan: { policy: POLICIES.weighted.number },
  placements: { west: { weight: 3, tier: 0 }, east: { weight: 1, tier: 0 }, north: { weight: 1, tier: 0 } },
};
const at = (name: string, all: readonly ClusterShare[] | undefined): ClusterShare | undefined =>
  all?.find(({ cluster }) => cluster === name);

describe("shares", () => {
  it("are those of the level that is answered from", () => {
    const all = sharesIn(frontOf(weighted));
    assert.equal(all?.outcome, "2 of 3 can answer");
    assert.deepEqual(
      all.clusters.map(({ cluster, share, reason, ready }) => [cluster, share, reason, ready]),
      [
        ["west", 0.75, null, 3],
        ["east", 0.25, null, 2],
        ["north", 0, "no endpoint is ready", 0],
      ],
    );
    const below = sharesIn(frontOf(weighted), NAME.replace("svc.", "svc.eu-north."));
    assert.equal(at("west", below?.clusters)?.share, 0.75);
    assert.equal(below?.clusters.length, 3);
  });
  it("are 0 for what is drained, down, or in a later tier, with the reason", () => {
    const later = { west: { weight: 1, tier: 1 }, east: { weight: 1, tier: 0 } };
    const tiers = frontOf({ ...weighted, placements: later });
    const west = at("west", sharesIn(tiers)?.clusters);
    assert.deepEqual([west?.share, west?.reason], [0, "nearer or earlier clusters take all"]);
    const drained = frontOf(weighted);
    drained.publisher.setShare("west", 0);
    setHealth(drained, "192.0.2.33", 0);
    const { clusters, outcome } = sharesIn(drained) ?? {};
    assert.equal(outcome, "everything looks down, so everything that is ready is answered");
    assert.equal(at("west", clusters)?.reason, "the cluster is drained or forced down");
    assert.equal(at("east", clusters)?.share, 1);
  });
  it("are not known where every cluster is in each answer", () => {
    const { clusters } = sharesIn(frontOf({ plan: { policy: POLICIES.all.number } })) ?? {};
    assert.deepEqual([at("west", clusters)?.share, at("west", clusters)?.reason], [null, null]);
  });
  it("are none where nothing is chosen", () => {
    assert.equal(sharesIn(frontOf(weighted), "ns1.example.com"), null);
    assert.equal(readShares("a", ["a: not known yet; the members have not been read"]), null);
  });
});

describe("a name that is asked about", () => {
  it("says its Service where it has one", () => {
    const service = { namespace: "shop", name: "web" };
    const whole = "web.shop.myfed.svc.us-west.example.com";
    assert.deepEqual(askedName(whole), { service, domainName: whole });
    assert.deepEqual(askedName("web.shop"), { service, domainName: null });
    assert.deepEqual(askedName("www.example.com"), { service: null, domainName: "www.example.com" });
    assert.deepEqual(domainNames(service, [{ name: "myfed", domain: "example.com" }]), [
      "web.shop.myfed.svc.example.com",
    ]);
  });
});
