/** The annotation about rollouts: what may be written, and what is said about what may not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  canariesOf,
  DEFAULT_ROLLOUT,
  parseRollout,
  type RolloutPolicy,
  stepSize,
  unknownCanaries,
} from "../../../src/propagate/rollout/rollout-policy.ts";

const member = (name: string, labels: Readonly<Record<string, string>> = {}) => ({ name, labels });
const policyOf = (text: string): RolloutPolicy => {
  const parsed = parseRollout(text);
  assert.ok("policy" in parsed && parsed.policy !== null, JSON.stringify(parsed));
  return parsed.policy;
};

describe("the annotation about rollouts", () => {
  it("asks for nothing where it is not there, or says false", () => {
    assert.deepEqual([parseRollout(null), parseRollout("false")], [{ policy: null }, { policy: null }]);
  });
  it("has defaults for what it does not say", () => {
    assert.deepEqual(policyOf("true"), DEFAULT_ROLLOUT);
    assert.deepEqual(policyOf("pause=1m"), { ...DEFAULT_ROLLOUT, pauseMs: 60_000 });
  });
  it("is read with all its words", () => {
    const text =
      " canary = west, eu-* ; canary-labels=tier=canary; pause=manual; step=25%; timeout=1h; on-failure=stop; ";
    assert.deepEqual(policyOf(text), {
      canaryNames: ["west", "eu-*"],
      canaryLabels: [{ key: "tier", values: ["canary"], isWanted: true }],
      pauseMs: "manual",
      step: { percent: 25 },
      timeoutMs: 3_600_000,
      onFailure: "stop",
    });
  });
  const wrong: Readonly<Record<string, RegExp>> = {
    "": /it is empty$/,
    on: /"on" is none of canary=, /,
    "canary=west; speed=fast": /"speed=fast" is none of canary=/,
    "step=0%": /step must be 1% to 100%, or a number of clusters from 1 to 10000$/,
    "step=101%": /step must be/,
    "step=-1": /step must be/,
    "pause=soon": /pause must be a time like 90s, 10m or 1h30m, or manual$/,
    "timeout=1s": /timeout must be a time like .*, at least 10s$/,
    "canary=West": /canary must be names of clusters/,
    "canary=": /canary must be names of clusters/,
    "canary-labels=": /canary-labels must be a label selector like tier=canary$/,
    "canary-labels=a in b": /canary-labels must be a label selector/,
    "on-failure=cry": /on-failure must be back or stop$/,
    "step=1; step=2": /step is there twice$/,
    "__proto__=1": /is none of/,
  };
  for (const [text, problem] of Object.entries(wrong))
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      const parsed = parseRollout(text);
      assert.ok("problem" in parsed);
      assert.match(parsed.problem, problem);
      assert.match(parsed.problem, /^the annotation fedns\.io\/rollout cannot be read: /);
    });
  it("never throws, whatever it is", () => {
    const words = fc.constantFrom("canary=", "step=", "pause=", ";", "=", "*", "%", "west", "10m");
    const text = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (one) => {
        const parsed = parseRollout(one);
        if ("problem" in parsed) assert.ok(parsed.problem.length < 400);
      }),
    );
  });
});

describe("canaries", () => {
  const members = [member("eu-1"), member("eu-2", { tier: "canary" }), member("us-1"), member("west")];
  it("are those with the names, that the patterns mean, and with the labels", () => {
    assert.deepEqual(canariesOf(policyOf("canary=west,eu-*"), members), ["eu-1", "eu-2", "west"]);
    assert.deepEqual(canariesOf(policyOf("canary-labels=tier=canary"), members), ["eu-2"]);
    assert.deepEqual(canariesOf(policyOf("canary=*-1"), members), ["eu-1", "us-1"]);
    assert.deepEqual(canariesOf(policyOf("canary=e*-*2"), members), ["eu-2"]);
  });
  it("are the first cluster where none is meant", () => {
    assert.deepEqual(canariesOf(policyOf("true"), members), ["eu-1"]);
    assert.deepEqual(canariesOf(policyOf("canary=mars"), members), ["eu-1"]);
    assert.deepEqual(canariesOf(policyOf("true"), []), []);
  });
  it("that are no clusters are named", () => {
    assert.deepEqual(unknownCanaries(policyOf("canary=mars,eu-*"), members), ["mars"]);
  });
});

it("a step is at least one cluster", () => {
  assert.deepEqual(
    ["step=25%", "step=1%", "step=100%", "step=3"].map((text) => stepSize(policyOf(text), 10)),
    [3, 1, 10, 3],
  );
});
