/** A running fedns as the command line sees it: a real admin socket that says what the test says, and remembers what it was told. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AdminCommands, serveAdminCommands } from "../../src/run/admin/commands.ts";
import { type AdminListener, listenForAdmin } from "../../src/run/admin/listener.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { atEnd, type Scope } from "../support/programs.ts";

export type FakeServer = {
  readonly path: string;
  /** The orders that came, in order. */
  readonly orders: unknown[];
  /** The requests to forget that came, in order. */
  readonly forgets: unknown[];
  /** How often the status was asked for. */
  asked: number;
  reply: object;
  /** The reply to `reload`. */
  reloaded: object;
  status: object;
  /** Why a host is not served, by name. */
  claims: Readonly<Record<string, readonly object[]>>;
  stop(): Promise<void>;
  start(): Promise<void>;
};

export async function startFakeServer(scope: Scope): Promise<FakeServer> {
  const folder = await mkdtemp(join(tmpdir(), "fedns-cli-"));
  let socket: AdminListener | null = null;
  const server: FakeServer = {
    path: join(folder, "admin.sock"),
    orders: [],
    forgets: [],
    asked: 0,
    reply: { text: "done", left: [] },
    reloaded: {},
    status: {},
    claims: {},
    async stop() {
      await socket?.close();
      socket = null;
    },
    async start() {
      const commands: AdminCommands = {
        order: ({ order }: Readonly<Record<string, unknown>>): object => {
          server.orders.push(order);
          return server.reply;
        },
        forget: ({ forget }: Readonly<Record<string, unknown>>): object => {
          server.forgets.push(forget);
          return server.reply;
        },
        claims: ({ host }): object => ({ problems: server.claims[String(host)] ?? [] }),
        reload: (): object => server.reloaded,
        status: (): object => {
          server.asked++;
          return { status: server.status };
        },
      };
      socket = await listenForAdmin(server.path);
      serveAdminCommands(socket, commands, silentLog);
    },
  };
  await server.start();
  atEnd(scope, async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  return server;
}
