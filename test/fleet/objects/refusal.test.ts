/** Refusals: every row of the truth table, with answers as API servers of Kubernetes 1.26 give them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import { refusalOf, type RequestRefusal } from "../../../src/fleet/objects/refusal.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import type { Answer, Row } from "./refused-answer.ts";
import { RIGHTS } from "./refused-rights.ts";
import { STATES } from "./refused-states.ts";

const ROWS: readonly Row[] = [...RIGHTS, ...STATES];

function refused(answer: Answer): RequestRefusal {
  const { status, contentType = "application/json", request, ...body } = answer;
  return refusalOf(kubeErrorOf(status, { contentType }, body), { plural: "configmaps", ...request });
}

/** Without an answer. */
const THROWN: readonly (readonly [RequestRefusal["kind"], string, unknown])[] = [
  ["not-permitted", "the permit says no", new OperationalError("WRITE_NOT_PERMITTED", "paused")],
  ["unreachable", "no credentials yet", new OperationalError("KUBE_NO_CREDENTIALS", "none")],
  ["unreachable", "nobody listens", unreachable("ECONNREFUSED")],
  [
    "unreachable",
    "nobody listens at any address",
    new OperationalError("KUBE_UNREACHABLE", "no", {
      cause: new AggregateError([Object.assign(new Error("no"), { code: "ECONNREFUSED" })]),
    }),
  ],
  ["hang-up", "the connection broke", unreachable("ECONNRESET")],
  ["hang-up", "no answer in time", new OperationalError("KUBE_TIMEOUT", "late")],
  ["hang-up", "the permit was lost", new OperationalError("WRITE_PERMIT_LOST", "lost")],
  ["hang-up", "an answer that is not JSON", new OperationalError("KUBE_BAD_BODY", "half")],
  ["hang-up", "anything else", null],
  ["bad-request", "a name that cannot be", new OperationalError("KUBE_BAD_NAME", "..")],
];

function unreachable(code: string): OperationalError {
  return new OperationalError("KUBE_UNREACHABLE", "no", { cause: Object.assign(new Error("no"), { code }) });
}

describe("a refusal", () => {
  for (const [kind, what, answer, facts = {}] of ROWS)
    it(`tells ${kind} by ${what} (${answer.status})`, () => {
      const refusal = refused(answer);
      assert.deepEqual({ ...refusal, kind, ...facts }, refusal);
    });

  for (const [kind, what, error] of THROWN)
    it(`without an answer tells ${kind}: ${what}`, () => {
      assert.equal(refusalOf(error, { plural: "configmaps" }).kind, kind);
    });

  it("says the same about retries and outcomes as the table on top of the file, for every kind", () => {
    const path = new URL("../../../src/fleet/objects/refusal.ts", import.meta.url);
    const table = [
      ...readFileSync(path, "utf8").matchAll(/^ \* \| ([a-z-]+) \|.*\| ([a-z ]+) \| ([a-z ]+) \|$/gm),
    ];
    const written = table.filter(([, kind]) => kind !== "kind").map((row) => row.slice(1));
    const all = [
      ...ROWS.map(([, , answer]) => refused(answer)),
      ...THROWN.map(([, , error]) => refusalOf(error, { plural: "configmaps" })),
    ];
    const known = new Map(
      all.map(({ kind, retry, isOutcomeUnknown }) => [
        kind,
        [kind, retry.replace("-", " "), isOutcomeUnknown ? "unknown" : "not done"],
      ]),
    );
    assert.deepEqual(new Set(written.map(String)), new Set([...known.values()].map(String)));
  });

  it("passes on the server's Retry-After, an advice and a short message", () => {
    const error = kubeErrorOf(429, { retryAfter: "2" }, { message: "x".repeat(10_000) });
    const refusal = refusalOf(error, { plural: "configmaps" });
    assert.equal(refusal.retryAfterMs, 2_000);
    assert.ok(refusal.advice.length > 20 && refusal.message.length <= 500);
  });

  const throttled: readonly (readonly [string, { readonly flowSchema?: string }, unknown, boolean])[] = [
    ["priority and fairness, which writes no Status", { flowSchema: "7d0c" }, "Too many requests\n", true],
    ["a server without priority and fairness", {}, "Too many requests\n", false],
    ["what is behind priority and fairness", { flowSchema: "7d0c" }, { reason: "TooManyRequests" }, false],
  ];
  for (const [what, headers, body, isFlowLimited] of throttled)
    it(`tells a 429 of ${what}`, () => {
      const refusal = refusalOf(kubeErrorOf(429, headers, body), { plural: "configmaps" });
      assert.deepEqual({ ...refusal, kind: "throttled", isFlowLimited }, refusal);
      assert.match(refusal.advice, isFlowLimited ? /priority and fairness/ : /overloaded/);
    });

  it("is found for details of any shape", () => {
    for (const details of [null, 1, [], { causes: 1 }, { causes: [null, 1, {}] }, { name: 1 }])
      for (const status of [400, 403, 404, 409, 422, 500])
        assert.notEqual(refused({ status, details }).kind, undefined);
  });
});
