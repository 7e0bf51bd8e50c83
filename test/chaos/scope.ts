/** A scope for programs that are no tests: what was started is ended when the program says so, or is interrupted. */
import type { Scope } from "../support/programs.ts";

export function suiteless(): { readonly scope: Scope; readonly end: () => Promise<void> } {
  const actions: (() => unknown)[] = [];
  const end = async (): Promise<void> => {
    for (const action of actions.splice(0)) await action();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)));
  return { scope: { after: (action) => void actions.push(action) }, end };
}
