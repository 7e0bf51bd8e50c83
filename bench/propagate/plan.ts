/** How much the `propagate` bench does, in full and with `--quick`. */
export type Plan = {
  readonly members: number;
  readonly objects: number;
  /** In each member, for the questions to the DNS server. */
  readonly services: number;
  /** Single changes, at rest and under load. */
  readonly changes: number;
  /** Of all objects, each beside bare applies. Fewer when time runs out. */
  readonly rounds: number;
  /** Under load so much of what was reached when all objects changed. */
  readonly loadShare: number;
  readonly restMs: number;
  readonly steadyMs: number;
  /** Windows of questions, half of them while changes are placed. */
  readonly windows: number;
  readonly windowSeconds: number;
  /** Whether it is also measured how long it takes after a kill: a lease has to run out first. */
  readonly hasKill: boolean;
  readonly memory: { readonly members: number; readonly objects: number; readonly changes: number };
};

export const fullPlan: Plan = {
  members: 20,
  objects: 2_000,
  services: 20,
  changes: 200,
  rounds: 3,
  loadShare: 0.3,
  restMs: 8_000,
  steadyMs: 60_000,
  windows: 8,
  windowSeconds: 3,
  hasKill: true,
  memory: { members: 50, objects: 20_000, changes: 200 },
};

export const quickPlan: Plan = {
  members: 4,
  objects: 200,
  services: 20,
  changes: 20,
  rounds: 2,
  loadShare: 0.3,
  restMs: 500,
  steadyMs: 3_000,
  windows: 2,
  windowSeconds: 1,
  hasKill: false,
  memory: { members: 20, objects: 2_000, changes: 20 },
};
