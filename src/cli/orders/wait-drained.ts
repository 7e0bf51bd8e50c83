/** `fedns drain --wait`: polls the status until the drain is complete and its addresses have expired from caches that honour TTLs. */
import { stayAlive } from "../session/stay-alive.ts";
import { pause } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { type OrderTarget, targetText } from "../../traffic/orders/order.ts";
import { sendCommand } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";
import { type OrderEntry, readStatus } from "../text/status-document.ts";
import { cachedText, shareText } from "../text/status-words.ts";

const POLL_EVERY_MS = 1000;
/** Progress within one phase is printed at this interval. */
const PRINT_EVERY_MS = 10_000;
/** The server may restart during this time. */
const UNREACHABLE_MAX_MS = 60_000;
const EXIT_CODES = { proved: 0, failed: 1, interrupted: 130 } as const;

/** Resolves with the exit code. Rejects with an OperationalError when the server is unreachable for a minute. */
export async function waitDrained(session: Session, path: string, target: OrderTarget): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.on("SIGINT", onInterrupt);
  using _ = stayAlive();
  try {
    return await poll(session, path, target, interrupt.signal);
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

async function poll(
  session: Session,
  path: string,
  target: OrderTarget,
  signal: AbortSignal,
): Promise<number> {
  const print = progressPrinter(session);
  let lastSeenMs = session.clock.nowMs();
  while (!signal.aborted) {
    const seen = await drainOf(path, target).catch((error: unknown) => {
      if (!(error instanceof OperationalError) || session.clock.nowMs() - lastSeenMs > UNREACHABLE_MAX_MS)
        throw error;
      return "unseen" as const;
    });
    if (seen !== "unseen") {
      lastSeenMs = session.clock.nowMs();
      const exitCode = reportProgress(session, seen, target, print);
      if (exitCode !== null) return exitCode;
    }
    await pause(session.clock, POLL_EVERY_MS, signal);
  }
  session.printError(
    `fedns: stopped waiting; the drain continues, and fedns undrain ends it (${targetText(target)})\n`,
  );
  return EXIT_CODES.interrupted;
}

/** The drain, unless it was ended, and the time of the server. */
type Seen = { readonly order: OrderEntry | null; readonly now: string };

/** Prints progress. Null = keep waiting. */
function reportProgress(
  session: Session,
  { order, now }: Seen,
  target: OrderTarget,
  print: (phase: string, text: string) => void,
): number | null {
  if (order === null) {
    session.printError(`fedns: ${targetText(target)} is not drained any more: the drain was ended\n`);
    return EXIT_CODES.failed;
  }
  if (order.share === null || order.share > 0) {
    print("falling", shareText(order, now));
    return null;
  }
  if (order.held === null) {
    session.printError("fedns: drained, but this server does not know what caches still have\n");
    return EXIT_CODES.failed;
  }
  if (order.held.held > 0) {
    print("held", cachedText(order.held, now));
    return null;
  }
  session.print(`${cachedText(order.held, now)}\n`);
  for (const reason of order.held.unprovable) session.print(`not proved: ${reason}\n`);
  return order.held.unprovable.length === 0 ? EXIT_CODES.proved : EXIT_CODES.failed;
}

/** "unseen" when the server replies without the state of orders: its control process is restarting. */
async function drainOf(path: string, target: OrderTarget): Promise<Seen | "unseen"> {
  const { orders, now } = readStatus((await sendCommand(path, { command: "status" }))["status"]);
  if (orders === null) return "unseen";
  const { cluster, service } = target;
  const found = orders.orders.find(
    (order) => order.order === "drain" && order.cluster === cluster && order.service === service,
  );
  return { order: found ?? null, now };
}

/** Prints a line for each new phase, and within a phase at most one per interval, when the text has changed. */
function progressPrinter(session: Session): (phase: string, text: string) => void {
  let last = { phase: "", text: "", atMs: 0 };
  return (phase, text) => {
    const nowMs = session.clock.nowMs();
    if (phase === last.phase && (text === last.text || nowMs - last.atMs < PRINT_EVERY_MS)) return;
    last = { phase, text, atMs: nowMs };
    session.print(`${text}\n`);
  };
}
