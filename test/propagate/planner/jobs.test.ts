/** Jobs over clusters: what each gets at first, and what happens when one finishes, fails, leaves or joins. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  planJob,
  type JobPlan,
  type JobRequest,
  type StartedJob,
} from "../../../src/propagate/planner/jobs.ts";
import { preferencesOf } from "./notation.ts";
import { requests } from "./requests.ts";

type Case = {
  readonly prefer?: string;
  readonly parallelism: number;
  readonly completions: number | null;
  readonly among: string;
  /** `A 2/5 3` is a Job with parallelism 2 and 5 completions, 3 of which succeeded; `done` after it: it has finished. */
  readonly started?: string;
};

function requestOf({ prefer = "* 1", among, started = "", ...rest }: Case): JobRequest {
  const jobs = started.split(", ").filter((text) => text !== "");
  return {
    ...rest,
    clusters: [...among],
    preferences: preferencesOf(prefer, false),
    key: "",
    started: new Map(
      jobs.map((text): readonly [string, StartedJob] => {
        const [name = "", numbers = "", succeeded, done] = text.split(" ");
        const [parallelism, completions] = numbers.split("/");
        const job = {
          parallelism: Number(parallelism),
          completions: completions ? Number(completions) : null,
        };
        return [name, { ...job, succeeded: Number(succeeded), isFinished: done === "done" }];
      }),
    ),
  };
}

/** `A 2/5, B 2/5`: parallelism and completions of those that run the Job. */
function shown({ shares, missing }: JobPlan): string {
  const parts = [...shares].map(
    ([name, { parallelism, completions }]) => `${name} ${parallelism}/${completions ?? ""}`,
  );
  return parts.join(", ") + (missing > 0 ? `, ${missing} missing` : "");
}

describe("a Job over clusters", () => {
  const table: readonly (readonly [string, Case, string])[] = [
    ["is split equally", { parallelism: 4, completions: 10, among: "AB" }, "A 2/5, B 2/5"],
    ["by weights", { prefer: "A 2, B 1", parallelism: 6, completions: 9, among: "AB" }, "A 4/6, B 2/3"],
    [
      "with completions free of the bounds of parallelism",
      { prefer: "A 1 0..2, B 1", parallelism: 10, completions: 20, among: "AB" },
      "A 2/10, B 8/10",
    ],
    [
      "by parallelism where a cluster has no weight",
      { prefer: "A 0 2, B 1", parallelism: 8, completions: 20, among: "AB" },
      "A 2/5, B 6/15",
    ],
    ["only where there is parallelism", { parallelism: 2, completions: 9, among: "ABC" }, "B 1/4, C 1/5"],
    [
      "only where there are completions, and the others have the parallelism",
      { prefer: "A 1 1, B 100", parallelism: 5, completions: 5, among: "AB" },
      "B 5/5",
    ],
    ["nowhere without clusters", { parallelism: 2, completions: 9, among: "" }, ", 9 missing"],
    ["nowhere without parallelism", { parallelism: 0, completions: 9, among: "AB" }, ", 9 missing"],
    ["without completions by parallelism", { parallelism: 5, completions: null, among: "AB" }, "A 2/, B 3/"],
  ];
  for (const [claim, one, expected] of table)
    it(claim, () => {
      assert.equal(shown(planJob(requestOf(one), "kubefed")), expected);
    });
});

describe("a Job that was started", () => {
  const ten = { parallelism: 4, completions: 10 };
  const table: readonly (readonly [string, Case, string])[] = [
    ["goes on", { ...ten, among: "AB", started: "A 2/5 3, B 2/5 1" }, "A 2/5, B 2/5"],
    [
      "keeps what was given, also for a new cluster",
      { ...ten, among: "ABC", started: "A 2/5 3, B 2/5 1" },
      "A 2/5, B 2/5",
    ],
    [
      "keeps what was given, also for new weights",
      { ...ten, prefer: "A 9, B 1", among: "AB", started: "A 2/5 3, B 2/5 1" },
      "A 3/5, B 1/5",
    ],
    [
      "is not run again where it finished",
      { ...ten, among: "AB", started: "A 2/5 5 done, B 2/5 1" },
      "B 4/5",
    ],
    ["is not run again where it failed", { ...ten, among: "AB", started: "A 2/5 3 done, B 2/5 1" }, "B 4/5"],
    ["is over where all have finished", { ...ten, among: "AB", started: "A 2/5 5 done, B 2/5 5 done" }, ""],
    ["is over, whatever is placed later", { ...ten, among: "C", started: "A 2/5 5 done, B 2/5 5 done" }, ""],
    [
      "leaves to others what had not succeeded in a cluster that goes",
      { ...ten, among: "BC", started: "A 2/5 3, B 2/5 1" },
      "B 2/5, C 2/2",
    ],
    [
      "cannot give more to those that run",
      { ...ten, among: "B", started: "A 2/5 3, B 2/5 1" },
      "B 4/5, 2 missing",
    ],
    [
      "goes on with one at a time where the weight is gone",
      { ...ten, prefer: "A 1", among: "AB", started: "A 2/5 3, B 2/5 1" },
      "A 3/5, B 1/5",
    ],
    [
      "goes on before others begin",
      { ...ten, parallelism: 2, prefer: "A 0, * 1", among: "ABC", started: "A 2/5 3" },
      "A 1/5, C 1/5",
    ],
    [
      "without completions ends with the first that finishes",
      { parallelism: 6, completions: null, among: "ABC", started: "A 2/ 1 done, B 3/ 0" },
      "B 4/",
    ],
  ];
  for (const [claim, one, expected] of table)
    it(claim, () => {
      assert.equal(shown(planJob(requestOf(one), "kubefed")), expected);
    });

  it("goes on where nothing may run any more, with one at a time", () => {
    const request = requestOf({ ...ten, prefer: "A 1 0..0, B 1", among: "AB", started: "A 2/5 3, B 2/5 1" });
    assert.equal(shown(planJob(request, "even")), "A 1/5, B 3/5");
  });

  it("has all completions given at all times, and none twice", () => {
    const cases = fc.record({
      plan: requests,
      parallelism: fc.integer({ min: 1, max: 20 }),
      completions: fc.nat(40),
      steps: fc.array(fc.tuple(fc.nat(5), fc.constantFrom("succeed", "finish", "fail", "place", "take")), {
        maxLength: 20,
      }),
    });
    fc.assert(
      fc.property(cases, fc.constantFrom("kubefed", "even"), (one, rule) => {
        const { preferences, clusters: first, key } = one.plan;
        const started = new Map<string, StartedJob>();
        const placed = new Set(first);
        for (const [index, event] of [[0, "succeed"] as const, ...one.steps]) {
          const clusters = [...placed];
          const { parallelism, completions } = one;
          const plan = planJob({ parallelism, completions, clusters, preferences, key, started }, rule);
          for (const [name, job] of started)
            if (!job.isFinished && !placed.has(name))
              started.set(name, { ...job, isFinished: true, completions: job.succeeded });
          for (const [name, share] of plan.shares) {
            const before = started.get(name);
            assert.notEqual(before?.isFinished, true, "what has finished is not run again");
            if (before !== undefined) assert.equal(share.completions, before.completions);
            started.set(name, { succeeded: 0, isFinished: false, ...before, ...share });
          }
          const given = [...started.values()].reduce((sum, job) => sum + (job.completions ?? 0), 0);
          assert.equal(given + plan.missing, completions);
          const used = [...plan.shares.values()].reduce((sum, share) => sum + share.parallelism, 0);
          assert.ok(used <= parallelism);
          const name = clusters[index % Math.max(1, clusters.length)] ?? "a";
          change(name, event, { started, placed });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

type World = { readonly started: Map<string, StartedJob>; readonly placed: Set<string> };

function change(name: string, event: string, { started, placed }: World): void {
  if (event === "place") placed.add("abcdef"[placed.size % 6] ?? "a");
  if (event === "take") placed.delete(name);
  const job = started.get(name);
  if (job === undefined || job.isFinished) return;
  if (event === "succeed" && job.succeeded < (job.completions ?? 0))
    started.set(name, { ...job, succeeded: job.succeeded + 1 });
  if (event === "finish") started.set(name, { ...job, succeeded: job.completions ?? 0, isFinished: true });
  if (event === "fail") started.set(name, { ...job, isFinished: true });
}
