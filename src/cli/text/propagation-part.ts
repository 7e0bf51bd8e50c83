/** What the status page shows of federated objects: who writes, how much is placed, and which members are not written to. */
import { z } from "zod";
import { listOf } from "./list-schema.ts";

export type PropagationPart = {
  readonly lease: { readonly holder: string; readonly isHeld: boolean; readonly refusal: string | null };
  /** Deletions that are still to be carried out in clusters that were not seen. */
  readonly journal: number;
  /** Why changes of copies are paused; null = they are not. */
  readonly pause: { readonly reason: string; readonly since: string } | null;
  /** Why plain objects of Federation v1 are not federated; null = they are, or are not meant to be. */
  readonly plainRefusal: string | null;
  /** Why the host does not show its ReplicaSchedulingPreferences; null = it does, or has none. */
  readonly preferenceRefusal: string | null;
  readonly types: readonly { readonly name: string; readonly objects: number }[];
  readonly members: readonly {
    readonly name: string;
    /** Copies that wait for work. */
    readonly waiting: number;
    /** Copies with our label that the host does not know. */
    readonly unknown: number;
    readonly failing: number;
    /** Why nothing is written to it; null = it is. */
    readonly problem: string | null;
    /** How many copies are worked on at once, and why it is so few; null = it is not. */
    readonly limit: number;
    readonly limitedBy: string | null;
  }[];
  /** The first few copies that are not as wanted. */
  readonly failing: readonly {
    readonly type: string;
    readonly object: string;
    readonly cluster: string;
    readonly status: string;
    readonly message: string | null;
  }[];
};

const SHOWN_MAX = 5;
const PRESSURES: Readonly<Record<string, string>> = {
  overload: "its API server is overloaded",
  "priority-and-fairness": "priority and fairness of its API server limits what fedns sends",
};

const text = z.string().catch("");
const maybe = z.string().nullable().catch(null);
const count = z.number().catch(0);

/** Null: nothing is propagated, or the server is of a version that does not. */
export const propagationPart: z.ZodType<PropagationPart | null> = z
  .object({
    lease: z.object({ holder: text, isHeld: z.boolean().catch(false), refusal: maybe }),
    journal: count,
    pause: z.object({ reason: text, since: text }).nullable().catch(null),
    plainRefusal: maybe,
    preferenceRefusal: maybe,
    types: listOf(z.object({ name: text, objects: count })),
    members: listOf(
      z.object({
        name: text,
        waiting: count,
        unknown: count,
        failing: count,
        problem: maybe,
        limit: count,
        limitedBy: maybe,
      }),
    ),
    failing: listOf(z.object({ type: text, object: text, cluster: text, status: text, message: maybe })),
  })
  .nullable()
  .catch(null);

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

export function propagationLines(part: PropagationPart | null): string[] {
  if (part === null) return [];
  const { lease, types, members, journal, pause, plainRefusal, preferenceRefusal } = part;
  const objects = types.reduce((sum, type) => sum + type.objects, 0);
  const waiting = members.reduce((sum, member) => sum + member.waiting, 0);
  const refused = members.flatMap(({ name, problem }) => (problem === null ? [] : [`  ${name}: ${problem}`]));
  const placed = `Federated objects: ${objects} (${counted(types.length, "type")} enabled), in ${counted(members.length - refused.length, "cluster")}`;
  const late =
    journal === 0
      ? []
      : [`  ${journal} deletions are still to be carried out in clusters that were not seen`];
  const paused =
    pause === null
      ? []
      : [
          `  changes of copies are paused since ${pause.since}: ${pause.reason}; fedns plan shows them, fedns resume ends that`,
        ];
  return [
    `${placed}, ${waiting === 1 ? "1 copy" : `${waiting} copies`} to be worked on; ${writerText(lease)}`,
    ...paused,
    ...late,
    ...(plainRefusal === null ? [] : [`  Federation v1: ${plainRefusal}`]),
    ...(preferenceRefusal === null ? [] : [`  replicas: ${preferenceRefusal}`]),
    ...refused,
    ...members.flatMap(({ name, limit, limitedBy }) =>
      limitedBy === null
        ? []
        : [`  ${name}: ${PRESSURES[limitedBy] ?? limitedBy}; copies worked on at once: ${limit}`],
    ),
    ...members.flatMap(({ name, unknown }) =>
      unknown === 0
        ? []
        : [
            `  ${name}: ${unknown} copies belong to objects that the host does not have; they stay as they are`,
          ],
    ),
    ...failingLines(part),
  ];
}

function failingLines({ members, failing }: PropagationPart): string[] {
  const total = members.reduce((sum, member) => sum + member.failing, 0);
  if (total === 0) return [];
  const shown = failing.slice(0, SHOWN_MAX).map(({ type, object, cluster, status, message }) => {
    const why = message === null ? status : `${status}: ${message}`;
    return `    ${type} ${object} in ${cluster}: ${why}`;
  });
  const more = total > shown.length ? [`    and ${total - shown.length} more`] : [];
  return [`  ${total} copies are not as wanted (fedns explain workload says more):`, ...shown, ...more];
}

function writerText({ isHeld, refusal, holder }: PropagationPart["lease"]): string {
  if (refusal === null) return "this server writes";
  return isHeld || holder === "" ? `nothing is written: ${refusal}` : `${holder} writes`;
}
