/**
 * Worked examples as tables of text, one plan a row. Clusters have names of one letter and the key is "", so that equal
 * weights come in the order E, D, C, B, A. Preferences are `NAME WEIGHT [MIN[..MAX]]`, counts are `A16 B17`.
 */
import { type Plan, planReplicas, type PlanRule } from "../../../src/propagate/planner/planner.ts";
import { counts, preferencesOf } from "./notation.ts";

export type Vector = {
  readonly name: string;
  readonly prefer: string;
  readonly total: number;
  readonly among: string;
  readonly current: string;
  readonly capacity: string;
  readonly isRebalanced: boolean;
  readonly plan: string;
  readonly overflow: string;
};

export function vectorsOf(table: string): readonly Vector[] {
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => {
      const cells = row.split("|").map((cell) => cell.trim());
      const [name, prefer, total, among, current, capacity, rebalance, plan, overflow] = cells as Cells;
      const isRebalanced = rebalance === "yes";
      return { name, prefer, total: Number(total), among, current, capacity, isRebalanced, plan, overflow };
    });
}

type Cells = [string, string, string, string, string, string, string, string, string];

export function planned({ prefer, total, among, ...vector }: Vector, rule: PlanRule): Plan {
  const preferences = preferencesOf(prefer, vector.isRebalanced);
  const [current, capacity] = [counts(vector.current), counts(vector.capacity)];
  return planReplicas({ total, clusters: [...among], preferences, current, capacity, key: "" }, rule);
}

/** The plan as the row has it; the shortfall is what is missing from the sum. */
export function expected({ total, plan, overflow }: Vector): Plan {
  const replicas = counts(plan);
  const sum = [...replicas.values()].reduce((all, one) => all + one, 0);
  return { replicas, overflow: counts(overflow), shortfall: total - sum };
}

export const VECTORS: readonly Vector[] = vectorsOf(`
#      | preferences                             | T      | among | current | capacity | reb | plan                | overflow
1      | * 1                                     | 50     | ABC   |         |          |     | A16 B17 C17         |
2      | * 1                                     | 50     | AB    |         |          |     | A25 B25             |
3      | * 1                                     | 1      | AB    |         |          |     | A0 B1               |
4      | * 1                                     | 1      | ABCD  |         |          |     | A0 B0 C0 D1         |
5      | * 1                                     | 1      |       |         |          |     |                     |
6      | * 1                                     | 50     | ABC   | C30     |          |     | A10 B10 C30         |
7      | * 1                                     | 50     | AB    | A30     |          |     | A30 B20             |
8, A0  | * 1                                     | 15     | AB    | A0 B8   |          |     | A7 B8               |
8, A1  | * 1                                     | 15     | AB    | A1 B8   |          |     | A7 B8               |
8, A4  | * 1                                     | 15     | AB    | A4 B8   |          |     | A7 B8               |
8, A5  | * 1                                     | 15     | AB    | A5 B8   |          |     | A7 B8               |
8, A6  | * 1                                     | 15     | AB    | A6 B8   |          |     | A7 B8               |
8, A7  | * 1                                     | 15     | AB    | A7 B8   |          |     | A7 B8               |
9      | * 1                                     | 500000 | AB    | A300000 |          |     | A300000 B200000     |
10     | * 1                                     | 50     | AB    | A10     |          |     | A25 B25             |
11     | * 1                                     | 50     | AB    | A10 B70 |          |     | A0 B50              |
12     | * 1                                     | 1      | AB    | A30     |          |     | A1 B0               |
13     | * 1                                     | 50     | AB    | A10 B20 |          |     | A25 B25             |
14     | * 1                                     | 50     | ABC   |         | C10      | yes | A20 B20 C10         | C7
15     | A 10000, B 1                            | 50     | BC    |         | B10      | yes | B10 C0              | B40
16     | A 1, B 2                                | 60     | ABC   |         | B10      | yes | A50 B10 C0          | B30
17     | A 10000 0..10, B 1, C 1 0..21, D 1 0..10 | 71    | ABCD  |         | C10      | yes | A10 B41 C10 D10     | C11
18     | A 1, B 1                                | 60     | ABC   |         | A10 B10  |     | A10 B10 C0          | A20 B20
19     | A 1, B 5                                | 60     | ABC   |         | B10      |     | A50 B10 C0          |
20     | * 0 20                                  | 50     | ABC   |         | B10      |     | A20 B10 C20         |
21     | * 1 20                                  | 60     | AB    |         | B10      | yes | A50 B10             | B15
22     | * 0 2                                   | 50     | ABC   |         |          |     | A2 B2 C2            |
23     | * 0 20                                  | 50     | ABC   |         |          |     | A10 B20 C20         |
24     | * 0 20, A 1 100                         | 50     | ABC   |         |          |     | A50 B0 C0           |
25     | * 1 10..12                              | 50     | ABC   |         |          |     | A12 B12 C12         |
26     | * 1 0..2                                | 50     | ABC   |         |          |     | A2 B2 C2            |
27     | * 0 0..2                                | 50     | ABC   |         |          |     | A0 B0 C0            |
28     | A 1, B 2                                | 60     | ABC   |         |          |     | A20 B40 C0          |
29     | A 10000, B 1                            | 50     | ABC   |         |          |     | A50 B0 C0           |
30     | A 10000, B 1                            | 50     | BC    |         |          |     | B50 C0              |
31     | A 10000 0..10, B 1, C 1                 | 50     | ABC   |         |          |     | A10 B20 C20         |
32     | A 10000 0..10, B 1, C 1 0..10           | 50     | ABC   |         |          |     | A10 B30 C10         |
33     | A 10000 0..10, B 1, C 1 0..21, D 1 0..10 | 71    | ABCD  |         |          |     | A10 B30 C21 D10     |
34     | A 10000 0..10, B 1, C 1 0..21, D 1 0..10, E 1 | 91 | ABCDE |       |          |     | A10 B25 C21 D10 E25 |
`);

/** From manuals, tests and reports of users. */
export const FURTHER: readonly Vector[] = vectorsOf(`
claim                                                | preferences      | T  | among | current | capacity | reb | plan        | overflow
both have their minimum, the odd one goes by weight  | A 1 4..6, B 2 4..8 | 9 | ABC  |         |          |     | A4 B5 C0    |
one named cluster has a maximum                      | * 1, C 1 0..20   | 50 | ABC   |         |          |     | A16 B17 C17 |
a cluster is away                                    | * 1, C 1 0..20   | 50 | AC    |         |          |     | A30 C20     |
only the one with the maximum is left                | * 1, C 1 0..20   | 50 | C     |         |          |     | C20         |
equal weights                                        | A 1, B 1         | 4  | AB    |         |          |     | A2 B2       |
weights two to one                                   | A 2, B 1         | 6  | AB    |         |          |     | A4 B2       |
minimums that are all there is                       | A 2 3, B 1 3     | 6  | AB    |         |          |     | A3 B3       |
one cluster alone                                    | A 2, B 1         | 6  | A     |         |          |     | A6          |
a minimum above the maximum, which a round cuts      | A 1 5..2         | 10 | A     |         |          |     | A2          |
`);
