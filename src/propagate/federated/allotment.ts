/**
 * What is decided about an object beside what it says itself: where it goes and with how many replicas, by a preference; and that
 * the autoscaler of a member counts there.
 *
 *   about a cluster   | its copy                                             | spec.replicas of it
 *   undecided         | stays as it is, or stays away                        | as it is
 *   autoscaled        | as without this decision                             | the member's
 *   with replicas     | is placed there                                      | this number, whatever template and overrides say
 *   without           | is not placed there, if others have replicas         |
 *   no preference     | by spec.placement                                    | by template, overrides and retainReplicas
 */
export type Allotment = {
  /** By cluster, 0 as well. Null = spec.placement says where it goes, and the template how many. */
  readonly replicas: ReadonlyMap<string, number> | null;
  readonly undecided: ReadonlySet<string> | "all";
  readonly autoscaled: ReadonlySet<string>;
  /** Clusters that are to have no replicas by a person's word, whatever their capacity; absent = none. */
  readonly unwanted?: ReadonlySet<string>;
  /** Other numbers of spec, by cluster: those that are here and those that are undecided have a copy. Absent = spec.placement counts. */
  readonly spec?: ReadonlyMap<string, SpecNumbers>;
  /** What the object in the host has to say before this is carried out. Absent = nothing. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** By the name of the field. */
export type SpecNumbers = Readonly<Record<string, number>>;

/** Not enough is known: all copies stay as they are. */
export const HELD: Allotment = { replicas: null, undecided: "all", autoscaled: new Set() };

export function isSameAllotment(a: Allotment | null, b: Allotment | null): boolean {
  return a === b || textOf(a) === textOf(b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function textOf(allotment: Allotment | null): string {
  if (allotment === null) return "";
  const { replicas, undecided, autoscaled, spec = null, annotations = null } = allotment;
  const numbers = replicas && [...replicas].sort(([one], [other]) => compareText(one, other));
  return JSON.stringify([
    numbers,
    undecided === "all" ? undecided : [...undecided].sort(),
    [...autoscaled].sort(),
    spec && [...spec].sort(([one], [other]) => compareText(one, other)),
    annotations,
  ]);
}
