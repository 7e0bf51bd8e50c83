/** `fedns drain --wait`: looks at the status until a drain is whole and no well-behaved cache holds what it took away. */
import { pause } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { type OrderTarget, targetText } from "../../traffic/orders/order.ts";
import { sendCommand } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";
import { cachedText, type OrderEntry, readStatus, shareText } from "../text/status-document.ts";

const POLL_EVERY_MS = 1000;
/** Of a ramp, a line now and then is enough. */
const PRINT_EVERY_MS = 10_000;
/** The server may be starting again meanwhile. */
const UNREACHABLE_MAX_MS = 60_000;
const EXIT_CODES = { proved: 0, failed: 1, interrupted: 130 } as const;

/** Resolves with the exit code; rejects with an OperationalError when the server is gone for a minute. */
export async function waitDrained(session: Session, path: string, target: OrderTarget): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.on("SIGINT", onInterrupt);
  // The clock's timers keep no process alive: this one does.
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    return await poll(session, path, target, interrupt.signal);
  } finally {
    clearInterval(alive);
    process.off("SIGINT", onInterrupt);
  }
}

async function poll(
  session: Session,
  path: string,
  target: OrderTarget,
  signal: AbortSignal,
): Promise<number> {
  const say = progressPrinter(session);
  let lastSeenMs = session.clock.nowMs();
  while (!signal.aborted) {
    const seen = await drainOf(path, target).catch((error: unknown) => {
      if (!(error instanceof OperationalError) || session.clock.nowMs() - lastSeenMs > UNREACHABLE_MAX_MS)
        throw error;
      return "unseen" as const;
    });
    if (seen !== "unseen") {
      lastSeenMs = session.clock.nowMs();
      const exitCode = judge(session, seen, target, say);
      if (exitCode !== null) return exitCode;
    }
    await pause(session.clock, POLL_EVERY_MS, signal);
  }
  session.printError(
    `fedns: the waiting is over, the drain goes on; fedns undrain takes it back (${targetText(target)})\n`,
  );
  return EXIT_CODES.interrupted;
}

/** The drain, if it is still there, and the server's date. */
type Seen = { readonly order: OrderEntry | null; readonly now: string };

/** Null = it still has to be waited. */
function judge(
  session: Session,
  { order, now }: Seen,
  target: OrderTarget,
  say: (phase: string, text: string) => void,
): number | null {
  if (order === null) {
    session.printError(`fedns: ${targetText(target)} is not drained any more: somebody took it back\n`);
    return EXIT_CODES.failed;
  }
  if (order.share === null || order.share > 0) {
    say("falling", shareText(order, now));
    return null;
  }
  if (order.held === null) {
    session.printError("fedns: drained; but what caches still hold is not known to this server\n");
    return EXIT_CODES.failed;
  }
  if (order.held.held > 0) {
    say("held", cachedText(order.held, now));
    return null;
  }
  session.print(`${cachedText(order.held, now)}\n`);
  for (const reason of order.held.unprovable) session.print(`not proved: ${reason}\n`);
  return order.held.unprovable.length === 0 ? EXIT_CODES.proved : EXIT_CODES.failed;
}

/** "unseen" when the server is there and control is not: nothing can be said then. */
async function drainOf(path: string, target: OrderTarget): Promise<Seen | "unseen"> {
  const { orders, now } = readStatus((await sendCommand(path, { command: "status" }))["status"]);
  if (orders === null) return "unseen";
  const { cluster, service } = target;
  const found = orders.orders.find(
    (order) => order.order === "drain" && order.cluster === cluster && order.service === service,
  );
  return { order: found ?? null, now };
}

/** A line at each new phase, and within one now and then, when there is something new to say. */
function progressPrinter(session: Session): (phase: string, text: string) => void {
  let last = { phase: "", text: "", atMs: 0 };
  return (phase, text) => {
    const nowMs = session.clock.nowMs();
    if (phase === last.phase && (text === last.text || nowMs - last.atMs < PRINT_EVERY_MS)) return;
    last = { phase, text, atMs: nowMs };
    session.print(`${text}\n`);
  };
}
