/** The truth table of one copy that is to go. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RemovalState } from "../../../src/federation/removals/removal-ask.ts";
import { type DrainInput, drainStep } from "../../../src/propagate/drain/drain-step.ts";
import { SAID } from "./answers.ts";

type Kind = RemovalState["kind"] | "silent";
const doubt = { unprovable: ["there are 2 replicas; each knows only its own responses"] };

function stepOf(kinds: readonly Kind[], more: Partial<DrainInput> = {}, said: Partial<RemovalState> = {}) {
  const services = kinds.map((kind, i) => {
    const service = `shop/s${i}`;
    return { service, state: kind === "silent" ? null : { cluster: "m1", service, kind, ...SAID, ...said } };
  });
  return drainStep({ services, isPlacedElsewhere: true, cause: "person", isBoundReached: false, ...more });
}

describe("a copy that is to go", () => {
  const rows: readonly (readonly [
    kinds: readonly Kind[],
    more: Partial<DrainInput>,
    state: string,
    mayGo: boolean,
    said?: object,
  ])[] = [
    [[], {}, "not-needed", true],
    [["silent"], {}, "asked", false],
    [["unknown"], {}, "asked", false],
    [["over"], {}, "asked", false],
    [["last"], {}, "alone", false],
    [["last"], { isPlacedElsewhere: false }, "not-needed", true],
    [["leaving"], {}, "draining", false],
    [["proved"], {}, "proved", true],
    [["proved"], { cause: "automatic" }, "proved", true],
    [["proved"], {}, "doubted", true, doubt],
    [["proved"], { cause: "automatic" }, "doubted", false, doubt],
    [["proved"], { cause: "automatic", isBoundReached: true }, "doubted", false, doubt],
    // The one that is least far counts.
    [["proved", "leaving"], {}, "draining", false],
    [["leaving", "last"], {}, "alone", false],
    [["leaving", "last"], { isPlacedElsewhere: false }, "draining", false],
    [["last", "silent"], {}, "asked", false],
    [["proved", "proved"], {}, "proved", true],
    ...(["silent", "unknown", "last", "leaving"] as const).flatMap((kind) => [
      [[kind], { isBoundReached: true }, "bound-reached", true] as const,
      [
        [kind],
        { isBoundReached: true, cause: "automatic" },
        { silent: "asked", unknown: "asked", last: "alone", leaving: "draining" }[kind],
        false,
      ] as const,
    ]),
    [["proved"], { isBoundReached: true }, "proved", true],
  ];
  for (const [kinds, more, state, mayGo, said = {}] of rows)
    it(`${kinds.join(", ") || "no Service"} ${JSON.stringify({ ...more, ...said })}: ${state}`, () => {
      const step = stepOf(kinds, more, said);
      assert.deepEqual([step.state, step.mayGo], [state, mayGo]);
      const isSilent = state === "not-needed" || state === "proved";
      assert.equal(step.reason === null, isSilent);
    });

  it("says what it waits for, and what is not proved", () => {
    assert.equal(
      stepOf(["silent"]).reason,
      "it is not known yet whether answers lead clients to shop/s0 there",
    );
    assert.equal(stepOf(["last"]).reason, "no other cluster can answer for shop/s0 yet");
    assert.equal(
      stepOf(["leaving"]).reason,
      "shop/s0 gets no new clients there, and workers that are answering end first",
    );
    assert.equal(
      stepOf(["leaving"], {}, { cachedUntil: "2026-01-01T00:00:30.000Z" }).reason,
      "shop/s0 gets no new clients there, and caches may lead clients there until 2026-01-01T00:00:30.000Z",
    );
    assert.equal(
      stepOf(["proved"], {}, doubt).reason,
      "shop/s0 gets no clients there from this server, but there are 2 replicas; each knows only its own responses",
    );
  });
});
