/** The heap of children, from the cgroup of the container. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { heapArguments, memoryLimit } from "../../../src/run/children/heap-limit.ts";
import { temporaryFolder } from "../../support/fedns.ts";

const MIB = 1 << 20;

async function files(t: TestContext, content: Readonly<Record<string, string>>): Promise<any> {
  const root = await temporaryFolder(t);
  for (const [name, text] of Object.entries(content)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return { folder: join(root, "cgroup"), self: join(root, "self") };
}

const cases: readonly (readonly [string, Readonly<Record<string, string>>, number | null])[] = [
  ["version 2, in a container", { self: "0::/\n", "cgroup/memory.max": `${1024 * MIB}\n` }, 1024 * MIB],
  ["version 2, without a limit", { self: "0::/\n", "cgroup/memory.max": "max\n" }, null],
  [
    "version 2, a group within a smaller one",
    {
      self: "0::/system.slice/fedns.service\n",
      "cgroup/system.slice/memory.max": `${300 * MIB}\n`,
      "cgroup/system.slice/fedns.service/memory.max": `${900 * MIB}\n`,
    },
    300 * MIB,
  ],
  [
    "version 2, a path of the machine that the container does not see",
    { self: "0::/../../pod1/c1\n", "cgroup/memory.max": `${512 * MIB}\n` },
    512 * MIB,
  ],
  [
    "version 1",
    {
      self: "5:cpu,cpuacct:/x\n4:memory:/kubepods/pod1\n",
      "cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "cgroup/memory/kubepods/pod1/memory.limit_in_bytes": `${256 * MIB}\n`,
    },
    256 * MIB,
  ],
  ["neither", {}, null],
  ["files that say something else", { self: "0::/\n0:::\nx\n", "cgroup/memory.max": "-5 or so\n" }, null],
];

for (const [what, content, octets] of cases)
  test(`the limit of memory: ${what}`, async (t) => {
    assert.equal(memoryLimit(await files(t, content)), octets);
  });

test("a child gets its part, as Node takes it", async (t) => {
  const limited = await files(t, { self: "0::/\n", "cgroup/memory.max": `${1024 * MIB}\n` });
  assert.deepEqual(heapArguments("control", limited), ["--max-old-space-size=460"]);
  assert.deepEqual(heapArguments("propagate", limited), ["--max-old-space-size=204"]);
  const tiny = await files(t, { self: "0::/\n", "cgroup/memory.max": "1000000\n" });
  assert.deepEqual(heapArguments("control", tiny), ["--max-old-space-size=64"]);
  assert.deepEqual(heapArguments("control", await files(t, {})), []);
  const program = "console.log(v8.getHeapStatistics().heap_size_limit / 1048576)";
  const { stdout } = spawnSync(process.execPath, [...heapArguments("control", limited), "-e", program]);
  // The young generation comes on top.
  assert.ok(Number(stdout) >= 460 && Number(stdout) < 700, String(stdout));
});
