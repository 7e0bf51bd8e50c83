/** The table of clients: the places of a database, overridden by the networks of the settings. */
import type { ClientClass } from "../../federation/members/client.ts";
import { encodeClients } from "../../picture/clients/encode.ts";
import { CLASS_SPECIAL, clientsLeaves } from "../../picture/clients/client-table.ts";
import { classOfNetwork, type LocatedNetwork, type Prefix, prefixOf } from "./network.ts";
import type { ClientClasses } from "./client-classes.ts";
import { PrefixTree } from "./prefix-tree.ts";
import { SPECIAL_PREFIXES } from "./special.ts";

export type ClientTable = {
  /** By number. The first is "unknown"; CLASS_SPECIAL has no entry. */
  readonly classes: readonly ClientClass[];
  /** As encodeClients writes it; the first three words are filled in by the reader. */
  readonly words: Uint32Array;
  /** The name of the database and when it was built, for people; "" = only the networks of the settings. */
  readonly source: string;
  /** Entries of the database that have a place. */
  readonly records: number;
  /** Prefixes after merging. */
  readonly leavesV4: number;
  readonly leavesV6: number;
};

/** The contents of a database: trees with the numbers of places. */
export type Gathered = {
  readonly source: string;
  readonly v4: PrefixTree;
  readonly v6: PrefixTree;
  readonly places: ClientClasses;
  readonly records: number;
  /** Sentences about parts that could not be read. */
  readonly warnings: readonly string[];
};

/** `gathered`: null = no database; its trees are changed. Without a database and networks, all clients are alike. */
export function buildTable(gathered: Gathered | null, networks: readonly LocatedNetwork[]): ClientTable {
  const trees = { 4: gathered?.v4 ?? new PrefixTree(), 6: gathered?.v6 ?? new PrefixTree() };
  const { classes, located } = locate(networks);
  if (gathered !== null) addPlaces(gathered, classes);
  const set = ({ family, high, low, length }: Prefix, number: number): void =>
    trees[family].set(high, low, length, number);
  if (gathered !== null || networks.length > 0)
    for (const prefix of SPECIAL_PREFIXES) set(prefix, CLASS_SPECIAL);
  // Shorter prefixes come first, so that a network inside another one overrides it.
  located.sort((a, b) => (a.prefix?.length ?? 0) - (b.prefix?.length ?? 0));
  for (const { prefix, number } of located) if (prefix !== null) set(prefix, number);
  const words = encodeClients({ classes: classes.length, v4: trees[4].nodes, v6: trees[6].nodes });
  return {
    classes,
    words,
    source: gathered?.source ?? "",
    records: gathered?.records ?? 0,
    leavesV4: clientsLeaves(words, 4),
    leavesV6: clientsLeaves(words, 6),
  };
}

type Located = { readonly prefix: Prefix | null; readonly number: number };

/** Networks with the same place share a class. */
function locate(networks: readonly LocatedNetwork[]): { classes: ClientClass[]; located: Located[] } {
  const classes: ClientClass[] = [{ kind: "unknown" }];
  const numbers = new Map([[JSON.stringify(classes[0]), 0]]);
  const located = networks.map((network) => {
    const wanted = classOfNetwork(network);
    const text = JSON.stringify(wanted);
    const number = numbers.get(text) ?? classes.push(wanted) - 1;
    numbers.set(text, number);
    return { prefix: prefixOf(network.cidr), number };
  });
  return { classes, located };
}

/** Replaces the numbers of places in the trees by those of classes. */
function addPlaces({ v4, v6, places }: Gathered, classes: ClientClass[]): void {
  const { cells, cellOf } = places.gather();
  const before = classes.length - 1;
  const numbers = cellOf.map((cell) => (cell === 0 ? 0 : before + cell));
  for (const cell of cells) classes.push({ kind: "place", ...cell });
  v4.renumber(numbers);
  v6.renumber(numbers);
}
