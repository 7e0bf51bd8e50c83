/** `fedns serve` as a test subject: all of its processes, in a directory of its own, until the end of the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd, hasEnded, isAlive, killHard, type Scope } from "./programs.ts";
import { until } from "./until.ts";

const ENTRY = join(import.meta.dirname, "..", "..", "src", "cli", "fedns.ts");
/** Three starts of Node on a machine that also runs other tests. */
const START_BOUND_MS = 60_000;
/** Often enough, and seldom enough to leave the start its processor. */
const READY_LOOK_MS = 25;

export type FednsOptions = {
  /** The directory of fedns.yaml and the state; default: a new one that is removed after the test. */
  readonly directory?: string;
  /** Settings in addition to DEFAULTS, in the form of the file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Environment variables of its processes, in addition to our own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default true: waits until /readyz succeeds. */
  readonly waitReady?: boolean;
};

export type LogLine = { readonly level: number; readonly msg: string; readonly [field: string]: unknown };

export type Fedns = {
  readonly directory: string;
  readonly pid: number;
  /** The addresses that answer DNS, in the order of the setting `listen`. */
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  /** The first of them. */
  readonly port: number;
  readonly log: readonly LogLine[];
  /** All that its processes wrote to standard error, also what is no log line. */
  readonly output: () => string;
  /** GET of an admin page; rejects if the port is closed. */
  page(path: string): Promise<{ readonly code: number; readonly body: string }>;
  status(): Promise<any>;
  /** As they are now: the page may be a second old. */
  metrics(): Promise<string>;
  /** Sends a line to the admin socket and resolves with the line that comes back. */
  command(request: object): Promise<any>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the name of the signal, of the supervisor. */
  readonly exited: Promise<number | string>;
  /** Stops it; resolves with the exit code. */
  stop(): Promise<number | string>;
};

export const DEFAULTS: Readonly<Record<string, unknown>> = {
  federations: [{ name: "myfed", domain: "example.com" }],
  nameservers: [{ name: "ns1.example.com", addresses: ["192.0.2.53", "2001:db8::53"] }],
  soa: { rname: "hostmaster.example.com" },
  listen: [{ address: "127.0.0.1", port: 0 }],
  admin: { port: 0 },
  log: { format: "json" },
  serve: { drainSeconds: 0 },
  // Reading a database takes seconds of CPU time and hundreds of megabytes in every test.
  locate: { database: "none" },
  rateLimit: { exempt: ["127.0.0.0/8", "::1/128"] },
};

// When the test runner times out, it ends this process with a signal; the children must end, too.
process.once("SIGTERM", () => process.exit(143));

/** A directory that is removed after the test. Its path is short, because it contains a unix socket. */
export async function temporaryFolder(scope: Scope): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fedns-"));
  atEnd(scope, () => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

/** Starts fedns and waits until it is ready; throws with its log if it ends instead. It is stopped after the test. */
export async function startFedns(scope: Scope, options: FednsOptions = {}): Promise<Fedns> {
  const directory = options.directory ?? (await temporaryFolder(scope));
  const attempt = await launch(scope, directory, options);
  const { log, exited } = attempt;
  const started = (): LogLine | undefined => log.find(({ msg }) => msg === "fedns started");
  await until("fedns starts", () => started() !== undefined || hasEnded(attempt.process), START_BOUND_MS);
  const line = started();
  if (line === undefined) throw new Error(`fedns ended: ${attempt.text()}`);
  const listen = line["listen"] as Fedns["listen"];
  const adminPort = Number(/port (\d+)/.exec(String(line["admin"]))?.[1]);
  const page = (path: string): ReturnType<Fedns["page"]> => getPage(adminPort, path);
  const ask = (request: object): Promise<any> => command(join(directory, "state", "admin.sock"), request);
  const fedns: Fedns = {
    directory,
    pid: attempt.process.pid ?? 0,
    listen,
    port: listen[0]?.port ?? 0,
    log,
    output: attempt.text,
    page,
    // Not the page, which is as old as a second.
    status: async () => (await ask({ command: "status" })).status,
    metrics: async () => (await ask({ command: "metrics" })).metrics,
    command: ask,
    signal: (signal) => void attempt.process.kill(signal),
    exited,
    stop() {
      attempt.process.kill("SIGTERM");
      return exited;
    },
  };
  atEnd(scope, () => endAll(fedns, attempt));
  if (options.waitReady ?? true) await becomesReady(fedns, attempt);
  return fedns;
}

/** For starts that must fail: resolves with the exit code and all output. */
export async function failToStart(
  scope: Scope,
  options: FednsOptions,
): Promise<{ readonly code: number | string; readonly text: string }> {
  const directory = options.directory ?? (await temporaryFolder(scope));
  const attempt = await launch(scope, directory, options);
  const timer = setTimeout(() => attempt.process.kill("SIGKILL"), START_BOUND_MS);
  const code = await attempt.exited;
  clearTimeout(timer);
  return { code, text: attempt.text() };
}

type Attempt = {
  readonly process: ChildProcess;
  readonly log: LogLine[];
  readonly text: () => string;
  readonly exited: Promise<number | string>;
};

async function launch(
  scope: Scope,
  directory: string,
  { settings = {}, env = {} }: FednsOptions,
): Promise<Attempt> {
  const file = join(directory, "fedns.yaml");
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ ...DEFAULTS, ...settings }, null, 1));
  const child = spawn(process.execPath, [ENTRY, "serve", "--config", file], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  atEnd(scope, async () => {
    process.off("exit", kill);
    child.kill("SIGKILL");
    await until("the supervisor is gone", () => hasEnded(child));
  });
  const log: LogLine[] = [];
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).slice(text.lastIndexOf("\n") + 1).split("\n");
    text += chunk;
    for (const line of lines.slice(0, -1)) if (line.startsWith("{")) log.push(JSON.parse(line) as LogLine);
  });
  const exited = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "?"));
  });
  return { process: child, log, text: () => text, exited };
}

async function becomesReady(fedns: Fedns, attempt: Attempt): Promise<void> {
  const deadlineMs = performance.now() + START_BOUND_MS;
  while ((await fedns.page("/readyz")).code !== 200) {
    if (performance.now() > deadlineMs)
      throw new Error(`fedns is not ready: ${attempt.text().slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, READY_LOOK_MS));
  }
}

/** The children end by themselves without their supervisor; a test that broke that must not leave them behind. */
async function endAll(fedns: Fedns, attempt: Attempt): Promise<void> {
  const pids = hasEnded(attempt.process) ? [] : await pidsOf(fedns).catch(() => []);
  attempt.process.kill("SIGKILL");
  await until("the children are gone", () => !pids.some(isAlive), 3_000).catch(() => pids.forEach(killHard));
}

async function pidsOf(fedns: Fedns): Promise<number[]> {
  const { processes } = await fedns.status();
  return [processes.serve.pid, processes.control.pid].filter((pid): pid is number => pid !== null);
}

function getPage(port: number, path: string): Promise<{ readonly code: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, path, agent: false, timeout: 8_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ code: response.statusCode ?? 0, body }));
    });
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error(`no answer to GET ${path}`)));
  });
}

function command(path: string, request: object): Promise<any> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.end(`${JSON.stringify(request)}\n`));
    let reply = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (reply += chunk));
    socket.on("error", reject);
    socket.on("end", () => resolve(JSON.parse(reply)));
  });
}
