/** Since when hosts are claimed: what a member says of its objects' age counts as far as fedns could not have seen them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AWAY_MAX,
  FirstSights,
  FORGOTTEN_AFTER_SECONDS,
  FOUNDING_SECONDS,
  GONE_MAX,
  READING_MAX_SECONDS,
  type SavedSights,
  SLACK_SECONDS,
} from "../../../src/federation/sights/first-sights.ts";
import { linesOf, sightsIn } from "../../../src/federation/sights/saved-sights.ts";

const START = 1_800_000_000;
const LONG_AGO = 1_000_000_000;

class Rig {
  nowSeconds = START;
  sights: FirstSights;

  constructor(saved: SavedSights | null = null) {
    this.sights = this.#open(saved);
  }

  #open(saved: SavedSights | null): FirstSights {
    return new FirstSights({ saved, wallMs: () => this.nowSeconds * 1000 });
  }

  /** Through the text of the file. */
  restart(): void {
    this.sights = this.#open(sightsIn([...linesOf(this.sights.saved)]));
  }

  see(
    cluster: string,
    namespace: string,
    host: string = "h.example.com",
    createdSeconds: number = LONG_AGO,
  ): number {
    return this.sights.see({ cluster, namespace, host }, createdSeconds).sinceSeconds;
  }

  lose(cluster: string, namespace: string, host: string = "h.example.com"): void {
    this.sights.lose({ cluster, namespace, host });
  }

  /** A cluster that has been read. */
  read(...clusters: readonly string[]): this {
    for (const cluster of clusters) this.sights.join(cluster);
    for (const cluster of clusters) this.sights.read(cluster);
    return this;
  }
}

describe("a claim is as old", () => {
  it("as its object, at the very first start", () => {
    const rig = new Rig();
    rig.sights.join("west");
    assert.equal(rig.see("west", "shop"), LONG_AGO);
    rig.sights.read("west");
    assert.equal(rig.see("west", "shop", "h.example.com", LONG_AGO - 5), LONG_AGO, "it does not get older");
  });

  it("as its first sight, in a cluster that is watched: a creation time in the past does not count", () => {
    const rig = new Rig().read("west");
    assert.equal(rig.see("west", "evil"), START - SLACK_SECONDS);
    assert.equal(rig.see("west", "shop", "h.example.com", START - 5), START - 5, "an honest one counts");
  });

  it("as the cluster's membership, where it joins later; and a late one at the very first start is no founder", () => {
    const rig = new Rig().read("west");
    rig.nowSeconds += FOUNDING_SECONDS + 1;
    rig.sights.join("new");
    assert.equal(rig.see("new", "evil"), rig.nowSeconds - SLACK_SECONDS);
  });

  it("as when its cluster was last seen, if it came while fedns was away", () => {
    const rig = new Rig().read("west");
    rig.see("west", "shop");
    rig.restart();
    rig.nowSeconds += 5000;
    rig.sights.join("west");
    assert.equal(rig.see("west", "shop"), START - SLACK_SECONDS, "what is remembered");
    assert.equal(rig.see("west", "evil"), START - SLACK_SECONDS);
    assert.equal(rig.see("west", "blog", "h.example.com", START + 99), START + 99);
  });

  it("as now, where the cluster draws out being read", () => {
    for (const rig of [new Rig(), new Rig({ seen: new Map([["west", START - 9]]), sights: [] })]) {
      rig.sights.join("west");
      rig.nowSeconds += READING_MAX_SECONDS + 1;
      assert.equal(rig.see("west", "evil"), rig.nowSeconds - SLACK_SECONDS);
    }
  });

  it("as before, for a namespace that makes its object again within a day, across restarts", () => {
    const rig = new Rig().read("west");
    const since = rig.see("west", "shop");
    rig.lose("west", "shop");
    rig.nowSeconds += FORGOTTEN_AFTER_SECONDS - 10;
    rig.restart();
    rig.read("west");
    assert.equal(rig.see("west", "shop"), since);
    rig.lose("west", "shop");
    rig.nowSeconds += FORGOTTEN_AFTER_SECONDS;
    rig.lose("west", "other");
    rig.restart();
    rig.read("west");
    assert.equal(rig.see("west", "shop"), rig.nowSeconds - SLACK_SECONDS);
  });
});

describe("the memory", () => {
  it("keeps what a cluster claimed until that is read again, however long that takes", () => {
    const rig = new Rig().read("west");
    const since = rig.see("west", "shop");
    rig.restart();
    rig.sights.join("west");
    rig.nowSeconds += 3 * FORGOTTEN_AFTER_SECONDS;
    rig.restart();
    rig.sights.join("west");
    assert.equal(rig.see("west", "shop"), since);
  });

  it("forgets clusters that are gone for a day, and of many at once those that went first", () => {
    const rig = new Rig().read("west");
    rig.see("west", "shop");
    rig.lose("west", "shop");
    rig.sights.leave("west");
    assert.equal(rig.sights.size, 1);
    rig.nowSeconds += FORGOTTEN_AFTER_SECONDS;
    assert.equal([...rig.sights.saved.sights].length, 0);
    for (let i = 0; i < AWAY_MAX + 5; i++) {
      rig.nowSeconds++;
      rig.read(`c${i}`).see(`c${i}`, "shop");
      rig.lose(`c${i}`, "shop");
      rig.sights.leave(`c${i}`);
    }
    assert.equal(rig.sights.size, AWAY_MAX);
  });

  it("is bounded for a member that claims one name after another, and nobody else loses any", () => {
    const rig = new Rig().read("west", "greedy");
    rig.see("west", "shop");
    rig.lose("west", "shop");
    for (let i = 0; i < GONE_MAX + 50; i++) {
      rig.see("greedy", "evil", `h${i}.example.com`);
      rig.lose("greedy", "evil", `h${i}.example.com`);
    }
    assert.equal(rig.sights.size, GONE_MAX + 1);
    assert.equal(rig.see("west", "shop"), START - SLACK_SECONDS);
  });

  it("forgets gone claims before those that stood at a restart, whose cluster has not been read yet", () => {
    const rig = new Rig().read("west");
    rig.see("west", "shop");
    for (let i = 0; i < GONE_MAX; i++) {
      rig.see("west", "evil", `h${i}.example.com`);
      rig.lose("west", "evil", `h${i}.example.com`);
    }
    rig.nowSeconds += 60;
    rig.restart();
    rig.sights.join("west");
    rig.see("west", "evil", "one.example.com");
    rig.lose("west", "evil", "one.example.com");
    rig.nowSeconds += 60;
    assert.equal(rig.see("west", "shop", undefined, START + 90), START - SLACK_SECONDS);
  });

  it("is read from its lines, and what is no line of it is left out", () => {
    const sights = [
      { cluster: "west", namespace: "shop", host: "*.h.example.com", sinceSeconds: 5, goneSeconds: null },
      { cluster: "west", namespace: "shop", host: "__proto__", sinceSeconds: 6, goneSeconds: 7 },
      { cluster: "east", namespace: "shop", host: "h", sinceSeconds: -8, goneSeconds: null },
    ];
    const lines = [...linesOf({ seen: new Map([["west", 9]]), sights })];
    assert.deepEqual(sightsIn(lines), { seen: new Map([["west", 9]]), sights, refused: 0 });
    const bad = ["{", '["west","shop",[["h","x"]]]', '["west","shop",[[5,5]]]', "null", '["a b","c",[]]'];
    assert.deepEqual(sightsIn([...lines, ...bad])?.refused, bad.length);
    assert.equal(sightsIn(lines.slice(1)), null);
    assert.equal(sightsIn(["", "x"]), null);
    assert.equal(sightsIn([]), null);
  });
});
