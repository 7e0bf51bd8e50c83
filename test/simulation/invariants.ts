/** What must hold for every answer, whatever happened before: answers are compared with the model. */
import { NONE } from "../../src/picture/format/memory.ts";
import { unreadRecord } from "../../src/picture/content/unread.ts";
import type { Message } from "../support/decode.ts";
import { optionOf } from "../support/terms.ts";
import { type Choice, type Level, parentOf } from "./answer-model.ts";
import type { Client } from "./clients.ts";
import { type Asked, type Forecast, forecast, nameAt, put } from "./questions.ts";
import { count, type Run, Violation } from "./run-state.ts";
import { clusterOf } from "./world.ts";

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const CNAME = 5;
const SUBNET_OPTION = 8;

/** Queries, and compares the answer with the model. */
export function checkQuestion(run: Run, asked: Asked): void {
  const { context } = run.workers.all[asked.worker] as (typeof run.workers.all)[number];
  const before = context.picture.serial();
  const { message } = put(run, asked);
  const after = context.picture.serial();
  must(before === after && (after & 1) === 0, `the picture's serial went from ${before} to ${after}`);
  must(context.serial === after, `the answer is of commit ${context.serial}, the picture of ${after}`);
  count(run, "check: one commit, even serial");
  checkAnswer(run, asked, message, forecast(run, asked));
}

export function checkAnswer(run: Run, asked: Asked, message: Message, expected: Forecast): void {
  if (message.tc) return;
  const isComplete = unreadRecord(run.control.store.memory.u32) === NONE;
  if (message.rcode === SERVFAIL && !isComplete) {
    count(run, "not ready yet");
    return;
  }
  if (run.control.plans.isKept(asked.key) && run.orders.hasEverConcerned(asked.key)) {
    // KNOWN GAP: after a restart a pool stays unchanged until all clusters have been read, whatever is ordered
    // meanwhile.
    count(run, "known gap: orders for a service wait until all clusters were heard");
    return;
  }
  if (expected.scene.isEnding) {
    count(run, "not held to anything: a drain reaches its end just now");
    return;
  }
  if (!expected.exists) {
    must(message.rcode === NXDOMAIN, "the name does not exist");
    count(run, "check: a name that does not exist");
    checkScope(run, asked.client, message, null);
    return;
  }
  must(message.rcode === NOERROR, "the name exists for every client and in any health");
  must(message.aa, "the answer is ours to give");
  count(run, "check: a name that exists");
  noteLoans(run, asked.key, message);
  const { climbs, end } = expected;
  const isByPlace = end.kind === "addresses" && end.isByPlace;
  const isCutShort = isByPlace && climbs.length > 0 && asked.client.subnetBits !== null;
  checkLadder(asked, expected, message, isCutShort);
  if (isCutShort) count(run, "check: first alias alone");
  else if (end.kind === "nodata") {
    must(
      message.answer.length === climbs.length && message.authority.length === 1,
      "there is nothing to hand out",
    );
    count(run, "check: no data");
  } else checkAddresses(run, asked, message, { ...expected, end });
  checkScope(run, asked.client, message, isByPlace && !isCutShort ? end : null);
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

/** One CNAME per step, each to the same service one level up; the last one has the addresses. */
function checkLadder(
  { key, level }: Asked,
  { climbs, scene }: Forecast,
  message: Message,
  isCut: boolean,
): void {
  const ttl = scene.plan.ttl === 0 ? scene.settings.ttl : scene.plan.ttl;
  const aliases = message.answer.filter(({ type }) => type === CNAME);
  must(
    aliases.length === (isCut ? 1 : climbs.length),
    `there should be ${climbs.length} steps up the ladder; ${sceneText(scene)}`,
  );
  let at: Level = level;
  aliases.forEach((alias, i) => {
    const up = parentOf(at);
    must(message.answer[i] === alias, "aliases come first");
    must(
      alias.name === `${nameAt(key, at)}.` && alias.data === `${nameAt(key, up)}.`,
      `step ${i + 1} is odd`,
    );
    must(alias.ttl === ttl, `an alias has the TTL ${alias.ttl} in place of ${ttl}`);
    at = up;
  });
}

type Chosen = Forecast & { readonly end: Choice };

function checkAddresses(run: Run, asked: Asked, message: Message, { scene, climbs, end }: Chosen): void {
  const { plan, settings } = scene;
  const records = message.answer.slice(climbs.length);
  const ttl = plan.ttl === 0 ? settings.ttl : plan.ttl;
  const owner = nameAt(asked.key, climbs.at(-1) === undefined ? asked.level : (climbs.at(-1) as Level));
  const seen = new Set(records.map(({ data }) => data));
  must(records.length > 0, "there is something to hand out, and nothing is");
  must(seen.size === records.length, "an address comes twice");
  for (const { name, ttl: given, data } of records) {
    must(name === `${owner}.` && given === ttl, `${data} has another owner or TTL than ${owner} ${ttl}`);
    const part = end.parts.get(clusterOf(data));
    must(part !== undefined, `${data} is of ${whyNot(scene, clusterOf(data))}`);
    must(
      part.addresses.has(data),
      `${data} is not among the addresses that count there: ${[...part.addresses].join(" ")}`,
    );
    const isNobody = [...end.parts.values()].every((one) => one.part <= 0);
    must(
      part.part > 0 || isNobody || !scene.isSure,
      `${clusterOf(data)} should get nothing now; ${partsText(end)}, ${sceneText(scene)}`,
    );
  }
  const clusters = new Set([...seen].map(clusterOf));
  const most = plan.most > 0 ? plan.most : plan.policy === "all" ? 50 : settings.most;
  must(records.length <= most, `more than ${most} addresses`);
  if (plan.policy !== "all") must(clusters.size <= plan.draws, `more than ${plan.draws} clusters`);
  const [only] = clusters;
  if (clusters.size === 1 && (plan.draws === 1 || end.parts.size === 1) && only !== undefined) {
    const able = Math.min(most, end.parts.get(only)?.addresses.size ?? 0);
    must(records.length === able, `${records.length} addresses in place of ${able}`);
  }
  count(run, "check: only addresses that were reported, are ready, not drained, not suspect");
  if (end.isFailOpen) count(run, "check: fail open at the top");
}

function partsText({ parts }: Choice): string {
  return `parts ${[...parts].map(([name, { part }]) => `${name} ${part.toPrecision(3)}`).join(", ")}`;
}

function sceneText({ plan, members }: Forecast["scene"]): string {
  const all = members.map(
    ({ cluster, ready, wanted, tier, weight, share }) =>
      `${cluster} ${ready}/${wanted} tier ${tier} weight ${weight} share ${share}`,
  );
  return `policy ${plan.policy}, ${plan.draws} drawn; ${all.join(", ")}`;
}

function whyNot({ members }: Forecast["scene"], cluster: string): string {
  const member = members.find((one) => one.cluster === cluster);
  if (member === undefined) return `${cluster}, which does not declare the service or is no member`;
  const { ready, weight, share, addresses } = member;
  const health = addresses.map((one) => `${one.text} ${one.health}`).join(", ");
  return `${cluster}, which should not answer: ${ready} ready, weight ${weight}, share ${share}, health ${health}`;
}

/**
 * A worker that has not looked for a fresh picture lately may answer from an earlier one. Its clients cache that
 * answer, and this must not be forgotten.
 */
export function askLate(run: Run, asked: Asked): void {
  const { context } = run.workers.all[asked.worker] as (typeof run.workers.all)[number];
  if (context.nowSeconds === 0) return;
  noteLoans(run, asked.key, put(run, asked).message, context.nowSeconds);
  count(run, "answers of late workers");
}

/** Clients may cache the answer for its TTL. */
function noteLoans(
  run: Run,
  key: string,
  message: Message,
  nowSeconds: number = Math.floor(run.sim.wallMs / 1000),
): void {
  for (const { type, ttl, data } of message.answer)
    if (type !== CNAME)
      run.cached.note({ key, cluster: clusterOf(data), address: data, until: nowSeconds + ttl });
}

/** RFC 7871 §7.2.1. `choice`: the answer depends on client location. */
function checkScope(run: Run, client: Client, message: Message, choice: Choice | null): void {
  const option = optionOf(message, SUBNET_OPTION);
  must((option !== null) === client.hasSubnet, "the client subnet comes back if and only if it was sent");
  if (option === null) return;
  const scope = Number.parseInt(option.slice(6, 8), 16);
  count(run, "check: scope");
  if (choice === null || client.subnetBits === null) {
    must(scope === 0, `the scope is ${scope}, and the answer does not go by place`);
    return;
  }
  // Everybody within the scope is in the same class.
  const { subnetBits } = client;
  const inside = subnetBits.slice(0, 1 + scope);
  const own = run.clients.placeText(subnetBits);
  for (let i = 0; i < 8; i++) {
    let other = inside;
    while (other.length < subnetBits.length) other += run.chance.is(0.5) ? "1" : "0";
    must(run.clients.placeText(other) === own, `within the scope /${scope} there are others, as ${other}`);
  }
  count(run, "check: everybody within the scope gets the same");
}
