/** A process ends at once and with its code, whatever its threads are doing; the serve process ends in no other way. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { it } from "node:test";

const ending = new URL("../../../src/kernel/native/process-end.ts", import.meta.url);
const libc = new URL("../../../src/kernel/native/libc.ts", import.meta.url);

it("endNow ends a process whose threads load and call native code, with its code", () => {
  const program = `import { Worker, isMainThread } from "node:worker_threads";
import { endNow } from ${JSON.stringify(ending.href)};
const thread = 'import(${JSON.stringify(libc.href)}).then(({ libc }) => { for (;;) libc().flock(-1, 4); })';
for (let i = 0; i < 3; i++) new Worker(thread, { eval: true });
setTimeout(() => endNow(7), 60);`;
  const { status, signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  assert.deepEqual([status, signal, stderr], [7, null, ""]);
});

it("the serve process never ends by process.exit, which aborts while a thread loads native code", () => {
  const text = readFileSync(new URL("../../../src/answer/serve/run-assignment.ts", import.meta.url), "utf8");
  assert.match(text, /\bendNow\(0\)/);
  assert.doesNotMatch(text, /process\.exit/);
});
