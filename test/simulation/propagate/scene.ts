/** What a run begins with: servers, and what its seed decides about them. */
import type { BrakeLimits } from "../../../src/propagate/brake/brake.ts";
import { UNLIMITED } from "../../propagate/rig.ts";
import { Chance } from "../chance.ts";
import { Instance } from "./instance.ts";
import { Judge } from "./judge.ts";
import { controlDeployments } from "./locals.ts";
import { type Member, type Run, Violation } from "./run-state.ts";
import type { Sabotage } from "./sabotage-kinds.ts";
import type { ApiResource } from "../../../src/sandbox/store/resource.ts";
import { SimServer, type Written } from "./sim-server.ts";
import { SimTime } from "./sim-time.ts";
import { Truth } from "./truth.ts";
import { FEDERATED_RESOURCES } from "./types.ts";

/** What a seed decides, unless it is said. */
type Settings = Pick<Run, "adoption" | "limits" | "deletionWaitMs" | "isQuiet">;

export type SceneOptions = {
  readonly sabotage?: Sabotage;
  readonly isTraced?: boolean;
  readonly settings?: Partial<Settings>;
  /** How many members; default: 1 to 4. */
  readonly members?: number;
  /** Kinds of the host beside the federated ones. */
  readonly hostResources?: readonly ApiResource[];
  /** Sees every change of every server; throws Violation. Default: the judge of this simulation, and controllers of members. */
  readonly onWritten?: (run: Run, written: Written) => void;
};

/** In one run of so many, all members but the second have no server-side apply. */
const OLD_EVERY = 8;

/** A host and members without any process of fedns. */
export function openScene(seed: number, options: SceneOptions): Run {
  const { sabotage = {}, isTraced = false, settings = {}, hostResources = [] } = options;
  const { onWritten = judgeAndControl } = options;
  const chance = new Chance(seed);
  const time = new SimTime();
  const truth = new Truth();
  const judge = new Judge();
  const serverChance = new Chance(seed * 1_000 + 999);
  let begun: Run | null = null;
  // Not by chance, which would make other runs of all seeds.
  const isOld = (name: string): boolean => seed % OLD_EVERY === 1 && name !== "m2";
  const server = (name: string, isHost: boolean): SimServer =>
    new SimServer({
      name,
      time,
      hasApply: isHost || !isOld(name),
      chance: serverChance,
      resources: isHost ? [...FEDERATED_RESOURCES, ...hostResources] : [],
      onWritten: (written) => {
        try {
          if (begun !== null) onWritten(begun, written);
        } catch (error) {
          if (!(error instanceof Violation) || begun === null) throw error;
          begun.wrong ??= error.message;
        }
      },
    });
  const members = Array.from({ length: options.members ?? chance.int(1, 4) }, (_, i): Member => ({
    name: `m${i + 1}`,
    server: server(`m${i + 1}`, false),
    labels: { tier: chance.pick(["gold", "iron"]) },
    isJoined: true,
    lives: 1,
    absences: [],
  }));
  let processes = 0;
  const run: Run = {
    seed,
    chance,
    time,
    truth,
    judge,
    members,
    sabotage,
    isTraced,
    host: server("host", true),
    lease: { holder: null, renewedMs: -Infinity },
    adoption: chance.pick(["always", "always", "if-no-diff", "never"] as const),
    limits: someLimits(chance, seed % 4 === 0),
    deletionWaitMs: chance.pick([3_600_000, 60_000, 5_000]),
    kept: chance.is(0.5) ? { revision: "" } : null,
    isQuiet: seed % 4 === 0,
    instances: [],
    born: [],
    newInstance: () => {
      const instance = new Instance(run, ++processes);
      run.instances.push(instance);
      run.born.push(instance);
      return instance;
    },
    counts: new Map(),
    story: [],
    relabels: 0,
    sent: { count: 0, last: "" },
    network: new Chance(seed * 1_000 + 998),
    repairs: [],
    backups: new Map(),
    meddled: new Set(),
    wrong: null,
    isCalm: false,
    ...settings,
  };
  begun = run;
  truth.noteMembers(new Map(members.map(({ name, labels }) => [name, labels])), 0);
  return run;
}

function judgeAndControl(run: Run, written: Written): void {
  run.judge.take(run, written);
  if (written.server !== run.host) controlDeployments(run, written);
}

/** So small that they matter. */
function someLimits(chance: Chance, isQuiet: boolean): BrakeLimits {
  if (isQuiet || chance.is(0.5)) return UNLIMITED;
  return {
    loss: { percent: 30, objects: chance.pick([0, 2, 4]) },
    radius: {
      updatesPerMinute: chance.pick([null, 1, 3]),
      removalsPerMinute: chance.pick([null, 1, 3]),
      clustersPerMinute: chance.pick([null, 1, 2]),
    },
  };
}
