/** Fleet: which members there are after sources have said what they want, without watches and pictures. */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import type { CredentialsSource } from "../../../src/fleet/credentials/credentials-source.ts";
import { Fleet } from "../../../src/fleet/members/fleet.ts";
import type { ClusterMember } from "../../../src/fleet/members/member.ts";
import { mergeMembers, type WantedMember } from "../../../src/fleet/members/wanted-member.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function wanted(name: string, from: string = "a file"): WantedMember {
  const credentials = { name: from } as CredentialsSource;
  return { name, credentials, region: null, zones: null, location: null, addresses: { allow: [], deny: [] } };
}

const members = (...names: readonly string[]): WantedMember[] => names.map((name) => wanted(name));

type Rig = {
  readonly fleet: Fleet;
  readonly federation: Federation;
  readonly clock: FakeClock;
  /** What has happened since it was looked at last: "join a", "run a", "change a", "end a", "leave a", "order a,b", "synced". */
  readonly events: () => string[];
  /** These have been read. */
  readonly synced: Set<string>;
};

type RigOptions = {
  readonly sources?: readonly string[];
  readonly capacity?: number;
  readonly remembered?: readonly string[];
};

function open({ sources = ["settings"], capacity = 3, remembered = [] }: RigOptions = {}): Rig {
  const clock = new FakeClock();
  const nothing = (): void => undefined;
  const federation = new Federation(
    { onService: nothing, onLocality: nothing, onNamespace: nothing },
    capacity,
  );
  for (const name of remembered) federation.join(name);
  const synced = new Set<string>();
  let log: string[] = [];
  const note = (...event: readonly string[]): void => void log.push(event.join(" "));
  const openMember = (first: WantedMember, seenUntilMs: number | null): ClusterMember => {
    let now = first;
    const member = {
      name: first.name,
      get wanted() {
        return now;
      },
      get isSynced() {
        return synced.has(first.name);
      },
      seenUntilMs: 7,
      change: (next: WantedMember) => {
        const isNews = next.credentials.name !== now.credentials.name;
        now = next;
        if (isNews) note("change", first.name);
        return isNews;
      },
      run: (signal: AbortSignal) => {
        note("run", first.name, ...(seenUntilMs === null ? [] : [`from ${seenUntilMs}`]));
        signal.addEventListener("abort", () => note("end", first.name));
        return Promise.resolve();
      },
      stop: nothing,
    };
    return member as unknown as ClusterMember;
  };
  const fleet = new Fleet({
    sources,
    federation,
    membership: {
      seenUntilMs: (name) => (remembered.includes(name) ? 5 : null),
      join: (name) => {
        federation.join(name);
        note("join", name);
      },
      leave: (name) => {
        federation.leave(name);
        note("leave", name);
      },
      sourceUnread: (source) => note("unread", source),
      sourceRead: (source) => note("read", source),
      settle: (names) => note("order", names.join()),
    },
    open: openMember,
    remember: (name, signal) => {
      note("remember", name);
      signal.addEventListener("abort", () => note("forget", name));
    },
    onAllSynced: () => note("synced"),
    clock,
    log: silentLog,
  });
  const events = (): string[] => {
    const seen = log;
    log = [];
    return seen;
  };
  return { fleet, federation, clock, events, synced };
}

/** Runs from now on. */
function started(rig: Rig): Rig {
  rig.fleet.run(new AbortController().signal);
  rig.events();
  return rig;
}

const conditionsOf = ({ fleet }: Rig): string[] =>
  fleet.status.conditions.map(({ name, source, reason }) => `${name} ${source} ${reason}`);

test("members of several sources are merged: the first source wins, and the other is told", () => {
  const merge = (...offers: readonly (readonly [string, readonly string[] | null])[]): string[][] => {
    const all = offers.map(([source, names]) => ({
      source,
      members: names === null ? null : members(...names),
    }));
    const merged = mergeMembers(all);
    return [
      merged.members.map(({ source, member }) => `${member.name} of ${source}`),
      merged.conditions.map(({ name, source, reason }) => `${name} ${source} ${reason}`),
    ];
  };
  assert.deepEqual(merge(["settings", ["a", "b"]], ["host", ["c"]]), [
    ["a of settings", "b of settings", "c of host"],
    [],
  ]);
  assert.deepEqual(merge(["settings", ["a"]], ["host", ["a", "b"]]), [
    ["a of settings", "b of host"],
    ["a host NameTaken"],
  ]);
  assert.deepEqual(merge(["settings", null], ["host", ["a", "a"]]), [["a of host"], ["a host NameTaken"]]);
  const [condition] = mergeMembers([
    { source: "settings", members: members("a") },
    { source: "host", members: members("a") },
  ]).conditions;
  assert.match(condition?.message ?? "", /^a cluster of this name is named in the settings/);
});

describe("a fleet", () => {
  it("engages, changes and disengages one member without touching the others", () => {
    const rig = started(open());
    rig.fleet.setMembers("settings", members("a", "b"));
    assert.deepEqual(rig.events(), ["join a", "run a", "join b", "run b", "order a,b", "read settings"]);
    rig.fleet.setMembers("settings", [wanted("a", "another file"), wanted("b")]);
    assert.deepEqual(rig.events(), ["change a"]);
    rig.fleet.setMembers("settings", members("c", "b"));
    assert.deepEqual(rig.events(), ["end a", "leave a", "join c", "run c", "order c,b"]);
    assert.deepEqual(
      rig.fleet.members.map(({ name }) => name),
      ["c", "b"],
    );
    rig.fleet.setMembers("settings", members("c", "b"));
    assert.deepEqual(rig.events(), []);
    rig.fleet.setMembers("settings", members("b", "c"));
    assert.deepEqual(rig.events(), ["order b,c"], "failover goes by the order of the settings");
  });

  it("runs members that were wanted before it started, and ends them all with its signal", () => {
    const rig = open();
    rig.fleet.setMembers("settings", members("a", "b"));
    assert.deepEqual(
      rig.events().filter((event) => event.startsWith("run")),
      [],
    );
    const ending = new AbortController();
    rig.fleet.run(ending.signal);
    assert.deepEqual(rig.events(), ["run a", "run b"]);
    ending.abort();
    rig.fleet.setMembers("settings", members("a", "b", "c"));
    assert.deepEqual(rig.events(), ["end a", "end b", "join c", "order a,b,c"]);
  });

  it("has all synced when the members of now are, also because the last unread one has left", () => {
    const rig = started(open());
    rig.fleet.setMembers("settings", members("a", "b"));
    rig.synced.add("a");
    rig.fleet.noteSynced();
    assert.equal(rig.events().includes("synced"), false);
    rig.fleet.setMembers("settings", members("a"));
    assert.equal(rig.events().at(-1), "synced");
    rig.fleet.setMembers("settings", members("a", "c"));
    assert.equal(rig.fleet.isSynced, false);
    assert.equal(rig.events().includes("synced"), false);
  });

  it("with a member in two sources takes the first, and the second when the first does not want it any more", () => {
    const rig = started(open({ sources: ["settings", "host"] }));
    rig.fleet.setMembers("settings", [wanted("a", "file")]);
    rig.fleet.setMembers("host", [wanted("a", "Secret"), wanted("b", "Secret")]);
    assert.deepEqual(conditionsOf(rig), ["a host NameTaken"]);
    rig.events();
    rig.fleet.setMembers("settings", []);
    assert.deepEqual([rig.events(), conditionsOf(rig)], [["change a"], []]);
  });

  it("tells a member that it has no number for, and lets it join as soon as one leaves", () => {
    const rig = started(open({ capacity: 3 }));
    rig.fleet.setMembers("settings", members("a", "b", "c", "d", "e"));
    assert.deepEqual(conditionsOf(rig), ["d settings FleetFull", "e settings FleetFull"]);
    assert.match(rig.fleet.status.conditions[0]?.message ?? "", /^there are 3 clusters already/);
    assert.equal(rig.fleet.isComplete, true, "nothing waits for members that cannot join");
    rig.events();
    rig.fleet.setMembers("settings", members("a", "c", "d", "e"));
    assert.deepEqual(conditionsOf(rig), ["d settings NumberInUse", "e settings NumberInUse"]);
    assert.equal(rig.fleet.isComplete, false);
    rig.clock.advance(100);
    assert.equal(rig.federation.member("d"), undefined, "the picture still names the number");
    rig.federation.releaseIndexes();
    rig.clock.advance(100);
    assert.deepEqual(conditionsOf(rig), ["e settings FleetFull"]);
    assert.deepEqual(rig.events(), ["end b", "leave b", "order a,c", "join d", "run d", "order a,c,d"]);
    rig.clock.advance(100);
    assert.equal(rig.clock.pendingTimers, 0);
  });

  it("replaces all members at once, as far as numbers become free", () => {
    const rig = started(open({ capacity: 2 }));
    rig.fleet.setMembers("settings", members("a", "b"));
    rig.fleet.setMembers("settings", members("c", "d"));
    rig.federation.releaseIndexes();
    rig.clock.advance(20);
    assert.deepEqual(
      rig.fleet.members.map(({ name }) => name),
      ["c", "d"],
    );
    assert.deepEqual(conditionsOf(rig), []);
  });

  it("keeps members that only an earlier run knew until every source has said what it wants", () => {
    const rig = open({ sources: ["settings", "host"], remembered: ["a", "b", "c"] });
    rig.fleet.setMembers("settings", members("a"));
    assert.deepEqual(rig.events(), ["join a", "order a", "read settings"]);
    rig.fleet.run(new AbortController().signal);
    assert.deepEqual(rig.events(), ["remember b", "remember c", "run a from 5"]);
    assert.deepEqual(conditionsOf(rig), ["b host Unconfirmed", "c host Unconfirmed"]);
    assert.deepEqual([rig.fleet.isComplete, rig.federation.members.length], [false, 3]);
    rig.fleet.setMembers("host", members("b"));
    assert.deepEqual(rig.events(), [
      "forget c",
      "leave c",
      "forget b",
      "join b",
      "run b from 5",
      "order a,b",
      "read host",
    ]);
    assert.deepEqual([rig.fleet.isComplete, conditionsOf(rig)], [true, []]);
  });

  it("without an earlier run does not know what a source declares until it has said which members it wants", () => {
    const rig = open({ sources: ["settings", "host"] });
    assert.deepEqual(rig.events(), ["unread settings", "unread host"]);
    rig.fleet.setMembers("settings", []);
    assert.deepEqual(rig.events(), ["read settings"]);
    assert.equal(rig.fleet.isSynced, false);
    rig.fleet.setMembers("host", []);
    assert.deepEqual(rig.events(), ["read host", "synced"]);
  });

  it("opens every member again when what they all get has changed, and remembers until when each was seen", () => {
    const rig = started(open());
    rig.fleet.setMembers("settings", members("a", "b"));
    rig.fleet.setMembers("settings", [wanted("a", "another file"), wanted("b")]);
    const before = rig.fleet.members;
    rig.events();
    rig.fleet.reopen();
    assert.deepEqual(rig.events(), ["end a", "run a from 7", "end b", "run b from 7"]);
    assert.equal(rig.fleet.members[0]?.wanted.credentials.name, "another file");
    assert.ok(rig.fleet.members.every((member, i) => member !== before[i]));
  });
});
