/**
 * Aliases from one of our zones into another: Knot and BIND stop there, and NSD goes on with the tree of the first
 * zone. The rest of such an answer is therefore compared with what the three answer when they are queried for the
 * target itself.
 */
import type { Question } from "./question.ts";
import type { Reply } from "./reply.ts";

/** What is left of `ours` behind the links that lead out of the zone of the question, and the name they lead to. */
export type Crossing = { readonly target: string; readonly rest: Reply };

/** `origins`: those of all zones. Null if the aliases of the answer stay in one zone. */
export function crossingOf(question: Question, ours: Reply, origins: ReadonlySet<string>): Crossing | null {
  let answer = ours.answer;
  let name = question.name.toLowerCase();
  const home = zoneOfName(name, origins);
  for (let links = 0; zoneOfName(name, origins) === home; links++) {
    const link = answer.find((record) => isRecord(record, name, "CNAME"));
    if (link === undefined || links === ours.answer.length) return null;
    const dname = answer.find(
      (record) => record.includes(" DNAME ") && name.endsWith(`.${record.split(" ")[0]}`),
    );
    answer = answer.filter((record) => record !== link && record !== dname);
    name = link.split(" ")[4] as string;
  }
  return zoneOfName(name, origins) === null ? null : { target: name, rest: { ...ours, answer, tc: false } };
}

function isRecord(record: string, owner: string, type: string): boolean {
  const fields = record.split(" ");
  return fields[0] === owner && fields[3] === type;
}

function zoneOfName(name: string, origins: ReadonlySet<string>): string | null {
  for (let at = name; at !== ""; at = at.slice(at.indexOf(".") + 1)) if (origins.has(at)) return at;
  return null;
}
