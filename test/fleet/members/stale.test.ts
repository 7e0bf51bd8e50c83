/** A member that has not been seen for too long: its endpoints are not answered, its names stay, and both come back with it. */
import assert from "node:assert/strict";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { test } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { watchStaleness } from "../../../src/fleet/members/stale.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const HOUR_MS = 3_600_000;
const backend = { readyEndpoints: 2, wantedEndpoints: 2, annotations: NO_ANNOTATIONS, ipv4: [1], ipv6: [] };

function start(t: { after(end: () => void): void }) {
  const clock = new FakeClock();
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    4,
  );
  for (const name of ["far", "near"]) {
    federation.join(name);
    federation.setBackend(name, "demo/hello", backend);
    federation.setBackend(name, "demo/asleep", {
      ...backend,
      readyEndpoints: 0,
      wantedEndpoints: 0,
      annotations: NO_ANNOTATIONS,
    });
  }
  const seen: { lastMs: number | null; returns: number } = { lastMs: null, returns: 0 };
  const ending = new AbortController();
  watchStaleness(
    {
      federation,
      cluster: "far",
      staleAfterMs: () => HOUR_MS,
      lastSeenMs: () => seen.lastMs,
      onReturn: () => {
        seen.returns++;
        federation.setBackend("far", "demo/hello", backend);
      },
      clock,
      log: silentLog,
    },
    ending.signal,
  );
  t.after(() => ending.abort());
  const ready = (name: string): number | undefined =>
    federation.member(name)?.backends.get("demo/hello")?.readyEndpoints;
  return { clock, federation, seen, ending, ready };
}

test("a member keeps its endpoints while it is seen and for staleAfterMs after that", (t) => {
  const { clock, seen, ready } = start(t);
  clock.advance(3 * HOUR_MS);
  assert.equal(ready("far"), 2);
  seen.lastMs = clock.wallMs();
  clock.advance(HOUR_MS - 1);
  assert.equal(ready("far"), 2);
});

test("a stale member has no endpoints but keeps its services, and others are not affected", (t) => {
  const { clock, federation, seen, ready } = start(t);
  seen.lastMs = clock.wallMs();
  clock.advance(HOUR_MS + 20_000);
  assert.deepEqual([ready("far"), ready("near")], [0, 2]);
  assert.deepEqual(federation.member("far")?.backends.get("demo/hello")?.ipv4, [1]);
  assert.equal(federation.member("far")?.backends.size, 2);
});

test("endpoints that are set while a member is stale are not ready for a moment", (t) => {
  const { clock, federation, seen, ready } = start(t);
  seen.lastMs = clock.wallMs();
  clock.advance(HOUR_MS);
  federation.setBackend("far", "demo/hello", backend);
  federation.setBackend("far", "demo/new", backend);
  assert.deepEqual(
    [ready("far"), federation.member("far")?.backends.get("demo/new")?.readyEndpoints],
    [0, 0],
  );
});

test("endpoints leave when the time is over, to the millisecond, also when that becomes known late", (t) => {
  const { clock, seen, ready } = start(t);
  clock.advance(333);
  seen.lastMs = clock.wallMs() - 50;
  clock.advance(HOUR_MS - 51);
  assert.equal(ready("far"), 2);
  clock.advance(1);
  assert.equal(ready("far"), 0);
});

test("endpoints return, once, when the member is seen again", (t) => {
  const { clock, seen, ready } = start(t);
  seen.lastMs = clock.wallMs();
  clock.advance(2 * HOUR_MS);
  seen.lastMs = null;
  clock.advance(20_000);
  assert.deepEqual([ready("far"), seen.returns], [2, 1]);
  clock.advance(HOUR_MS);
  assert.equal(seen.returns, 1);
});

test("checks end with the signal", (t) => {
  const { clock, seen, ending, ready } = start(t);
  seen.lastMs = clock.wallMs();
  ending.abort();
  clock.advance(2 * HOUR_MS);
  assert.deepEqual([ready("far"), clock.pendingTimers], [2, 0]);
});
