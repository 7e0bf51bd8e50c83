/** One seed from beginning to end: a host, members, processes, what happens to them, and all that must hold. */
import type { BrakeLimits } from "../../../src/propagate/brake/brake.ts";
import { UNLIMITED } from "../../propagate/rig.ts";
import { Chance } from "../chance.ts";
import { checkCalm } from "./calm.ts";
import { someFault } from "./faults.ts";
import { Instance, SYSTEM } from "./instance.ts";
import { Judge } from "./judge.ts";
import { controlDeployments, somethingInMember } from "./locals.ts";
import { settleIn, somethingInHost } from "./people.ts";
import { count, type Member, type Run, tell, Violation } from "./run-state.ts";
import type { Sabotage } from "./sabotage.ts";
import { SimServer } from "./sim-server.ts";
import { SimTime } from "./sim-time.ts";
import { Truth } from "./truth.ts";
import { FEDERATED_RESOURCES } from "./types.ts";

export type Outcome = {
  readonly seed: number;
  readonly steps: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly failure: {
    readonly step: number;
    readonly what: string;
    readonly story: readonly string[];
  } | null;
  readonly story: readonly string[];
};

type Options = { readonly sabotage?: Sabotage; readonly isTraced?: boolean };

export async function simulate(seed: number, steps: number, options: Options = {}): Promise<Outcome> {
  const uninstall = options.sabotage?.install?.() ?? (() => undefined);
  const run = begin(seed, options);
  let step = 0;
  try {
    await run.host.call("kubectl", "POST", "/api/v1/namespaces", { metadata: { name: SYSTEM } });
    await settleIn(run);
    run.newInstance();
    for (step = 1; step <= steps; step++) await doStep(run);
    await checkCalm(run);
    return { seed, steps, counts: run.counts, failure: null, story: run.story };
  } catch (error) {
    const what =
      error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? "") : "?";
    const failure = { step, what, story: run.story.slice(-60) };
    return { seed, steps, counts: run.counts, failure, story: run.story };
  } finally {
    uninstall();
  }
}

/** What happened last, and how to see it again. */
export function failureText({ seed, steps, failure }: Outcome): string {
  if (failure === null) return "";
  const { step, what, story } = failure;
  return [
    `seed ${seed}, step ${step} of ${steps}: ${what}`,
    ...story.map((line) => `  ${line}`),
    `again: npm run simulate:propagate -- --seed ${seed} --steps ${Math.min(step, steps)} --trace`,
  ].join("\n");
}

function begin(seed: number, { sabotage = {}, isTraced = false }: Options): Run {
  const chance = new Chance(seed);
  const time = new SimTime();
  const truth = new Truth();
  const judge = new Judge();
  const serverChance = new Chance(seed * 1_000 + 999);
  let begun: Run | null = null;
  const server = (name: string, isHost: boolean): SimServer =>
    new SimServer({
      name,
      time,
      chance: serverChance,
      resources: isHost ? FEDERATED_RESOURCES : [],
      onWritten: (written) => {
        try {
          if (begun === null) return;
          judge.take(begun, written);
          if (!isHost) controlDeployments(begun, written);
        } catch (error) {
          if (!(error instanceof Violation) || begun === null) throw error;
          begun.wrong ??= error.message;
        }
      },
    });
  const members = Array.from({ length: chance.int(1, 4) }, (_, i): Member => ({
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
    newInstance: () => {
      const instance = new Instance(run, ++processes);
      run.instances.push(instance);
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
  };
  begun = run;
  truth.noteMembers(new Map(members.map(({ name, labels }) => [name, labels])), 0);
  return run;
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

const KINDS: readonly (readonly ["host" | "member" | "fault", number])[] = [
  ["host", 5],
  ["member", 2],
  ["fault", 3],
];

async function doStep(run: Run): Promise<void> {
  const { chance, time } = run;
  for (let events = chance.int(1, 3); events > 0; events--) {
    const kind = run.isQuiet ? "host" : chance.weighed(KINDS);
    if (kind === "host") await somethingInHost(run);
    else if (kind === "member") await somethingInMember(run);
    else someFault(run);
    count(run, "events");
  }
  const ms = chance.weighed([
    [chance.int(1, 100), 3],
    [chance.int(100, 5_000), 6],
    [chance.int(5_000, 90_000), 3],
  ]);
  await time.advance(ms);
  if (run.wrong !== null) {
    tell(run, run.wrong);
    throw new Violation(run.wrong);
  }
}
