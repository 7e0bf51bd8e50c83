/**
 * The result of the comparison: a reply of fedns must equal that of at least one of the three servers, or differ in an
 * accepted way.
 */
import { type Accepted, ACCEPTED } from "./accepted.ts";
import type { Case } from "./batch.ts";
import { sameReply } from "./reply.ts";
import { SERVERS } from "./servers.ts";

export type Tally = {
  cases: number;
  readonly refused: Record<string, number>;
  worlds: number;
  /** "nsd+knot" -> cases in which exactly these gave the same reply. */
  readonly agreed: Map<string, number>;
  /** Name of the accepted difference -> cases. */
  readonly accepted: Map<string, number>;
  readonly failed: Case[];
  /** Cases in which no server gave the same reply and at least one gave none. */
  undecided: number;
};

export function newTally(): Tally {
  const accepted = new Map(ACCEPTED.map(({ name }) => [name, 0]));
  return { cases: 0, refused: {}, worlds: 0, agreed: new Map(), accepted, failed: [], undecided: 0 };
}

/** The servers that gave the same reply; "" = none. */
export function agreeing({ ours, peers }: Case): string {
  return SERVERS.filter((name) => sameReply(peers[name], ours)).join("+");
}

function acceptedAs(one: Case): Accepted | null {
  const { ours } = one;
  return (ours !== null && ACCEPTED.find((accepted) => accepted.covers(one, ours))) || null;
}

export function isFailure(one: Case): boolean {
  return agreeing(one) === "" && acceptedAs(one) === null && !isUndecided(one);
}

function isUndecided({ ours, peers }: Case): boolean {
  return ours !== null && SERVERS.some((name) => peers[name] === null);
}

export function judge(one: Case, tally: Tally): void {
  tally.cases++;
  const by = agreeing(one);
  if (by !== "") {
    tally.agreed.set(by, (tally.agreed.get(by) ?? 0) + 1);
    return;
  }
  const reason = acceptedAs(one);
  if (reason === null && isUndecided(one)) tally.undecided++;
  else if (reason === null) tally.failed.push(one);
  else tally.accepted.set(reason.name, (tally.accepted.get(reason.name) ?? 0) + 1);
}

/** As text: what was compared, which servers agreed, and how often each accepted difference occurred. */
export function formatTally(tally: Tally): string {
  const refused = Object.entries(tally.refused).map(([name, count]) => `${name} ${count}`);
  const lines = [
    `${tally.cases} cases in ${tally.worlds} worlds (not compared, because refused by: ${refused.join(", ")})`,
    ...[...tally.agreed].sort((a, b) => b[1] - a[1]).map(([by, count]) => `${pad(count)} as ${by}`),
    ...ACCEPTED.map(({ name, why }) => `${pad(tally.accepted.get(name) ?? 0)} accepted: ${name} (${why})`),
    `${pad(tally.undecided)} undecided: a server fell silent`,
    `${pad(tally.failed.length)} failed`,
  ];
  return `${lines.join("\n")}\n`;
}

function pad(count: number): string {
  return String(count).padStart(9);
}
