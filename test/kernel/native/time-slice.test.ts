/** The time slice of the test's own thread, as the kernel reports it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { getPriority, release, setPriority } from "node:os";
import { test } from "node:test";
import { requestShortTimeSlices } from "../../../src/kernel/native/time-slice.ts";

/** From /proc, or null where it is not there. */
function slice(): number | null {
  if (!existsSync("/proc/self/sched")) return null;
  const found = /^se\.slice\s*:\s*(\d+)$/m.exec(readFileSync("/proc/self/sched", "utf8"))?.[1];
  return found === undefined ? null : Number(found);
}

const [major = 0, minor = 0] = release().split(".").map(Number);
const isKnown = slice() !== null && (major > 6 || (major === 6 && minor >= 12));

test("a thread gets short time slices and keeps its nice value", { skip: !isKnown }, () => {
  setPriority(getPriority() + 1);
  const before = getPriority();
  assert.notEqual(slice(), 100_000);
  assert.equal(requestShortTimeSlices(), true);
  assert.equal(slice(), 100_000);
  assert.equal(getPriority(), before);
});
