/** A member that was never read: what it could declare is not known, whatever time passes and however often control starts. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { unreadMembers } from "../../../src/run/control/initial-sync.ts";
import { Lives } from "./lives.ts";

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;
const SYNC_BOUND_MS = 5_000;
const SETTINGS = { syncBoundSeconds: SYNC_BOUND_MS / 1000 };
const [EAST, WEST] = ["10.1.0.1", "10.0.0.1"];
const nameOf = (service: string, level: string = ""): string =>
  `${service}.demo.myfed.svc.${level}example.com`;

/** West is away and has never been read; east is answered. */
async function withoutWest(t: TestContext): Promise<Lives> {
  const lives = await Lives.prepare(t, ["west", "east"]);
  lives.cluster("west").set("web", [WEST]);
  lives.cluster("west").set("only", [WEST]);
  lives.cluster("east").set("web", [EAST]);
  lives.cluster("west").server.outage({ status: 503 });
  await lives.start(SETTINGS);
  await lives.until("east is answered", () => lives.addresses(nameOf("web")).join() === EAST);
  return lives;
}

const rcodes = (lives: Lives): number[] =>
  [
    nameOf("web"),
    nameOf("web", "east."),
    nameOf("web", "west."),
    nameOf("only"),
    nameOf("only", "east."),
    nameOf("none"),
    "other.example.com",
    "example.org",
  ].map((name) => lives.ask(name).rcode);
const UNREAD = [NOERROR, NOERROR, SERVFAIL, SERVFAIL, SERVFAIL, SERVFAIL, NXDOMAIN, REFUSED];
const WITHOUT = [NOERROR, NOERROR, NXDOMAIN, NXDOMAIN, NXDOMAIN, NXDOMAIN, NXDOMAIN, REFUSED];
/** An answer from a level of its own needs its place, which the settings have. */
const FORGOTTEN = WITHOUT.with(2, NOERROR);
const READ = [NOERROR, NOERROR, NOERROR, NOERROR, NOERROR, NXDOMAIN, NXDOMAIN, REFUSED];

describe("a member that was never read", { timeout: 60_000 }, () => {
  it("makes only what it could declare SERVFAIL, also after syncBoundSeconds and in lives that follow", async (t) => {
    const lives = await withoutWest(t);
    assert.deepEqual(rcodes(lives), UNREAD);
    await lives.pass(2 * SYNC_BOUND_MS);
    assert.deepEqual(rcodes(lives), UNREAD);
    await lives.kill();
    await lives.start(SETTINGS);
    await lives.pass(2 * SYNC_BOUND_MS);
    assert.deepEqual([rcodes(lives), lives.plane.publisher.unread], [UNREAD, ["west"]]);
    lives.cluster("west").server.outage(null);
    await lives.until("west is read", () => lives.plane.publisher.unread.length === 0);
    assert.deepEqual(rcodes(lives), READ);
  });

  it("is not waited for any more when the settings do not have it", async (t) => {
    const lives = await withoutWest(t);
    await lives.kill();
    const { kubeconfig } = lives.cluster("east");
    await lives.start({ ...SETTINGS, clusters: [{ name: "east", kubeconfig, region: "east" }] });
    assert.deepEqual(rcodes(lives), WITHOUT);
  });
});

const FORGET = { what: "cluster", cluster: "west", isDryRun: false, by: "anna", reason: null } as const;

describe("a member that is forgotten", { timeout: 60_000 }, () => {
  it("is not waited for, also in lives that follow and with a new picture, until it is read", async (t) => {
    const lives = await withoutWest(t);
    assert.deepEqual(rcodes(lives), UNREAD);
    assert.equal(lives.plane.forgotten.obey(FORGET).ok, true);
    await lives.pass(20);
    assert.deepEqual([rcodes(lives), lives.plane.publisher.unread], [FORGOTTEN, []]);
    for (const lose of [false, true]) {
      await lives.kill();
      if (lose) lives.loseState();
      await lives.start(SETTINGS);
      await lives.until("east is answered", () => lives.addresses(nameOf("web")).join() === EAST);
      assert.deepEqual([rcodes(lives), lives.plane.publisher.unread], [FORGOTTEN, []]);
    }
    lives.cluster("west").server.outage(null);
    await lives.until("west is read", () => lives.plane.fleet.members.every(({ isSynced }) => isSynced));
    await lives.pass(20);
    assert.deepEqual([rcodes(lives), lives.plane.forgotten.status.clusters], [READ, []]);
    const refused = lives.plane.forgotten.obey(FORGET);
    assert.match(refused.text, /^west has been read/);
    // Forgotten once, it is waited for again like any other member.
    await lives.kill();
    lives.loseState();
    lives.cluster("west").server.outage({ status: 503 });
    await lives.start(SETTINGS);
    await lives.until("east is answered", () => lives.addresses(nameOf("web")).join() === EAST);
    assert.deepEqual(rcodes(lives), UNREAD);
  });
});

describe("unreadMembers", { timeout: 60_000 }, () => {
  it("wait keeps a new replica from being ready until the member is forgotten or read, and bounded does not", async (t) => {
    const lives = await withoutWest(t);
    await lives.until("every member was read or has failed", () => lives.mayBeReady);
    for (const end of ["forget", "read"]) {
      await lives.kill();
      lives.loseState();
      await lives.start({ ...SETTINGS, unreadMembers: "wait" });
      await lives.until("east is answered", () => lives.addresses(nameOf("web")).join() === EAST);
      await lives.pass(2 * SYNC_BOUND_MS);
      assert.equal(lives.mayBeReady, false);
      const [unread] = unreadMembers(lives.plane);
      assert.match(`${unread?.cluster}: ${unread?.problem}`, /^west: services: .*503/);
      if (end === "read") lives.cluster("west").server.outage(null);
      else lives.plane.forgotten.obey(FORGET);
      await lives.until("it may be ready", () => lives.mayBeReady);
      lives.plane.forgotten.lift("west");
    }
  });

  it("ignore waits for no member, not even for its first failure", async (t) => {
    const lives = await Lives.prepare(t, ["west"]);
    lives.cluster("west").server.fallSilent();
    await lives.start({ ...SETTINGS, unreadMembers: "bounded" });
    await lives.pass(1_000);
    assert.equal(lives.mayBeReady, false);
    await lives.kill();
    await lives.start({ ...SETTINGS, unreadMembers: "ignore" });
    await lives.pass(100);
    assert.equal(lives.mayBeReady, true);
    assert.deepEqual(unreadMembers(lives.plane), [
      { cluster: "west", problem: "its first list has not ended" },
    ]);
  });
});

it("a member that was read once is known from the picture, however long it is away", async (t) => {
  const lives = await Lives.prepare(t, ["west", "east"]);
  lives.cluster("west").set("only", [WEST]);
  lives.cluster("east").set("web", [EAST]);
  await lives.start(SETTINGS);
  await lives.until("both are read", () => lives.plane.publisher.unread.length === 0);
  await lives.kill();
  for (const { server } of lives.clusters) server.outage({ status: 503 });
  await lives.start(SETTINGS);
  assert.deepEqual(lives.plane.publisher.unread, []);
  assert.deepEqual(lives.addresses(nameOf("only")), [WEST]);
  assert.equal(lives.ask(nameOf("none")).rcode, NXDOMAIN);
});

describe("a start from the saved copy of the picture", { timeout: 60_000 }, () => {
  /** West and east were read, and the copy has them; all of west is away since. */
  async function fromCopy(t: TestContext): Promise<Lives> {
    const lives = await Lives.prepare(t, ["west", "east"]);
    lives.cluster("west").set("web", [WEST]);
    lives.cluster("east").set("web", [EAST]);
    lives.cluster("east").set("only", [EAST]);
    await lives.start(SETTINGS);
    await lives.until("both are read", () => lives.plane.publisher.unread.length === 0);
    await lives.kill();
    lives.cluster("west").server.outage({ status: 503 });
    lives.restoreCopy();
    return lives;
  }
  const rcodeOf = (lives: Lives, service: string, level?: string): number =>
    lives.ask(nameOf(service, level)).rcode;

  it("answers what the copy has, and never denies what it does not have until each member has been read", async (t) => {
    const lives = await fromCopy(t);
    lives.cluster("west").set("fresh", [WEST]);
    const isAsCopied = (): void => {
      assert.deepEqual(lives.addresses(nameOf("web")), [WEST, EAST].toSorted());
      assert.deepEqual(lives.addresses(nameOf("web", "west.")), [WEST]);
      assert.equal(rcodeOf(lives, "fresh"), SERVFAIL);
      assert.equal(rcodeOf(lives, "fresh", "west."), SERVFAIL);
      assert.equal(rcodeOf(lives, "none"), SERVFAIL);
    };
    isAsCopied();
    await lives.start(SETTINGS);
    await lives.until("east is read", () => lives.plane.publisher.unread.join() === "west");
    await lives.pass(2 * SYNC_BOUND_MS);
    isAsCopied();
    await lives.kill();
    await lives.start(SETTINGS);
    await lives.pass(2 * SYNC_BOUND_MS);
    isAsCopied();
    assert.equal(lives.ask("other.example.com").rcode, NXDOMAIN, "no member may declare it");
    lives.cluster("west").server.outage(null);
    await lives.until("west is read", () => lives.plane.publisher.unread.length === 0);
    assert.deepEqual(lives.addresses(nameOf("fresh")), [WEST]);
    assert.equal(rcodeOf(lives, "none"), NXDOMAIN);
  });

  it("still leads up the ladder where the copy knows of nothing ready", async (t) => {
    const lives = await fromCopy(t);
    await lives.start(SETTINGS);
    await lives.until("east is read", () => lives.plane.publisher.unread.join() === "west");
    assert.deepEqual(lives.addresses(nameOf("only", "west.")), [EAST]);
  });
});

it("a member that is new in the settings is waited for, and those of the picture are not", async (t) => {
  const lives = await Lives.prepare(t, ["west", "east"]);
  lives.cluster("west").set("only", [WEST]);
  const [west] = lives.clusters;
  await lives.start({ clusters: [{ name: "west", kubeconfig: west?.kubeconfig, region: "west" }] });
  await lives.until("west is read", () => lives.plane.publisher.unread.length === 0);
  await lives.kill();
  for (const { server } of lives.clusters) server.outage({ status: 503 });
  await lives.start(SETTINGS);
  assert.deepEqual(lives.plane.publisher.unread, ["east"]);
  assert.deepEqual(lives.addresses(nameOf("only")), [WEST]);
  assert.deepEqual(
    [lives.ask(nameOf("none")).rcode, lives.ask(nameOf("only", "east.")).rcode],
    [SERVFAIL, SERVFAIL],
  );
});

it("before the first commit every name is SERVFAIL, because not even the zones are known", async (t) => {
  const lives = await Lives.prepare(t, []);
  for (const name of [nameOf("web"), "example.com", "example.org"])
    assert.equal(lives.ask(name).rcode, SERVFAIL, name);
  await lives.start({ clusters: [] });
  assert.deepEqual(
    [nameOf("web"), "example.com", "example.org"].map((name) => lives.ask(name).rcode),
    [NXDOMAIN, NOERROR, REFUSED],
  );
});
