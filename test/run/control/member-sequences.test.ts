/**
 * Members that come, change and go by chance, with services that change, API servers that fail and orders meanwhile. In the
 * end fedns answers as one that has just started with the last settings; and never does it deny what a member has that
 * was there all the time, nor return an address of a member that has left.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import * as fc from "fast-check";
import { SCALE } from "../../suite/scale.ts";
import { Lives, type Settings } from "./lives.ts";

const NAMES = ["a", "b", "c", "d"] as const;
/** It is wanted all the time. */
const STEADY = "s";
/** The API server that a member may move to. */
const SPARE = "x";
const SERVICES = ["web", "failing-over", "in-order", "weighted", "hosted", "rival"] as const;
const LEVELS = ["", ...NAMES.map((name) => `${name}.`), "north.", "x."];
const HOST = "shop.example.com";
const POLICIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  web: {},
  "failing-over": {
    "fedns.io/policy": "failover",
    "fedns.io/failover-order": "c,nobody,a,s",
    // All of a tier: no answer is by chance.
    "fedns.io/clusters": "16",
  },
  // In the order of the settings.
  "in-order": { "fedns.io/policy": "failover", "fedns.io/clusters": "16" },
  weighted: { "fedns.io/policy": "weighted", "fedns.io/weights": "a=3,b=0,s=1", "fedns.io/clusters": "16" },
  // Two objects claim one host: one of them has it, wherever it is.
  hosted: { "external-dns.alpha.kubernetes.io/hostname": HOST },
  rival: { "external-dns.alpha.kubernetes.io/hostname": HOST },
};
const ALWAYS = { hosts: [{ suffix: "example.com" }], sources: { externalDns: { enabled: true } } };

type Wish = {
  readonly name: string;
  readonly isNorth: boolean;
  readonly isStrict: boolean;
  readonly moves: boolean;
};
type Step =
  | { readonly kind: "want"; readonly wishes: readonly Wish[] }
  | { readonly kind: "service"; readonly at: string; readonly service: string; readonly count: number }
  | { readonly kind: "fail" | "mend"; readonly at: string }
  | { readonly kind: "reopen" }
  | { readonly kind: "drain" | "undrain"; readonly at: string }
  | { readonly kind: "wait"; readonly ms: number };

const at = fc.constantFrom(...NAMES);
const wishes = fc.uniqueArray(at, { maxLength: NAMES.length }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc.record({
        name: fc.constant(name),
        isNorth: fc.boolean(),
        isStrict: fc.boolean(),
        moves: rarely(),
      }),
    ),
  ),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("want" as const), wishes }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("service" as const),
      at: fc.constantFrom(...NAMES, SPARE),
      service: fc.constantFrom(...SERVICES),
      count: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("fail" as const, "mend" as const), at }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("drain" as const, "undrain" as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 300 }) }),
  },
);

function rarely(): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0);
}

/** 10.N.S.0 and 10.N.S.1 for service S of cluster N. */
function addressesOf(cluster: string, service: string, count: number): string[] {
  const [n, s] = [[...NAMES, SPARE, STEADY].indexOf(cluster as never), SERVICES.indexOf(service as never)];
  return Array.from({ length: count }, (_, i) => `10.${n}.${s}.${i + 1}`);
}

/** At first the objects that claim the host are in different clusters. */
function isAtFirst(cluster: string, service: string): boolean {
  if (service === "hosted") return cluster === "a" || cluster === "c";
  return service === "rival" ? cluster === "b" || cluster === "d" : true;
}

function setService(lives: Lives, cluster: string, service: string, count: number): void {
  const addresses = addressesOf(cluster, service, count);
  lives.cluster(cluster).set(service, count === 0 ? null : addresses, POLICIES[service]);
}

function settingsOf(lives: Lives, wanted: readonly Wish[]): Settings[] {
  const entries = wanted.map(({ name, isNorth, isStrict, moves }) => ({
    ...lives.entries([name])[0],
    ...(isNorth && { region: "north" }),
    ...(isStrict && { addresses: { allow: ["10.0.0.0/15"] } }),
    ...(moves && { kubeconfig: lives.cluster(SPARE).kubeconfig }),
  }));
  // In the middle, so that members come and go before and after it.
  entries.splice(entries.length >> 1, 0, { ...lives.entries([STEADY])[0] });
  return entries;
}

function take(lives: Lives, what: Step): void {
  if (what.kind === "want") lives.setMembers(settingsOf(lives, what.wishes));
  else if (what.kind === "service") setService(lives, what.at, what.service, what.count);
  else if (what.kind === "fail") lives.cluster(what.at).server.outage({ status: 503 });
  else if (what.kind === "mend") lives.cluster(what.at).server.outage(null);
  else if (what.kind === "reopen") lives.plane.fleet.reopen();
  else if (what.kind !== "wait") {
    const target = { cluster: what.at, service: null, address: null };
    const who = { by: "anna", reason: null, isForced: true };
    lives.plane.orders.obey(
      what.kind === "drain" ? { action: "drain", target, overMs: 0, ...who } : { action: "undrain", target },
    );
  }
}

/** The members that addresses of an answer come from; each server has a network of its own. */
function membersIn(addresses: readonly string[], wanted: readonly Wish[]): boolean {
  const servers = [...NAMES, SPARE, STEADY];
  const mayAnswer = new Set<string>([STEADY]);
  for (const { name, moves } of wanted) {
    // Until it has been read at its new place, what was known of its old one stays.
    mayAnswer.add(name);
    if (moves || wanted.length > 0) mayAnswer.add(SPARE);
  }
  return addresses.every((address) => mayAnswer.has(servers[Number(address.split(".")[1])] as string));
}

function answersOf(lives: Lives): Record<string, string> {
  const names = [...SERVICES, "steady", "none"].flatMap((service) =>
    LEVELS.map((level) => `${service}.demo.myfed.svc.${level}example.com`),
  );
  const texts = [...names, HOST, "other.example.com"].map((name) => {
    const { rcode, answer } = lives.ask(name);
    return [
      name,
      `${rcode} ${answer
        .map(({ name: owner, data }) => `${owner}=${data}`)
        .toSorted()
        .join()}`,
    ];
  });
  return Object.fromEntries(texts);
}

function differences(
  after: Readonly<Record<string, string>>,
  fresh: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(fresh).flatMap(([name, answer]) =>
    after[name] === answer ? [] : [`${name}: ${after[name]}, and after a fresh start ${answer}`],
  );
}

async function settled(lives: Lives, wanted: readonly Wish[]): Promise<void> {
  const { fleet, publisher, hosts } = lives.plane;
  const serverOf = (name: string): string => {
    const moves = wanted.some((wish) => wish.name === name && wish.moves);
    return lives.cluster(moves ? SPARE : name).server.url;
  };
  await lives.until("members have moved", () =>
    fleet.members.every(({ name, connection }) => connection.health.server === serverOf(name)),
  );
  await lives.until("all members of now are read", () => {
    if (!fleet.isSynced || publisher.unread.length > 0) return false;
    return fleet.members.every(({ lastSeenMs }) => lastSeenMs === null);
  });
  // Events that servers have sent already, and what they lead to.
  await lives.pass(500);
  hosts.flush();
  await lives.until("all is written", () => publisher.health.pending === 0);
}

it(
  "after members came, changed and went in any order, answers are those of a fresh start",
  { timeout: 1_200_000 },
  async (t) => {
    const lives = await Lives.prepare(t, [...NAMES, SPARE, STEADY]);
    const steady = "steady.demo.myfed.svc.example.com";
    await fc.assert(
      fc.asyncProperty(wishes, fc.array(step, { minLength: 4, maxLength: 14 }), async (first, steps) => {
        for (const name of NAMES) lives.cluster(name).server.outage(null);
        for (const cluster of [...NAMES, SPARE, STEADY])
          for (const service of SERVICES)
            setService(lives, cluster, service, isAtFirst(cluster, service) ? 1 : 0);
        lives.cluster(STEADY).set("steady", ["10.9.0.1"]);
        lives.loseState();
        await lives.start({ ...ALWAYS, clusters: settingsOf(lives, first) });
        await settled(lives, first);
        let wanted: readonly Wish[] = first;
        for (const one of steps) {
          take(lives, one);
          if (one.kind === "want") wanted = one.wishes;
          assert.deepEqual(lives.addresses(steady), ["10.9.0.1"], "nothing is lost");
          await lives.pass(one.kind === "wait" ? one.ms : 20);
          assert.deepEqual(lives.addresses(steady), ["10.9.0.1"], "nothing is lost");
          const web = lives.addresses("web.demo.myfed.svc.example.com");
          assert.ok(membersIn(web, wanted), `${web.join()} of members ${JSON.stringify(wanted)}`);
        }
        for (const name of NAMES) lives.cluster(name).server.outage(null);
        await settled(lives, wanted);
        const after = answersOf(lives);
        await lives.kill();
        lives.loseState();
        await lives.start({ ...ALWAYS, clusters: settingsOf(lives, wanted) });
        await settled(lives, wanted);
        assert.deepEqual(differences(after, answersOf(lives)), []);
        for (const cluster of NAMES) take(lives, { kind: "undrain", at: cluster });
        await lives.kill();
      }),
      { numRuns: SCALE.memberSequences, endOnFailure: true },
    );
  },
);
