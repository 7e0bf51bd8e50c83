/** A real serve process on real sockets; the test takes the parts of the supervisor and of control. */
import { join } from "node:path";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { createShared } from "../../../src/kernel/native/mapping.ts";
import { PictureStore } from "../../../src/picture/publish/picture-store.ts";
import { preparePicture } from "../../../src/picture/publish/prepare.ts";
import { EQUAL_SHARES } from "../../../src/picture/publish/traffic-planner.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../../src/answer/scoreboard/scoreboard.ts";
import { superviseServe, type ServeProcess } from "../../../src/run/supervise/serve-process.ts";
import type { TermsConfig } from "../../../src/run/supervise/terms.ts";
import { closeSockets, openSockets, type Sockets } from "../../../src/run/supervise/sockets.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { parseBackend, parseFleet } from "../../support/fleet.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { publishFleet } from "../../support/published.ts";
import { until } from "../../support/until.ts";

export type Engine = "batched" | "dgram";
export const ENGINES: readonly Engine[] = ["batched", "dgram"];

export type DataPlaneOptions = {
  /** As parseFleet takes it. */
  readonly fleet?: string;
  readonly engine?: Engine;
  readonly addresses?: readonly string[];
  /** Networks that must send PROXY headers. */
  readonly proxies?: readonly string[];
  /** Sockets (and threads) per address. */
  readonly workers?: number;
  /** What strangers meet; by default no limits, and cookies of a known secret. */
  readonly terms?: Partial<TermsConfig>;
};

export type DataPlane = {
  readonly supervisor: ServeProcess;
  readonly sockets: Sockets;
  readonly board: Scoreboard;
  readonly store: PictureStore;
  /** Of the first address. */
  readonly port: number;
  portAt(address: string): number;
  /** A backend as parseBackend takes it, or null to delete; published when it returns. */
  setBackend(cluster: string, key: string, text: string | null): void;
};

/** One service in two clusters; `wide` has more addresses than fit into 512 octets. */
export const FLEET: string = `
  answers 64
  cluster us-west us-west/a
    demo/hello ready=3 192.0.2.1 2001:db8:1::1
    demo/wide ready=1 ${Array.from({ length: 40 }, (_, i) => `198.51.100.${i + 1}`).join(" ")}
  cluster eu-central eu-central/a
`;
export const HELLO = "hello.demo.myfed.svc.example.com";
export const WIDE = "wide.demo.myfed.svc.example.com";

const TERMS: Omit<TermsConfig, "serve"> = {
  identity: { nsid: "test", version: "fedns", hostname: null, id: null },
  cookies: { secrets: ["000102030405060708090a0b0c0d0e0f"], secretsFile: null },
  rateLimit: { responsesPerSecond: 0, slip: 1, exempt: [] },
  allowQuery: [],
  allowWhy: [],
  maxAmplification: 0,
  minimalResponses: false,
};
const TCP = { maxConnections: 1000, maxConnectionsPerClient: 20, idleSeconds: 10, messageSeconds: 5 };

export async function startDataPlane(scope: Scope, options: DataPlaneOptions = {}): Promise<DataPlane> {
  const { engine = "batched", addresses = ["127.0.0.1"], workers = 1 } = options;
  const folder = await temporaryFolder(scope);
  const listen = addresses.map((address) => ({ address, port: 0, proxyProtocol: options.proxies ?? [] }));
  const settings = { udp: engine, workers, drainSeconds: 0, tcp: TCP };
  const sockets = openSockets({ listen, serve: settings });
  atEnd(scope, () => closeSockets(sockets));
  const picturePath = join(folder, "picture");
  preparePicture(picturePath, silentLog, 0);
  const shared = createShared("fedns-test", SCOREBOARD_OCTETS);
  const board = new Scoreboard(shared.mapping.buffer);
  const store = new PictureStore({
    path: picturePath,
    log: silentLog,
    passedSerial: (current) => board.oldestSerialInUse(current),
    onReplaced: () => board.raiseGeneration(),
  });
  const { federation, publisher } = publishFleet(parseFleet(options.fleet ?? FLEET), {
    store,
    plannerFor: () => EQUAL_SHARES,
    clock: systemClock,
  });
  const supervisor = superviseServe({
    settings: () => ({ ...TERMS, ...options.terms, serve: settings }),
    picturePath,
    scoreboard: board,
    scoreboardFd: shared.fd,
    sockets,
    codeCache: join(folder, "code-cache"),
    clock: systemClock,
    log: silentLog,
  });
  supervisor.start();
  atEnd(scope, () => supervisor.stop());
  await until("serve answers", () => supervisor.health.state === "running", 10_000);
  const portAt = (address: string): number =>
    sockets.udp.find((socket) => socket.address === address)?.port ?? 0;
  return {
    supervisor,
    sockets,
    board,
    store,
    port: portAt(addresses[0] ?? ""),
    portAt,
    setBackend(cluster, key, text) {
      federation.setBackend(cluster, key, text === null ? null : parseBackend(text.split(" ")));
      publisher.flush();
    },
  };
}
