/**
 * What install.yaml grants is enough for everything at once, so that neither the kernel nor the kubelet ends a Pod for what fedns does
 * by its own bounds. The bounds are those of the source; what has none was measured, and is rounded up.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { heapArguments } from "../../src/run/children/heap-limit.ts";
import { PICTURE_OCTETS } from "../../src/picture/publish/picture-store.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { FILES, FOLDER, workloadsOf } from "./manifests.ts";
import { containersOf } from "./pod-security.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
const MIB = 2 ** 20;

/** "64Mi" -> octets. */
function octetsOf(quantity: unknown): number {
  const [, digits, unit = ""] = /^(\d+)([KMG]i)?$/.exec(String(quantity)) ?? [];
  assert.ok(digits !== undefined, `${String(quantity)} is no quantity`);
  return Number(digits) * (UNITS[unit] ?? assert.fail(unit));
}

/** MiB of anonymous memory beside the two heaps, while nothing is asked. */
const BESIDE_HEAPS = {
  supervisor: 72,
  serve: 87,
  /** The second serve process, which is loaded and idle. */
  standby: 46,
  /** Code, young generation and buffers of control and of propagate. */
  control: 64,
  propagate: 64,
  /** With the database that comes with fedns. */
  reader: 320,
} as const;

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

const [install = assert.fail()] = workloadsOf("install.yaml");
const { limits } = containersOf(install.pod)[0]?.of["resources"] ?? assert.fail();

describe("install.yaml", () => {
  for (const { pod, name } of FILES.flatMap(workloadsOf))
    it(`bounds every container and every emptyDir of ${name}`, () => {
      for (const { of, path } of containersOf(pod)) {
        for (const key of ["memory", "ephemeral-storage"]) {
          assert.ok(octetsOf(of["resources"].limits[key]) > 0, `${path} ${key}`);
          assert.ok(octetsOf(of["resources"].requests[key]) <= octetsOf(of["resources"].limits[key]), path);
        }
        assert.ok(of["resources"].requests.cpu, path);
      }
      for (const { emptyDir, name: volume } of pod.spec["volumes"])
        if (emptyDir !== undefined) assert.ok(octetsOf(emptyDir.sizeLimit) > 0, volume);
    });

  it("has the memory that its processes may take together", async (t) => {
    const root = await temporaryFolder(t);
    await mkdir(join(root, "cgroup"));
    await writeFile(join(root, "self"), "0::/\n");
    await writeFile(join(root, "cgroup", "memory.max"), `${octetsOf(limits.memory)}\n`);
    const files = { folder: join(root, "cgroup"), self: join(root, "self") };
    const heaps = (["control", "propagate"] as const).map((child) =>
      Number(/=(\d+)$/.exec(heapArguments(child, files)[0] ?? "")?.[1]),
    );
    const sumMiB = total([...heaps, ...Object.values(BESIDE_HEAPS)]);
    assert.ok(sumMiB * MIB <= octetsOf(limits.memory), `${sumMiB} MiB`);
    const text = readFileSync(join(FOLDER, "install.yaml"), "utf8");
    const said = Number(/# (\d+) MiB of memory/.exec(text)?.[1]);
    const parts = [...text.matchAll(/^ +# {3}(\d+) {2}/gm)].map(([, mib]) => Number(mib));
    assert.equal(said * MIB, octetsOf(limits.memory), "the comment has the sum");
    assert.equal(total(parts), said, "and parts that come to it");
    assert.deepEqual(parts.slice(0, 3), [...heaps, BESIDE_HEAPS.reader]);
  });

  it("has room for the picture, its saved copy and the next one, and the rest of the state", () => {
    const sizes = (
      install.pod.spec["volumes"] as { name: string; emptyDir?: { sizeLimit: string } }[]
    ).flatMap(({ name, emptyDir }) =>
      emptyDir === undefined ? [] : [[name, octetsOf(emptyDir.sizeLimit)] as const],
    );
    const state = new Map(sizes).get("state") ?? 0;
    assert.ok(state >= 3 * PICTURE_OCTETS + 256 * MIB);
    const disk = total(sizes.map(([, size]) => size)) + 256 * MIB;
    assert.ok(disk <= octetsOf(limits["ephemeral-storage"]), "logs count as well");
  });
});
