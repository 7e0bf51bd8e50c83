/** What is published of a member: readiness by thresholds, the status that is written, and which cluster it is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type MemberFacts,
  saysReady,
  statusToWrite,
} from "../../../src/fleet/member-status/cluster-status.ts";
import { identityProblems, uidToRemember } from "../../../src/fleet/member-status/identity.ts";
import {
  afterProbe,
  type Readiness,
  UNPROBED,
  unprobed,
} from "../../../src/fleet/member-status/readiness.ts";
import { StatusWriter } from "../../../src/fleet/member-status/status-writer.ts";
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const RESULTS = { r: "ready", n: "not-ready", f: "refused", u: "unreachable" } as const;
const STATES = { ready: "R", "not-ready": "N", offline: "O" } as const;

/** One letter for each probe, and one for what is published after it. */
function published(
  probes: string,
  failureThreshold: number,
  successThreshold: number,
  before: Readiness = UNPROBED,
): string {
  let readiness = before;
  return [...probes]
    .map((letter) => {
      const result = RESULTS[letter as keyof typeof RESULTS];
      readiness = afterProbe(readiness, result, { failureThreshold, successThreshold });
      return readiness.published === null ? "-" : STATES[readiness.published];
    })
    .join("");
}

describe("the readiness of a member", () => {
  const cases: readonly (readonly [
    what: string,
    probes: string,
    failures: number,
    successes: number,
    is: string,
  ])[] = [
    ["is what the first probe says", "u", 3, 1, "O"],
    ["survives fewer failures than the threshold, however long it was ready", "rrrrrrruu", 3, 1, "RRRRRRRRR"],
    ["ends with the threshold", "rrrruuu", 3, 1, "RRRRRRO"],
    ["ends with the kind of the last failure", "ruun", 3, 1, "RRRN"],
    ["is not lost to failures that are not in a row", "ruuruuruu", 3, 1, "RRRRRRRRR"],
    ["returns after one success by default", "ruuur", 3, 1, "RRROR"],
    ["returns after several successes in a row, where that is set", "urrurrr", 3, 3, "OOOOOOR"],
    ["flaps with every probe at thresholds of 1", "rurur", 1, 1, "RORORO".slice(0, 5)],
    ["tells offline from not ready after the threshold too", "unnnuuu", 3, 1, "OOONNNO"],
    ["counts a refusal as not ready", "rfff", 3, 1, "RRRN"],
  ];
  for (const [what, probes, failures, successes, expected] of cases)
    it(what, () => assert.equal(published(probes, failures, successes), expected));
  it("goes on from what the host says of an earlier run, if that was ready", () => {
    assert.equal(published("ur", 3, 1, unprobed(true)), "RR");
    assert.equal(published("uuu", 3, 1, unprobed(true)), "RRO");
    assert.equal(published("u", 3, 1, unprobed(false)), "O");
  });
  it("was ready by the condition of the host, and by nothing else", () => {
    const saying = (status: unknown): object => ({ status: { conditions: [{ type: "Ready", status }] } });
    assert.equal(saysReady(saying("True")), true);
    for (const other of [saying("False"), saying(true), {}, null, { status: { conditions: "True" } }])
      assert.equal(saysReady(other), false);
  });
});

const facts: MemberFacts = {
  state: "ready",
  detail: null,
  malformed: null,
  kubernetesVersion: "v1.30.2",
  places: [
    { region: "eu", zone: "b" },
    { region: "eu", zone: "a" },
  ],
};
const NOON = "2026-01-01T12:00:00Z";
const ONE = "2026-01-01T13:00:00Z";

describe("the status of a KubeFedCluster", () => {
  it("has KubeFed's conditions, the version and the places", () => {
    assert.deepEqual(statusToWrite(facts, undefined, NOON), {
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "ClusterReady",
          message: "/readyz responded with ok",
          lastProbeTime: NOON,
          lastTransitionTime: NOON,
        },
        {
          type: "Offline",
          status: "False",
          reason: "ClusterReachable",
          message: "cluster is reachable",
          lastProbeTime: NOON,
          lastTransitionTime: NOON,
        },
      ],
      kubernetesVersion: "v1.30.2",
      region: "eu",
      zones: ["a", "b"],
    });
  });

  it("is not written again when only time has passed, or an error is worded differently", () => {
    assert.equal(statusToWrite(facts, statusToWrite(facts, undefined, NOON), ONE), null);
    const offline: MemberFacts = { ...facts, state: "offline", detail: "connection refused" };
    const before = statusToWrite(offline, undefined, NOON);
    assert.equal(statusToWrite({ ...offline, detail: "no route to host" }, before, ONE), null);
  });

  it("keeps the time of conditions that have not changed", () => {
    const before = statusToWrite(facts, undefined, NOON);
    const after = statusToWrite({ ...facts, state: "not-ready", detail: "etcd" }, before, ONE);
    assert.deepEqual(
      after?.conditions.map(({ type, status, lastTransitionTime, lastProbeTime }) => [
        type,
        status,
        lastTransitionTime,
        lastProbeTime,
      ]),
      [
        ["Ready", "False", ONE, ONE],
        ["Offline", "False", NOON, ONE],
      ],
    );
    assert.match(after?.conditions[0]?.message ?? "", /responded without ok: etcd/);
  });

  it("of a member that cannot be reached as declared is ConfigMalformed, with the sentence", () => {
    const malformed: MemberFacts = {
      ...facts,
      state: null,
      malformed: "no token; write one",
      kubernetesVersion: null,
      places: [],
    };
    const status = statusToWrite(malformed, undefined, NOON);
    assert.deepEqual(
      status?.conditions.map(({ type, status: is, reason, message }) => [type, is, reason, message]),
      [
        ["ConfigMalformed", "True", "ClusterConfigMalformed", "no token; write one"],
        ["Ready", "False", "ClusterConfigMalformed", "no token; write one"],
      ],
    );
    assert.notEqual(statusToWrite({ ...malformed, malformed: "another" }, status, ONE), null);
  });

  it("says nothing before the first probe, and takes back what is over", () => {
    assert.equal(statusToWrite({ ...facts, state: null }, undefined, NOON), null);
    const malformed = statusToWrite({ ...facts, malformed: "no token" }, undefined, NOON);
    const after = statusToWrite(facts, malformed, ONE);
    assert.deepEqual(
      after?.conditions.map(({ type }) => type),
      ["Ready", "Offline"],
    );
  });

  it("keeps places that were written by hand while the nodes tell none", () => {
    const status = statusToWrite({ ...facts, places: [] }, { region: "mars", zones: ["x"] }, NOON);
    assert.ok(status !== null && !("region" in status) && !("zones" in status));
  });

  it("survives a status of any shape", () => {
    for (const odd of [null, 7, [], { conditions: "x" }, { conditions: [null, 7, { type: 3 }] }])
      assert.equal(statusToWrite(facts, odd, NOON)?.conditions.length, 2);
  });
});

describe("the writer of statuses", () => {
  const { signal } = new AbortController();
  const objectWith = (status: unknown): unknown => ({ metadata: { uid: "u" }, status });

  it("writes once, and again only when a fact has changed", async () => {
    const clock = new FakeClock();
    let object = objectWith(undefined);
    const patch = (_name: string, _uid: string, status: unknown): Promise<unknown> =>
      Promise.resolve((object = objectWith(status)));
    const writer = new StatusWriter({ patch, clock });
    await writer.write("c1", object, facts, signal);
    await writer.write("c1", object, facts, signal);
    assert.equal(writer.count, 1);
    await writer.write("c1", object, { ...facts, state: "offline" }, signal);
    assert.equal(writer.count, 2);
  });

  it("does not write for ever what the host prunes, and says so", async () => {
    const clock = new FakeClock();
    let object = objectWith(undefined);
    const patch = (_name: string, _uid: string, { conditions }: { conditions: unknown }): Promise<unknown> =>
      Promise.resolve((object = objectWith({ conditions })));
    const writer = new StatusWriter({ patch, clock });
    for (let i = 0; i < 5; i++) {
      await writer.write("c1", object, facts, signal);
      clock.advance(60_000);
    }
    assert.equal(writer.count, 1);
    assert.match(
      writer.problems[0]?.sentence ?? "",
      /no kubernetesVersion, region, zones in its status; run/,
    );
  });

  it("waits longer after each failure, and says what to do", async () => {
    const clock = new FakeClock();
    let tries = 0;
    const patch = (): Promise<unknown> => {
      tries += 1;
      const body = {
        reason: "Forbidden",
        message: 'User "x" cannot patch resource "kubefedclusters/status"',
      };
      return Promise.reject(kubeErrorOf(403, {}, body));
    };
    const writer = new StatusWriter({ patch, clock });
    for (let second = 0; second < 60; second++) {
      await writer.write("c1", objectWith(undefined), facts, signal);
      clock.advance(1_000);
    }
    assert.equal(tries, 4, "after 0, 5, 15 and 35 s");
    assert.match(
      writer.problems[0]?.sentence ?? "",
      /403 Forbidden: .* cannot patch .*; give the account of fedns the permission/,
    );
    writer.keepOnly(new Set(["c2"]));
    assert.deepEqual(writer.problems, []);
  });
});

describe("the identity of a cluster", () => {
  const cases: readonly (readonly [
    what: string,
    live: string | null,
    recorded: string | null,
    remembered: string | null,
    problem: string | null,
  ])[] = [
    ["not read: nothing is wrong", null, "x", "y", null],
    ["as recorded", "x", "x", "y", null],
    ["as remembered", "x", null, "x", null],
    ["seen for the first time", "x", null, null, null],
    ["other than recorded", "x", "y", "x", "ClusterReplaced"],
    ["other than remembered", "x", null, "y", "ClusterReplaced"],
  ];
  for (const [what, live, recorded, remembered, problem] of cases)
    it(`${what}: ${problem ?? "it may be written to"}`, () => {
      const [found] = identityProblems([{ name: "c1", live, recorded, remembered }]);
      assert.equal(found?.reason ?? null, problem);
      if (found !== undefined) assert.match(found.sentence, /until fedns join --replace c1$/);
    });

  it("of two members that are one cluster lets the first one be written to", () => {
    const twin = { live: "x", recorded: null, remembered: null };
    const problems = identityProblems([
      { name: "a", ...twin },
      { name: "b", ...twin },
      { name: "c", ...twin, live: "y" },
    ]);
    assert.deepEqual(
      problems.map(({ name, reason }) => [name, reason]),
      [["b", "SameCluster"]],
    );
    assert.match(problems[0]?.sentence ?? "", /the same cluster as a .*; remove one of the two/);
  });

  it("is remembered as recorded, else as first seen", () => {
    const identity = { name: "a", live: "l", recorded: null, remembered: null };
    assert.equal(uidToRemember(identity), "l");
    assert.equal(uidToRemember({ ...identity, remembered: "m" }), "m");
    assert.equal(uidToRemember({ ...identity, remembered: "m", recorded: "r" }), "r");
  });
});
