/**
 * The annotation `federation.alpha.kubernetes.io/cluster-selector`: a JSON list of requirements about the labels of clusters, all of
 * which must hold. `[{"key":"environment","operator":"In","values":["prod"]}]`
 *
 *   operator                    | values            | a cluster fits when its label
 *   In, in                      | 1 or more         | is one of them
 *   NotIn, notin                | 1 or more         | is none of them, or is absent
 *   =, ==                       | 1                 | is this one
 *   !=                          | 1                 | is another one, or is absent
 *   Exists, exists              | none              | is there
 *   DoesNotExist, !             | none              | is absent
 *   Gt, gt, > and Lt, lt, <     | 1 whole number    | is a whole number above or below it
 *   an empty list, no annotation |                  | every cluster fits
 */
import { isJsonRecord } from "../../kernel/json.ts";
import {
  isLabelKey,
  isLabelValue,
  type Requirement,
  type Selector,
  wholeNumber,
} from "../../federation/hosts/selector.ts";
import { SELECTOR } from "./plain-words.ts";

type Operator = {
  readonly isWanted: boolean;
  readonly values: "some" | "one" | "none" | "number";
  readonly isAbove?: boolean;
};

const IN: Operator = { isWanted: true, values: "some" };
const NOT_IN: Operator = { isWanted: false, values: "some" };
const EQUAL: Operator = { isWanted: true, values: "one" };
const EXISTS: Operator = { isWanted: true, values: "none" };
const ABSENT: Operator = { isWanted: false, values: "none" };
const ABOVE: Operator = { isWanted: true, values: "number", isAbove: true };
const BELOW: Operator = { isWanted: true, values: "number", isAbove: false };
const OPERATORS: ReadonlyMap<unknown, Operator> = new Map<unknown, Operator>([
  ["In", IN],
  ["in", IN],
  ["NotIn", NOT_IN],
  ["notin", NOT_IN],
  ["=", EQUAL],
  ["==", EQUAL],
  ["!=", { isWanted: false, values: "one" }],
  ["Exists", EXISTS],
  ["exists", EXISTS],
  ["DoesNotExist", ABSENT],
  ["!", ABSENT],
  ["Gt", ABOVE],
  ["gt", ABOVE],
  [">", ABOVE],
  ["Lt", BELOW],
  ["lt", BELOW],
  ["<", BELOW],
]);

const REQUIREMENTS_MAX = 100;
const EXAMPLE = `[{"key":"environment","operator":"In","values":["prod"]}]`;

/** `text`: the value of the annotation; undefined = it is not there. A problem names the place and the cure. */
export function parseClusterSelectorText(
  text: string | undefined,
): { readonly selector: Selector } | { readonly problem: string } {
  if (text === undefined) return { selector: [] };
  const problem = `${SELECTOR} must be a JSON list of requirements, such as ${EXAMPLE}`;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return { problem };
  }
  if (!Array.isArray(list)) return { problem };
  if (list.length > REQUIREMENTS_MAX)
    return { problem: `${SELECTOR} has more than ${REQUIREMENTS_MAX} requirements: use fewer` };
  const selector: Requirement[] = [];
  for (const [i, one] of (list as readonly unknown[]).entries()) {
    const requirement = requirementOf(one);
    if (typeof requirement === "string") return { problem: `${SELECTOR}[${i}] ${requirement}` };
    selector.push(requirement);
  }
  return { selector };
}

/** A text is a problem. */
function requirementOf(value: unknown): Requirement | string {
  if (!isJsonRecord(value)) return "must be an object with key, operator and values";
  const { key, operator: word, values: given = null } = value;
  if (typeof key !== "string" || !isLabelKey(key)) return "must have the key of a label";
  const operator = OPERATORS.get(word);
  if (operator === undefined)
    return "must have one of the operators In, NotIn, Exists, DoesNotExist, =, ==, !=, Gt and Lt";
  const list: readonly unknown[] | null = given === null ? [] : Array.isArray(given) ? given : null;
  if (list === null || !list.every((one) => typeof one === "string"))
    return `must have values that are a list of texts: ["prod"]`;
  return requirementWith({ key, word: String(word), values: list }, operator);
}

type Given = { readonly key: string; readonly word: string; readonly values: readonly string[] };

function requirementWith(
  { key, word, values }: Given,
  { isWanted, values: wanted, isAbove }: Operator,
): Requirement | string {
  const [first = ""] = values;
  if (wanted === "none")
    return values.length === 0 ? { key, values: null, isWanted } : `must have no values for ${word}`;
  if (wanted === "some" && values.length === 0) return `must have values for ${word}`;
  if (wanted !== "some" && values.length !== 1) return `must have exactly one value for ${word}`;
  if (wanted === "number") {
    const than = wholeNumber(first);
    if (than === null) return `must have a whole number for ${word}: ["3"]`;
    return { key, values: null, isWanted, limit: { isAbove: isAbove === true, than } };
  }
  const wrong = values.find((one) => !isLabelValue(one));
  return wrong === undefined
    ? { key, values, isWanted }
    : `has the value ${JSON.stringify(wrong.slice(0, 70))}, which no label can have`;
}
