/** No worker answers with a cluster any more: the picture is without it, and every worker has begun a batch since. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import { Withdrawn } from "../../../src/run/control/withdrawn.ts";

const NO_LISTENER = { onService: () => {}, onLocality: () => {}, onNamespace: () => {} };

it("is known when every worker has seen a picture without it, each time anew", () => {
  const federation = new Federation(NO_LISTENER, 4);
  const { index: cluster } = federation.join("m1");
  const serials = { now: 10, passed: 8 };
  let weights: readonly number[] = [100, 0];
  const pools = (): object[] => weights.map((weight) => ({ members: [{ cluster, weight }] }));
  const store: any = { serials, writer: { poolOf: (id: number) => pools()[id] ?? null } };
  const federations: any[] = [{ id: 0 }, { id: 1 }];
  const withdrawn = new Withdrawn({ store, federation, federations });
  const isWithdrawn = (): boolean => withdrawn.isWithdrawn("m1", "shop/web");
  serials.passed = 10;
  assert.equal(isWithdrawn(), false, "one pool still has it");
  Object.assign(serials, { now: 12, passed: 10 });
  weights = [0, 0];
  assert.equal(isWithdrawn(), false, "a worker may be in the middle of a batch");
  // Commits that came later need not be waited for.
  Object.assign(serials, { now: 16, passed: 12 });
  assert.equal(isWithdrawn(), true);
  weights = [0, 100];
  assert.equal(isWithdrawn(), false);
  weights = [];
  assert.equal(isWithdrawn(), false, "workers may still have the pool");
  serials.passed = 16;
  assert.equal(isWithdrawn(), true);
  assert.equal(withdrawn.isWithdrawn("unknown", "shop/web"), true);
});
