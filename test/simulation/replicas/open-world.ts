/** A federation whose replicas are distributed, as its seed makes it. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { resourcesOf } from "../../../src/sandbox/custom/resources.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { UNLIMITED } from "../../propagate/rig.ts";
import { Chance } from "../chance.ts";
import { tell } from "../propagate/run-state.ts";
import { openScene } from "../propagate/scene.ts";
import type { Written } from "../propagate/sim-server.ts";
import { detailOf, lineOf } from "../propagate/written-objects.ts";
import { ReplicaJudge } from "./judge.ts";
import { MemberPods } from "./pods.ts";
import { Sights } from "./sights.ts";
import { Wishes } from "./wishes.ts";
import type { World, WorldOptions } from "./world.ts";

const CRD = new URL("../../../deploy/crds/replicaschedulingpreferences.yaml", import.meta.url);
const PREFERENCES = resourcesOf(parse(readFileSync(CRD, "utf8")) as KubeObject);

export function openWorld(seed: number, { sabotage = {}, isTraced = false }: WorldOptions): World {
  const wishes = new Wishes();
  const judge = new ReplicaJudge();
  let world: World | null = null;
  const run = openScene(seed, {
    sabotage,
    isTraced,
    members: 2 + (seed % 3),
    settings: { adoption: "always", limits: UNLIMITED, deletionWaitMs: 3_600_000, isQuiet: seed % 4 === 0 },
    hostResources: PREFERENCES,
    onWritten: (_, written) => {
      if (world !== null) take(world, written);
    },
  });
  const chance = new Chance(seed * 1_000 + 997);
  const sights = new Sights();
  const pods = new Map(
    run.members.map(({ name, server }) => {
      const onReady = (key: string): void => sights.note(name, key, effective(key), run.time.nowMs);
      const effective = (key: string): { ready: number; room: number | null } => ({
        ready: one.ready(key),
        room: one.room(key),
      });
      const one: MemberPods = new MemberPods({ server, time: run.time, chance, onReady });
      return [name, one] as const;
    }),
  );
  world = { run, pods, wishes, sights, judge };
  return world;
}

function take(world: World, written: Written): void {
  const { run, wishes, judge, pods } = world;
  const { server, change } = written;
  const { nowMs } = run.time;
  if (run.isTraced && change.object.kind !== "Pod") tell(run, `    ${lineOf(written)}${detailOf(written)}`);
  if (server === run.host) {
    run.truth.note(change, nowMs);
    if (change.resource.plural === "replicaschedulingpreferences") wishes.notePreference(change, nowMs);
  } else {
    if (change.object.kind === "HorizontalPodAutoscaler") wishes.noteAutoscaler(server.name, change, nowMs);
    pods.get(server.name)?.see(written);
  }
  judge.take(world, written);
}
