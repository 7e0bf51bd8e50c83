/** Every process that hangs is replaced, by one and the same heartbeat: with real processes, and short bounds. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Log, LogFields } from "../../../src/kernel/log.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { PropagateProcess } from "../../../src/run/children/propagate-process.ts";
import type { ProcessHealth } from "../../../src/run/children/process-supervisor.ts";
import { parseConfig } from "../../../src/run/config/file.ts";
import { ControlProcess } from "../../../src/run/supervise/control-process.ts";
import { currentPicture } from "../../../src/run/supervise/current-picture.ts";
import { watchLiveness } from "../../../src/run/supervise/liveness.ts";
import { acquireResources } from "../../../src/run/supervise/resources.ts";
import { superviseServe } from "../../../src/run/supervise/serve-process.ts";
import { DEFAULTS, temporaryFolder } from "../../support/fedns.ts";
import { atEnd, type Scope, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { inLong } from "../../suite/scale.ts";

const HOOK = new URL("./loops-on-signal.ts", import.meta.url).href;
/** More than a busy machine keeps a process from its turn. */
const BOUND_MS = 3_000;
/** Nobody answers there: the processes run, and write nothing. */
const NO_HOST = `
apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: "http://127.0.0.1:1" } }]
users: [{ name: a, user: { token: none } }]
contexts: [{ name: a, context: { cluster: a, user: a } }]
current-context: a
`;

type Child = { readonly health: ProcessHealth | null };

type Running = {
  readonly children: Readonly<Record<"serve" | "control" | "propagate", Child>>;
  readonly killed: LogFields[];
  readonly liveness: ReturnType<typeof watchLiveness>;
};

async function startAll(scope: Scope): Promise<Running> {
  const directory = await temporaryFolder(scope);
  writeFileSync(join(directory, "host.kubeconfig"), NO_HOST);
  const settings = { ...DEFAULTS, host: { kubeconfig: "./host.kubeconfig" }, log: { level: "error" } };
  const parsed = parseConfig(JSON.stringify(settings), join(directory, "fedns.yaml"));
  assert.ok("config" in parsed, JSON.stringify(parsed));
  const killed: LogFields[] = [];
  const log: Log = {
    ...silentLog,
    error: (fields, text) => void (text.includes("killing") && killed.push(fields)),
  };
  const resources = await acquireResources(parsed.config, log);
  const parts = { config: () => parsed.config, resources, clock: systemClock, log };
  const serve = superviseServe({ settings: parts.config, ...resources, ...parts });
  const [control, propagate] = [
    new ControlProcess(parts),
    new PropagateProcess({
      ...parts,
      removals: () => Promise.resolve(null),
      serving: () => Promise.resolve(null),
    }),
  ];
  const picture = currentPicture(resources.picturePath, resources.scoreboard);
  const bounds = { workerMs: BOUND_MS, processMs: BOUND_MS, commitMs: BOUND_MS, startMs: 60_000 };
  const liveness = watchLiveness({ ...parts, serve, control, propagate, picture, bounds });
  const children = { serve, control, propagate };
  for (const child of Object.values(children)) child.start();
  const ending = new AbortController();
  atEnd(scope, async () => {
    ending.abort();
    await Promise.all([serve.stop(), control.stop(), propagate.stop()]);
    await resources.close();
  });
  await until("all run", () => Object.values(children).every(({ health }) => health?.state === "running"));
  liveness.run(ending.signal);
  return { children, killed, liveness };
}

describe("a process that hangs", { timeout: 120_000 }, () => {
  const scope = suiteScope();
  let running: Running;
  before(async () => {
    process.env["NODE_OPTIONS"] = `--import=${HOOK}`;
    running = await startAll(scope);
    delete process.env["NODE_OPTIONS"];
  });

  async function isReplacedAfter(name: keyof Running["children"], signal: NodeJS.Signals): Promise<void> {
    const { children, killed } = running;
    const pid = children[name].health?.pid ?? 0;
    const kills = killed.length;
    process.kill(pid, signal);
    await until(`${name} is replaced`, () => {
      const { health } = children[name];
      return health?.state === "running" && health.pid !== pid;
    });
    const kill = killed.slice(kills).find(({ child }) => child === name);
    assert.match(String(kill?.["reason"]), /^(its event loop|a worker) stood still for \d+ ms$/);
    assert.match(String(children[name].health?.lastExit), /^SIGKILL: .* stood still for \d+ ms$/);
  }

  for (const name of ["propagate", "control", "serve"] as const)
    it(`${name} is killed and started again when it is stopped`, inLong, () =>
      isReplacedAfter(name, "SIGSTOP"),
    );

  it(
    "is replaced when it is in a loop without an end, and its supervisor is ready meanwhile without propagate",
    inLong,
    async () => {
      process.env["NODE_OPTIONS"] = `--import=${HOOK}`;
      const { children, liveness } = running;
      const before = children.propagate.health?.pid ?? 0;
      process.kill(before, "SIGKILL");
      await until("a process with the loop in it runs", () => {
        const { health } = children.propagate;
        return health?.state === "running" && health.pid !== before;
      });
      const isUnready = new Set<string>();
      const look = setInterval(() => liveness.problems.forEach((problem) => isUnready.add(problem)), 50);
      await isReplacedAfter("propagate", "SIGUSR2").finally(() => clearInterval(look));
      delete process.env["NODE_OPTIONS"];
      assert.deepEqual(
        [...isUnready].filter((problem) => problem.includes("propagate")),
        [],
      );
    },
  );
});
