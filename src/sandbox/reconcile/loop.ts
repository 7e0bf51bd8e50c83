/** The loop all controllers run in: changes become keys, keys are looked at once, soon, one after the other. */
import { messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Change } from "../store/history.ts";
import type { ObjectClient } from "../store/objects.ts";

export type Controller = {
  readonly name: string;
  /** The keys that a change asks to look at again. */
  keysFor(change: Change): readonly string[];
  /** Makes true what should be; runs again for every touch, must settle when nothing is left to do. */
  reconcile(key: string): void;
};

/** Far more than any settling takes, few enough to keep the process answering while controllers disagree. */
const STEPS_PER_TURN = 2_000;

export type RunningControllers = {
  readonly stop: () => void;
  /** Resolves when nothing is left to do. */
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
