/**
 * Annotations that owners write, valid and invalid ones, with their meaning. Written independently of
 * src/traffic/annotations.
 */
import type { Chance } from "./chance.ts";

export type Meaning = {
  readonly policy: "geo" | "nearest" | "weighted" | "failover" | "all";
  readonly weights: ReadonlyMap<string, number>;
  readonly order: readonly string[];
  readonly draws: number;
  readonly most: number;
  readonly ttl: number;
  readonly capacity: number;
};
export type Word = keyof Meaning;

/** `means` null: it makes no sense. */
export type Phrase =
  | {
      readonly word: Word;
      readonly name: string;
      readonly text: string;
      readonly means: Meaning[Word] | null;
    }
  /** Probes and slow start, with their possible effects only. `means`: whether it is a probe. */
  | {
      readonly word: "probe" | "slow-start";
      readonly name: string;
      readonly text: string;
      readonly means: number | null;
    };

export type PhraseWord = Phrase["word"];
export const PROBE_PORT = 8443;

export const PROBE: Phrase = {
  word: "probe",
  name: "fedns.io/probe",
  text: `tcp://:${PROBE_PORT}`,
  means: 1,
};

export function somePhrase(chance: Chance, word: PhraseWord, clusters: readonly string[]): Phrase {
  const name = `fedns.io/${NAMES[word]}`;
  const isSound = !chance.is(0.15);
  const [text, means] = isSound ? sound(chance, word, clusters) : [unsound(chance, word), null];
  return { word, name, text, means } as Phrase;
}

const NAMES: { readonly [K in PhraseWord]: string } = {
  policy: "policy",
  weights: "weights",
  order: "failover-order",
  draws: "clusters",
  most: "max-answers",
  ttl: "ttl",
  capacity: "capacity",
  probe: "probe",
  "slow-start": "slow-start",
};

export function someWord(chance: Chance): PhraseWord {
  return chance.weighed<PhraseWord>([
    ["policy", 6],
    ["weights", 4],
    ["order", 2],
    ["draws", 1],
    ["most", 1],
    ["ttl", 2],
    ["capacity", 3],
    ["probe", 5],
    ["slow-start", 2],
  ]);
}

function sound(chance: Chance, word: PhraseWord, clusters: readonly string[]): [string, unknown] {
  const count = chance.int(1, 3);
  switch (word) {
    case "policy": {
      const policy = chance.pick(["geo", "nearest", "weighted", "failover", "all"] as const);
      return [chance.pick([policy, policy.toUpperCase(), ` ${policy} `]), policy];
    }
    case "weights": {
      const named = [...chance.some(clusters, 0.8), ...chance.some(["atlantis"], 0.1)];
      const pairs = (named.length === 0 ? clusters : named).map(
        (name) => [name, chance.pick([0, 1, 1, 2, 3, 7, 100])] as const,
      );
      return [
        pairs.map(([name, weight]) => `${name}=${weight}`).join(chance.pick([",", ", "])),
        new Map(pairs),
      ];
    }
    case "order": {
      const order = chance.shuffle(chance.some(clusters, 0.8));
      const named = order.length === 0 ? [...clusters] : order;
      return [named.join(","), named];
    }
    case "draws":
      return [String(count), count];
    case "most":
      return [String(count * 2), count * 2];
    case "ttl":
      return chance.pick<[string, number]>([
        ["30", 30],
        ["5s", 5],
        ["2m", 120],
        ["1h", 3600],
      ]);
    case "capacity":
      return [String(count * 5), count * 5];
    case "probe":
      return chance.is(0.15) ? ["off", 0] : [`tcp://:${PROBE_PORT}`, 1];
    default:
      return chance.pick<[string, number]>([
        ["0s", 0],
        ["30s", 30_000],
        ["2m", 120_000],
        ["1m new", 60_000],
      ]);
  }
}

function unsound(chance: Chance, word: PhraseWord): string {
  const wrong: { readonly [K in PhraseWord]: readonly string[] } = {
    policy: ["closest", "geo,nearest", ""],
    weights: ["c0", "c0=-1", "c0=1,c0=2", "c0=1,,c1=2", "c0=10001"],
    order: ["c0,,c1", "c0,c0", "C0"],
    draws: ["0", "17", "c0,c1", "2.5"],
    most: ["0", "65", "many"],
    ttl: ["0", "-5", "soon", "1y"],
    capacity: ["0", "-1", "1e3"],
    probe: ["ping://", "tcp:8443", "tcp://:99999"],
    "slow-start": ["slowly", "2h", "-1s"],
  };
  return chance.pick(wrong[word]);
}
