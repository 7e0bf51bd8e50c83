/** Remembered places: which go on to exist, what of them survives a restart, and which orders are refused. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Place } from "../../../src/federation/members/cluster.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ForgetPlaceRequest } from "../../../src/run/forget/forget-request.ts";
import { parseForget } from "../../../src/run/forget/forget-request.ts";
import { RememberedPlaces } from "../../../src/run/forget/remembered-places.ts";
import { LocalityTracker } from "../../../src/fleet/observe/locality.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { parsePlace } from "../../support/fleet.ts";

const DAY_MS = 86_400_000;

type Run = {
  readonly places: RememberedPlaces;
  readonly federation: Federation;
  readonly clock: FakeClock;
  /** The places of the cluster's nodes; of settings with `areSettled`. */
  readonly move: (cluster: string, places: string, areSettled?: boolean) => void;
  readonly past: (cluster: string) => string;
};

/** One life of the control process. `known`: what the picture has of the members. */
function open(
  path: string | null,
  known: Readonly<Record<string, string>> = {},
  clock: FakeClock = new FakeClock(),
): Run {
  let places: RememberedPlaces | null = null;
  const federation = new Federation(
    {
      onService: () => undefined,
      onNamespace: () => undefined,
      onLocality: (member) => places?.note(member),
    },
    8,
  );
  const move: Run["move"] = (cluster, text, areSettled = false) =>
    federation.setLocality(cluster, {
      places: placesIn(text),
      ...(areSettled && { areSettled }),
      latitude: null,
      longitude: null,
    });
  for (const [cluster, text] of Object.entries(known)) {
    federation.join(cluster);
    move(cluster, text);
  }
  places = new RememberedPlaces({ path, federation, keptMs: () => 30 * DAY_MS, clock, log: silentLog });
  places.load();
  places.run(new AbortController().signal);
  const past: Run["past"] = (cluster) =>
    (federation.member(cluster)?.past ?? []).map(({ region, zone }) => `${region}/${zone}`).join(" ");
  return { places, federation, clock, move, past };
}

function placesIn(text: string): readonly Place[] {
  return text.split(" ").flatMap(parsePlace);
}

async function fileOf(t: TestContext): Promise<string> {
  return join(await temporaryFolder(t), "places.json");
}

const request = (place: string, isDryRun: boolean = false): ForgetPlaceRequest => ({
  what: "place",
  place,
  isDryRun,
  by: "anna",
  reason: null,
});

describe("a place without a Node", () => {
  it("goes on to exist for its time, and is no past place while a Node is there", () => {
    const run = open(null, { west: "us-west/a us-west/b" });
    run.move("west", "us-west/b");
    assert.equal(run.past("west"), "us-west/a");
    run.move("west", "us-west/a us-west/b");
    assert.equal(run.past("west"), "");
    run.move("west", "us-west/b");
    run.clock.advance(30 * DAY_MS - 1000);
    assert.equal(run.past("west"), "us-west/a");
    run.clock.advance(1000);
    assert.deepEqual([run.past("west"), run.places.status.places], ["", []]);
  });

  it("survives restarts, with and without the picture, and its time goes on", async (t) => {
    const path = await fileOf(t);
    const first = open(path, { west: "us-west/a us-west/b" });
    first.move("west", "us-west/b");
    first.clock.advance(2000);
    const clock = new FakeClock(first.clock.wallMs() + 20 * DAY_MS);
    const second = open(path, { west: "us-west/b" }, clock);
    assert.equal(second.past("west"), "us-west/a", "before any commit");
    const bare = open(path, {}, new FakeClock(clock.wallMs()));
    bare.federation.join("west");
    assert.equal(bare.past("west"), "us-west/a us-west/b");
    clock.advance(10 * DAY_MS);
    assert.equal(second.past("west"), "");
  });

  it("was seen an hour ago at most when it is lost with the picture", async (t) => {
    const path = await fileOf(t);
    const first = open(path, { west: "us-west/a" });
    first.clock.advance(100 * DAY_MS);
    const bare = open(path, {}, new FakeClock(first.clock.wallMs() + 29 * DAY_MS));
    bare.federation.join("west");
    assert.equal(bare.past("west"), "us-west/a");
  });

  it("is not remembered of places in the settings, nor of a cluster that leaves", () => {
    const run = open(null, { west: "us-west/a", east: "us-east/a" });
    run.move("west", "us-west/b", true);
    run.move("west", "us-west/c", true);
    assert.equal(run.past("west"), "");
    run.move("east", "us-east/b");
    run.federation.leave("east");
    run.federation.join("east");
    assert.equal(run.past("east"), "");
  });

  it("pushes out older ones when a cluster has had too many, of that cluster alone", () => {
    const run = open(null, { west: "us-west/a", east: "us-east/a" });
    run.move("east", "us-east/b");
    for (let i = 0; i < 500; i++) {
      run.clock.advance(1000);
      run.move("west", `flip-${i}/a`);
    }
    const left = run.past("west").split(" ");
    assert.equal(left.length, 63);
    assert.ok(left.includes("flip-498/a") && !left.includes("flip-400/a") && !left.includes("us-west/a"));
    assert.equal(run.past("east"), "us-east/a");
  });
});

it("where a cluster's places come from: from its Nodes they are remembered, from the settings they are all", () => {
  const { federation, past } = open(null, { west: "us-west/a" });
  const tracker = new LocalityTracker({ cluster: "west", federation, places: null, location: null });
  const [a, b] = placesIn("us-west/a us-west/b");
  tracker.setNode("n1", a ?? null);
  tracker.setNode("n2", b ?? null);
  tracker.publish();
  tracker.setNode("n1", null);
  tracker.publish();
  assert.equal(past("west"), "us-west/a");
  tracker.settle({ places: placesIn("us-west/c"), location: null });
  assert.equal(past("west"), "");
});

describe("an order to forget a place", () => {
  it("forgets a zone, or a region with its zones, at once and across restarts", async (t) => {
    const path = await fileOf(t);
    const run = open(path, { west: "us-west/a us-west/b us-north/a" });
    run.move("west", "us-east/a");
    const dry = run.places.obey(request("us-west/a", true));
    assert.match(dry.text, /^would forget us-west\/a: .* \(it has had no Node since 2026-.* in west\)$/);
    assert.equal(run.past("west"), "us-north/a us-west/a us-west/b");
    assert.equal(run.places.obey(request("us-west/a")).ok, true);
    assert.equal(run.past("west"), "us-north/a us-west/b");
    assert.match(run.places.obey(request("us-west")).text, /^us-west is forgotten: /);
    assert.equal(run.past("west"), "us-north/a");
    assert.equal(open(path, { west: "us-east/a" }).past("west"), "us-north/a");
  });

  it("leaves the other places of a cluster that has not come back yet", async (t) => {
    const path = await fileOf(t);
    const first = open(path, { west: "us-west/a us-west/b" });
    first.move("west", "us-east/a");
    first.clock.advance(2000);
    const second = open(path);
    assert.equal(second.places.obey(request("us-west/a")).ok, true);
    assert.match(open(path, { west: "us-east/a" }).past("west"), /us-west\/b/);
  });

  for (const [place, sentence] of [
    ["us-east", /^us-east is a place of west now, .*fedns drain CLUSTER$/],
    ["us-east/a", /^us-east\/a is a place of west now/],
    ["us-wst/a", /^us-wst\/a is not remembered, .*; did you mean us-west\/a\?$/],
    ["mars", /^mars is not remembered, .*; remembered places: us-west\/a$/],
  ] as const)
    it(`is refused with the cure: ${place}`, () => {
      const run = open(null, { west: "us-west/a" });
      run.move("west", "us-east/a");
      const { ok, text } = run.places.obey(request(place));
      assert.equal(ok, false);
      assert.match(text, sentence);
    });

  it("is understood as labels only", () => {
    for (const place of ["us-west", "us-west/a"]) assert.ok("request" in parseForget(request(place)));
    for (const place of ["", "a/b/c", "US", "a/", "/a", "a.b", `a/${"b".repeat(64)}`])
      assert.ok("wrong" in parseForget(request(place)), place);
  });
});

it("a file that is no such file is put aside and told, and the times of a clock that was ahead are now", async (t) => {
  const path = await fileOf(t);
  writeFileSync(
    path,
    '{"version":1,"places":[{"cluster":"west","region":"A.b","zone":null,"lastSeenMs":1}]}',
  );
  const { places } = open(path, { west: "us-west/a" });
  assert.match(places.status.problem ?? "", /places\[0\]\.region is not a DNS label; it is kept as /);
  assert.match(readFileSync(`${path}.refused`, "utf8"), /A\.b/);
  const ahead = [{ cluster: "west", region: "us-west", zone: "a", lastSeenMs: 2 ** 43 }];
  writeFileSync(path, JSON.stringify({ version: 1, places: ahead }));
  const run = open(path, { west: "us-west/b" });
  run.clock.advance(30 * DAY_MS);
  assert.equal(run.past("west"), "");
});
