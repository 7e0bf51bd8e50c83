/** A session that remembers what a command said, with stand-ins for the parts of fedns a command would start. */
import type { Config } from "../../src/run/config/config.ts";
import type { Programs, Session } from "../../src/cli/session/session.ts";
import { FakeClock } from "../support/fake-clock.ts";

export type FakeSession = Session & { readonly printed: () => string; readonly complained: () => string };

/** Parts that must not be started. */
const noParts: Programs = {
  runSupervisor: () => Promise.reject(new Error("the supervisor is started")),
  startSandbox: () => Promise.reject(new Error("the sandbox is started")),
};

export function fakeSession(parts: Partial<Programs> = {}): FakeSession {
  const out: string[] = [];
  const err: string[] = [];
  return {
    print: (text) => void out.push(text),
    printError: (text) => void err.push(text),
    confirm: () => Promise.resolve(null),
    exitCode: 0,
    failureCode: 1,
    clock: new FakeClock(),
    programs: { ...noParts, ...parts },
    printed: () => out.join(""),
    complained: () => err.join(""),
  };
}

/** A supervisor that runs until it is stopped; `configs` collects what it was started with. */
export function fakeSupervisor(
  configs: Config[],
  outcome: { readonly startFails?: Error; readonly onReload?: () => void } = {},
): Pick<Programs, "runSupervisor"> {
  return {
    runSupervisor({ config }) {
      configs.push(config);
      const end = Promise.withResolvers<number>();
      const ready = outcome.startFails === undefined ? Promise.resolve() : Promise.reject(outcome.startFails);
      return Promise.resolve({
        ready,
        finished: end.promise,
        reload: () => outcome.onReload?.(),
        stop: () => {
          end.resolve(0);
        },
      });
    },
  };
}
