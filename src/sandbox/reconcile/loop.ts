/** The loop of all controllers: changes are mapped to keys, and each key is reconciled once, in turn. */
import { messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Change } from "../store/history.ts";
import type { ObjectClient } from "../store/objects.ts";

export type Controller = {
  readonly name: string;
  /** The keys that a change requires to be reconciled. */
  keysFor(change: Change): readonly string[];
  /** Brings the object to its desired state. Must be idempotent, so that the controllers settle. */
  reconcile(key: string): void;
};

/** Far more than settling takes; it keeps the process responsive should controllers not settle. */
const STEPS_PER_TURN = 2_000;

export type RunningControllers = {
  readonly stop: () => void;
  /** Resolves when no keys are left. */
  readonly settled: () => Promise<void>;
};

/** Starts with the next change. */
export function runControllers(
  objects: ObjectClient,
  controllers: readonly Controller[],
  log: Log,
): RunningControllers {
  const waiters: (() => void)[] = [];
  const waiting = controllers.map((controller) => ({ controller, keys: new Set<string>() }));
  let turn: NodeJS.Immediate | undefined;

  const step = (): boolean => {
    const next = waiting.find(({ keys }) => keys.size > 0);
    const [key] = next?.keys ?? [];
    if (!next || key === undefined) return false;
    next.keys.delete(key);
    try {
      next.controller.reconcile(key);
    } catch (error) {
      log.warn(
        { controller: next.controller.name, key, error: messageOf(error) },
        "sandbox controller failed",
      );
    }
    return true;
  };

  const run = (): void => {
    turn = undefined;
    for (let count = 0; count < STEPS_PER_TURN; count += 1) {
      if (step()) continue;
      for (const resolve of waiters.splice(0)) resolve();
      return;
    }
    wake();
  };

  const wake = (): void => {
    turn ??= setImmediate(run);
  };

  const unsubscribe = objects.subscribe((change) => {
    for (const { controller, keys } of waiting) for (const key of controller.keysFor(change)) keys.add(key);
    if (waiting.some(({ keys }) => keys.size > 0)) wake();
  });
  return {
    stop() {
      unsubscribe();
      clearImmediate(turn);
    },
    settled: () => new Promise((resolve) => (turn ? waiters.push(resolve) : resolve())),
  };
}
