/**
 * The `failover` bench: how long does an address stay in answers after it has failed?
 *
 * `fedns serve` runs as deployed, as three processes, with three clusters of the sandbox as members. Names in the
 * region of one cluster are queried repeatedly over UDP. The time ends with the first answer that leads to another
 * cluster, and begins
 * - when an EndpointSlice without ready endpoints is written to the API server (over HTTPS, with a real list and
 *   watch);
 * - when a gateway dies, which then either refuses connections or accepts them and never answers. Probes run once a
 *   second (the shortest interval), and two failures take an address out.
 * Everything runs in a separate network namespace, because the addresses are probed, and members cannot announce
 * loopback addresses.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { failoverGoals, failoverTable, type Measured, spreadsOf } from "./failover/goals.ts";
import { type Program, sayMissing } from "./load/programs.ts";

/** A hundred and more of each kind, or a p99 would be the highest. */
type Plan = { readonly events: number; readonly perRound: number; readonly rounds: number };

const fullPlan: Plan = { events: 1_000, perRound: 120, rounds: 5 };
const quickPlan: Plan = { events: 200, perRound: 110, rounds: 2 };
const needed: readonly Program[] = [
  { command: "unshare", debianPackage: "util-linux" },
  { command: "ip", debianPackage: "iproute2" },
];
const namespaces = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
const network = 'ip link set lo up && ip route add local 198.18.0.0/15 dev lo && exec "$@"';

export const failover: Bench = {
  name: "failover",
  claim:
    "From an EndpointSlice event, and from a dead data path, to the first answer without it, over UDP: real API servers' " +
    "watches, real probes (1 s apart, two failures), and the three processes as deployed.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const loadBefore = loadavg()[0] ?? 0;
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const absent = await reasonOfAbsence(setting);
  const measured = absent === null ? await measure(setting, plan) : null;
  const how =
    `${plan.events} events one after another; ${plan.perRound} gateways die in each of ${plan.rounds} rounds, each at a moment ` +
    `of its own. The client asks each name anew 0.5 ms (events) and 20 ms (gateways) after its last answer, which is ` +
    `part of the figures. Load of the machine before: ${loadBefore.toFixed(2)}.`;
  return {
    results: {
      loadBefore,
      plan,
      spreads: spreadsOf(measured),
      measured,
      absent: absent === null ? [] : [absent],
    },
    goals: failoverGoals(measured),
    tables: measured === null ? [] : [failoverTable(measured)],
    notes: absent === null ? [how] : [absent],
  };
}

async function reasonOfAbsence({ processes, workDirectory, signal }: BenchSetting): Promise<string | null> {
  const missing = needed.filter(({ command }) => processes.find(command) === null);
  if (missing.length > 0) return `${sayMissing(missing)}: nothing was measured.`;
  const launch = launchOf(workDirectory, ["true"], "unshare.log");
  const isPossible = await processes.run(launch, signal).then(
    () => true,
    () => false,
  );
  signal.throwIfAborted();
  return isPossible
    ? null
    : "A network namespace cannot be made (it takes root, or user namespaces for everybody): nothing was measured.";
}

async function measure(setting: BenchSetting, plan: Plan): Promise<Measured> {
  const { processes, workDirectory, signal, progress } = setting;
  const directory = join(workDirectory, "failover");
  mkdirSync(directory);
  progress(`${plan.events} events and ${plan.perRound * plan.rounds} gateways that die`);
  const stage = join(import.meta.dirname, "failover", "stage.ts");
  const figures = [plan.events, plan.perRound, plan.rounds].map(String);
  const command = [process.execPath, stage, directory, ...figures];
  await processes.run(launchOf(directory, command, "stage.log"), signal);
  return JSON.parse(readFileSync(join(directory, "measured.json"), "utf8")) as Measured;
}

function launchOf(
  directory: string,
  command: readonly string[],
  log: string,
): Parameters<BenchSetting["processes"]["start"]>[0] {
  const mapping = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  return {
    command: "unshare",
    args: [...mapping, ...namespaces, "sh", "-c", network, "sh", ...command],
    core: null,
    logPath: join(directory, log),
    directory,
  };
}
