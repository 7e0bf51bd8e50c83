/** One seed from beginning to end: a host, members, processes, what happens to them, and all that must hold. */
import { checkCalm } from "./calm.ts";
import { someFault } from "./faults.ts";
import { SYSTEM } from "./written-objects.ts";
import { somethingInMember } from "./locals.ts";
import { settleIn, somethingInHost } from "./people.ts";
import { count, type Run, tell, Violation } from "./run-state.ts";
import { openScene, type SceneOptions } from "./scene.ts";

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

export async function simulate(seed: number, steps: number, options: SceneOptions = {}): Promise<Outcome> {
  const uninstall = options.sabotage?.install?.() ?? (() => undefined);
  const run = openScene(seed, options);
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
    for (const instance of run.born) instance.forget();
    uninstall();
  }
}

/** What happened last, and how to see it again; `options` of the command, with a space behind. */
export function failureText({ seed, steps, failure }: Outcome, options: "" | "--replicas " = ""): string {
  if (failure === null) return "";
  const { step, what, story } = failure;
  return [
    `seed ${seed}, step ${step} of ${steps}: ${what}`,
    ...story.map((line) => `  ${line}`),
    `again: npm run simulate:propagate -- ${options}--seed ${seed} --steps ${Math.min(step, steps)} --trace`,
  ].join("\n");
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
