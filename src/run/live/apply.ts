/** Gives changed settings to the processes: control by message or by a restart, serve by a hand-over that loses no query. */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { RootLog } from "../../kernel/log.ts";
import type { Config } from "../config/config.ts";
import type { Changes } from "../config/effects.ts";

/** A hand-over that failed, as on a machine without free memory, is tried again. */
const RETRY_MS = 10_000;

type Appliers = {
  readonly serve: {
    /** Rejects when the new process is not ready in time; the old one then goes on. */
    handOver(): Promise<void>;
  };
  readonly control: {
    /** Resolves when the running process has the settings, or does not reply. */
    adopt(config: Config): Promise<void>;
    /** Rejects when the next process is not ready in time. */
    restart(): Promise<void>;
  };
  readonly propagate: {
    /** Rejects when the next process is not ready in time. */
    restart(): Promise<void>;
  };
  readonly clock: Clock;
  readonly log: RootLog;
};

/** The processes that start from now on get the new settings anyway. Resolves when those that run have them. Never rejects. */
export async function applySettings(parts: Appliers, config: Config, changes: Changes): Promise<void> {
  parts.log.level = config.log.level;
  await Promise.all([
    changes["hand-over"].length > 0 && handOver(parts),
    changes["control restarts"].length > 0
      ? restartControl(parts)
      : changes["at once"].length > 0 && parts.control.adopt(config),
    (changes["propagator restarts"].length > 0 || concernsMembers(changes)) && restartPropagate(parts),
  ]);
}

/** The host belongs to both, and so does how it is reached. */
function concernsMembers(changes: Changes): boolean {
  return changes["control restarts"].some((path) => /^(host|kubeconfigs)(\.|$)/.test(path));
}

async function restartPropagate({ propagate, log }: Appliers): Promise<void> {
  await propagate.restart().catch((error: unknown) => {
    log.error(errorFields(error), "the propagator takes long to restart with the changed settings");
  });
}

async function handOver(parts: Appliers): Promise<void> {
  const { serve, clock, log } = parts;
  try {
    await serve.handOver();
  } catch (error) {
    log.error(errorFields(error), "the serve process keeps its settings for now; trying again");
    clock.after(RETRY_MS, () => void handOver(parts));
  }
}

/** One that is late becomes ready later; the log says why. */
async function restartControl({ control, log }: Appliers): Promise<void> {
  await control.restart().catch((error: unknown) => {
    log.error(errorFields(error), "the control process takes long to restart with the changed settings");
  });
}
