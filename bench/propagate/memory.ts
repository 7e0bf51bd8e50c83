/** Part (g): starts the API servers that exist as text only, and the propagator with all their copies. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchSetting } from "../bench.ts";
import { startAnnounced } from "../load/announced.ts";
import type { MemoryFigures } from "./in-memory.ts";
import type { Plan } from "./plan.ts";

/** The heap of a million copies; the default is half the memory of the machine at most. */
const heapMebi = 4_096;

export async function inMemory(setting: BenchSetting, { memory }: Plan): Promise<MemoryFigures> {
  const directory = join(setting.workDirectory, "memory");
  mkdirSync(directory);
  const { members, objects, changes } = memory;
  const path = join(import.meta.dirname, "synthetic.ts");
  const { port, started } = await startAnnounced(setting, { path, directory, args: [members, objects] });
  const program = join(import.meta.dirname, "in-memory.ts");
  const args = [directory, port, members, objects, changes].map(String);
  const text = await setting.processes.run(
    {
      command: process.execPath,
      args: ["--expose-gc", `--max-old-space-size=${heapMebi}`, program, ...args],
      core: null,
      logPath: join(directory, "in-memory.log"),
      directory,
    },
    setting.signal,
  );
  await started.stop();
  return JSON.parse(text) as MemoryFigures;
}
