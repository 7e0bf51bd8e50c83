/** Part (c): all objects at once, and beside it as many bare applies by another program. First they are made, then changed. */
import { join } from "node:path";
import type { FednsServer } from "../load/fedns-server.ts";
import {
  membersCpuMs,
  propagateCpuMs,
  type Stage,
  tellHost,
  tellMembers,
  untilQuiet,
  type Versions,
} from "./stage.ts";

export type Course = {
  /** Until the last copy was there, or the last apply was answered. */
  readonly ms: number;
  /** Of the program alone; of fedns until nothing is written any more, so with the statuses in the host. */
  readonly cpuMs: number;
  /** Of the API servers of all members. */
  readonly membersCpuMs: number;
};

export type Round = { readonly fedns: Course; readonly bare: Course };

/** All objects are new to the members. */
export async function makeAll(stage: Stage, fedns: FednsServer): Promise<Round> {
  return { fedns: await byFedns(stage, fedns, "fill", 0), bare: await byBare(stage, 0) };
}

/** Who goes first changes from round to round. */
export async function changeAll(
  stage: Stage,
  fedns: FednsServer,
  versions: Versions,
  round: number,
): Promise<Round> {
  const version = versions.next();
  const before = round % 2 === 0 ? null : await byBare(stage, version);
  const ours = await byFedns(stage, fedns, "changeAll", version);
  return { fedns: ours, bare: before ?? (await byBare(stage, version)) };
}

async function byFedns(
  stage: Stage,
  fedns: FednsServer,
  order: "fill" | "changeAll",
  version: number,
): Promise<Course> {
  const { objects, members } = stage.plan;
  const cpuBefore = propagateCpuMs(fedns);
  const membersBefore = membersCpuMs(stage);
  const numbers = order === "fill" ? `${objects}` : `${objects}/${version}`;
  const fromMs = (await tellHost(stage, `${order}/${numbers}`)) as number;
  const lastMs = (await tellMembers(stage, `complete/${version}/${objects * members}`)) as number;
  const membersMs = membersCpuMs(stage) - membersBefore;
  await untilQuiet(stage);
  return { ms: lastMs - fromMs, cpuMs: propagateCpuMs(fedns) - cpuBefore, membersCpuMs: membersMs };
}

async function byBare(stage: Stage, version: number): Promise<Course> {
  const { setting, directory, membersFile, plan } = stage;
  const before = membersCpuMs(stage);
  const text = await setting.processes.run(
    {
      command: process.execPath,
      args: [join(import.meta.dirname, "bare.ts"), membersFile, String(plan.objects), String(version)],
      core: null,
      logPath: join(directory, "bare.log"),
      directory,
    },
    setting.signal,
  );
  const { ms, cpuMs, applied } = JSON.parse(text) as { ms: number; cpuMs: number; applied: number };
  if (applied !== plan.objects * plan.members) throw new Error(`only ${applied} objects were applied`);
  return { ms, cpuMs, membersCpuMs: membersCpuMs(stage) - before };
}
