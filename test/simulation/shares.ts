/**
 * Shares follow weights: answers are counted and compared with the model by Pearson's chi-squared test. Suspicious
 * counts are repeated with more answers.
 */
import type { Choice } from "./answer-model.ts";
import { ask, type Asked, forecast, nameAt, questionText } from "./questions.ts";
import { count, type Run, Violation } from "./run-state.ts";

const FEW = 400;
const MANY = 20_000;
/**
 * The first count may be suspicious by chance once in a thousand times, the second one, alone, once in ten million:
 * never in all tests of a campaign.
 */
const ODD = 1e-3;
const WRONG = 1e-7;

/** True if shares can be counted for the query. */
export function checkShares(run: Run, asked: Asked): boolean {
  const { scene, exists, climbs, end } = forecast(run, asked);
  if (!exists || climbs.length > 0 || end.kind !== "addresses" || !scene.isSure) return false;
  if (scene.plan.policy === "all" || scene.plan.draws > 1 || end.parts.size < 2) return false;
  count(run, "check: shares");
  if (pValue(run, asked, end, FEW) >= ODD) return true;
  count(run, "shares looked at twice");
  const p = pValue(run, asked, end, MANY);
  if (p >= WRONG) return true;
  run.question = `${questionText(asked)}, ${MANY} times`;
  const parts = [...end.parts].map(([name, { part }]) => `${name} ${part.toPrecision(4)}`).join(", ");
  const seen = [...tally(run, asked, end, FEW)].map(([name, times]) => `${name} ${times}`).join(", ");
  run.answer = `of ${FEW}: ${seen}`;
  throw new Violation(`shares should be as ${parts}; p = ${p.toExponential(1)}`);
}

/**
 * How often each cluster answers. Reads the first address at its expected position, because there are too many answers
 * to decode.
 */
function tally(run: Run, asked: Asked, { parts }: Choice, times: number): Map<string, number> {
  const at = 12 + nameAt(asked.key, asked.level).length + 2 + 4 + 12;
  const counts = new Map([...parts.keys()].map((name) => [name, 0]));
  for (let i = 0; i < times; i++) {
    const bytes = ask(run, asked);
    const number = asked.family === 4 ? (bytes[at + 1] as number) : (bytes[at + 3] as number);
    counts.set(`c${number}`, (counts.get(`c${number}`) ?? 0) + 1);
  }
  return counts;
}

function pValue(run: Run, asked: Asked, choice: Choice, times: number): number {
  const whole = [...choice.parts.values()].reduce((sum, { part }) => sum + part, 0);
  const counts = tally(run, asked, choice, times);
  let square = 0;
  let cells = 0;
  let rare = { seen: 0, expected: 0 };
  for (const [name, seen] of counts) {
    const expected = (times * (choice.parts.get(name)?.part ?? 0)) / whole;
    if (expected === 0 && seen > 0) return 0;
    if (expected < 5) rare = { seen: rare.seen + seen, expected: rare.expected + expected };
    else {
      square += (seen - expected) ** 2 / expected;
      cells += 1;
    }
  }
  if (rare.expected >= 5) {
    square += (rare.seen - rare.expected) ** 2 / rare.expected;
    cells += 1;
  } else if (rare.seen > 30 + 10 * rare.expected) return 0;
  return cells < 2 ? 1 : tail(square, cells - 1);
}

/** The chance that Pearson's statistic is at least `square`: the regularised gamma function, upper side. */
export function tail(square: number, freedom: number): number {
  // For few degrees of freedom: finite sums (Abramowitz and Stegun 26.4.4, 26.4.5).
  const x = square;
  if (freedom % 2 === 0) {
    let term = 1;
    let sum = 1;
    for (let k = 1; k < freedom / 2; k++) sum += term *= x / 2 / k;
    return Math.exp(-x / 2) * sum;
  }
  let term = Math.sqrt(x);
  let sum = freedom > 1 ? term : 0;
  for (let k = 3; k <= freedom - 2; k += 2) sum += term *= x / k;
  return normalTail(Math.sqrt(x)) * 2 + Math.sqrt(2 / Math.PI) * Math.exp(-x / 2) * sum;
}

/** The normal distribution, by a continued fraction in the tail and a series near the middle. */
function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > 3) {
    let fraction = z;
    for (let k = 40; k > 0; k--) fraction = z + k / fraction;
    return density / fraction;
  }
  let term = z;
  let sum = z;
  for (let k = 3; k < 80; k += 2) sum += term *= (z * z) / k;
  return 0.5 - density * sum;
}
