/**
 * What the annotation `fedns.io/rollout` of a federated object asks for: how a new version of it reaches the members.
 *
 *     canary=west,eu-*; pause=10m; step=25%; timeout=15m; on-failure=back
 *
 *   the annotation        | versions reach the members
 *   absent, "false"       | at once
 *   "true"                | in steps, by the defaults
 *   words as above        | in steps; words that are not there have their defaults
 *   cannot be read        | by the last valid one; without one, to one member first, and on when a person says so
 */
import { matchesSelector, parseSelector, type Selector } from "../../federation/hosts/selector.ts";
import { parseDuration } from "../../kernel/duration.ts";
import type { PlaceableCluster } from "../placement/placement.ts";

/** On the object itself. */
export const ROLLOUT = "fedns.io/rollout";

export type RolloutPolicy = {
  /** Names of clusters, or patterns with `*`. Null = none was named. */
  readonly canaryNames: readonly string[] | null;
  readonly canaryLabels: Selector | null;
  /** After the canaries are well; "manual" = until a person says so. */
  readonly pauseMs: number | "manual";
  /** Members that get the version at a time, after the canaries: a number, or hundredths of all. */
  readonly step: { readonly members: number } | { readonly percent: number };
  /** For how long members may take to be well. */
  readonly timeoutMs: number;
  readonly onFailure: "back" | "stop";
};

type Word = {
  /** What may be written, in Markdown. */
  readonly value: string;
  /** In Markdown. */
  readonly default: string;
  /** What it means. */
  readonly meaning: string;
  /** A text is what is wrong. */
  readonly read: (text: string) => Partial<RolloutPolicy> | string;
};

const PAUSE_MS = 300_000;
const TIMEOUT_MS = 900_000;
const TIMEOUT_MIN_MS = 10_000;
const MEMBERS_MAX = 10_000;
const TEXT_MAX_CHARACTERS = 2_000;
const DURATION = "must be a time like 90s, 10m or 1h30m";

/** The words of the annotation, in the order of the documents. */
export const ROLLOUT_WORDS: Readonly<Record<string, Word>> = {
  canary: {
    value: "names of clusters, or patterns: `west,eu-*`",
    default: "the first cluster by name",
    meaning: "the clusters that get a new version first",
    read: (text) => {
      const names = text.split(",").map((name) => name.trim());
      const isName = names.every((name) => /^[a-z0-9*](?:[-a-z0-9.*]{0,251}[a-z0-9*])?$/.test(name));
      return isName
        ? { canaryNames: names }
        : "must be names of clusters, or patterns like eu-*, with commas between them";
    },
  },
  "canary-labels": {
    value: "a label selector: `tier=canary`",
    default: "",
    meaning: "clusters with these labels are canaries as well",
    read: (text) => {
      const selector = parseSelector(text);
      return selector === null || selector.length === 0
        ? "must be a label selector like tier=canary"
        : { canaryLabels: selector };
    },
  },
  pause: {
    value: "a time like `10m`, `0s`, or `manual`",
    default: "`5m`",
    meaning:
      "for how long all canaries must be well before others follow; `manual`: until `fedns rollout resume`",
    read: (text) => {
      if (text === "manual") return { pauseMs: "manual" };
      const pauseMs = parseDuration(text);
      return pauseMs === null ? `${DURATION}, or manual` : { pauseMs };
    },
  },
  step: {
    value: "a number of clusters like `2`, or hundredths of all like `25%`",
    default: "`100%`",
    meaning:
      "how many of the other clusters follow at a time; each step waits until those before it are well",
    read: (text) => {
      const [, digits = "", percent] = /^(\d{1,5})(%?)$/.exec(text) ?? [];
      const number = Number(digits);
      const isPercent = percent === "%";
      const isInRange = digits !== "" && number >= 1 && number <= (isPercent ? 100 : MEMBERS_MAX);
      if (!isInRange) return `must be 1% to 100%, or a number of clusters from 1 to ${MEMBERS_MAX}`;
      return { step: isPercent ? { percent: number } : { members: number } };
    },
  },
  timeout: {
    value: "a time like `15m`, at least `10s`",
    default: "`15m`",
    meaning: "for how long the clusters of a step may take to be well; then the version has failed",
    read: (text) => {
      const timeoutMs = parseDuration(text);
      return timeoutMs === null || timeoutMs < TIMEOUT_MIN_MS ? `${DURATION}, at least 10s` : { timeoutMs };
    },
  },
  "on-failure": {
    value: "`back` or `stop`",
    default: "`back`",
    meaning:
      "`back`: all clusters get the version again that was last in all of them; `stop`: each keeps what it has",
    read: (text) => (text === "back" || text === "stop" ? { onFailure: text } : "must be back or stop"),
  },
};

export const DEFAULT_ROLLOUT: RolloutPolicy = {
  canaryNames: null,
  canaryLabels: null,
  pauseMs: PAUSE_MS,
  step: { percent: 100 },
  timeoutMs: TIMEOUT_MS,
  onFailure: "back",
};

/** Without any valid word of a person: one member, and then a person is waited for. */
export const CAUTIOUS_ROLLOUT: RolloutPolicy = { ...DEFAULT_ROLLOUT, pauseMs: "manual" };

/** `policy` null = versions reach all members at once. `problem` names the word and the cure. */
type ParsedRollout = { readonly policy: RolloutPolicy | null } | { readonly problem: string };

/** `text`: the value of the annotation; null = it is not there. */
export function parseRollout(text: string | null): ParsedRollout {
  if (text === null || text.trim() === "false") return { policy: null };
  if (text.trim() === "true") return { policy: DEFAULT_ROLLOUT };
  if (text.length > TEXT_MAX_CHARACTERS)
    return problem(`it is longer than ${TEXT_MAX_CHARACTERS} characters`);
  const parts = text.split(";").map((part) => part.trim());
  const written = parts.filter((part) => part !== "");
  if (written.length === 0) return problem("it is empty");
  let policy: RolloutPolicy = DEFAULT_ROLLOUT;
  const seen = new Set<string>();
  for (const part of written) {
    const at = part.indexOf("=");
    const name = (at < 0 ? part : part.slice(0, at)).trim();
    const word = Object.hasOwn(ROLLOUT_WORDS, name) ? ROLLOUT_WORDS[name] : undefined;
    if (word === undefined || at < 0)
      return problem(`"${part.slice(0, 60)}" is none of ${Object.keys(ROLLOUT_WORDS).join("=, ")}=`);
    if (seen.has(name)) return problem(`${name} is there twice`);
    seen.add(name);
    const read = word.read(part.slice(at + 1).trim());
    if (typeof read === "string") return problem(`${name} ${read}`);
    policy = { ...policy, ...read };
  }
  return { policy };
}

function problem(what: string): ParsedRollout {
  return { problem: `the annotation ${ROLLOUT} cannot be read: ${what}` };
}

/** Names in the policy that no member has. */
export function unknownCanaries(
  { canaryNames }: RolloutPolicy,
  members: readonly Pick<PlaceableCluster, "name">[],
): readonly string[] {
  return (canaryNames ?? []).filter((pattern) => members.every(({ name }) => !isNamed(pattern, name)));
}

/** In the order of `members`, which are those that the object is placed in; the first one where none is meant. */
export function canariesOf(
  { canaryNames, canaryLabels }: RolloutPolicy,
  members: readonly PlaceableCluster[],
): readonly string[] {
  const meant = members.filter(
    ({ name, labels }) =>
      (canaryNames ?? []).some((pattern) => isNamed(pattern, name)) ||
      (canaryLabels !== null && matchesSelector(canaryLabels, labels)),
  );
  return (meant.length === 0 ? members.slice(0, 1) : meant).map(({ name }) => name);
}

function isNamed(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === name;
  const last = rest.pop() ?? "";
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  if (name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/** How many members follow at a time, of so many in all; at least one. */
export function stepSize({ step }: RolloutPolicy, members: number): number {
  return "members" in step ? step.members : Math.max(1, Math.ceil((members * step.percent) / 100));
}
