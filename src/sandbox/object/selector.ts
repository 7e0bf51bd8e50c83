/** Label and field selectors, as query parameters and as `metav1.LabelSelector`. */
import { listAt, objectAt, scalarText, textAt, textsAt, valueAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { KubeObject, StringMap } from "./object.ts";
import { badRequest } from "./status.ts";

export type Matches = (object: KubeObject) => boolean;

/** The fields that a field selector may name, besides metadata.name and metadata.namespace, with their paths. */
type SelectableResource = {
  readonly namespaced: boolean;
  readonly selectableFields: Readonly<Record<string, string>>;
};

type LabelTest = (labels: StringMap) => boolean;

const labelKey = String.raw`(?:[A-Za-z0-9][-A-Za-z0-9_.]*/)?[A-Za-z0-9][-A-Za-z0-9_.]*`;
const setPattern = new RegExp(String.raw`^(${labelKey})\s+(in|notin)\s*\(([^()]*)\)$`);
const equalPattern = new RegExp(String.raw`^(${labelKey})\s*(==|=|!=)\s*([-A-Za-z0-9_.]*)$`);
const existsPattern = new RegExp(`^(!?)\\s*(${labelKey})$`);
const comparePattern = new RegExp(String.raw`^(${labelKey})\s*([<>])\s*(-?[0-9]+)$`);

/** Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`; throws 400 for anything else. */
export function parseLabelSelector(text: string): LabelTest {
  // Commas inside parentheses separate values, not requirements.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const tests = parts.filter((part) => part !== "").map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

function parseRequirement(text: string): LabelTest {
  const set = setPattern.exec(text);
  if (set)
    return setTest(
      set[1] ?? "",
      set[2] === "in",
      (set[3] ?? "").split(",").map((value) => value.trim()),
    );
  const equal = equalPattern.exec(text);
  if (equal) return setTest(equal[1] ?? "", equal[2] !== "!=", [equal[3] ?? ""]);
  const exists = existsPattern.exec(text);
  if (exists) return (labels) => Object.hasOwn(labels, exists[2] ?? "") === (exists[1] === "");
  const compare = comparePattern.exec(text);
  if (!compare) throw badRequest(`unable to parse requirement: found '${text}', expected a label selector`);
  const [, key = "", sign = "", bound = ""] = compare;
  return (labels) => {
    const value = Number(labels[key] ?? Number.NaN);
    return sign === "<" ? value < Number(bound) : value > Number(bound);
  };
}

/** An absent label passes the negative tests (`!=`, `notin`), as in Kubernetes. */
function setTest(key: string, isMember: boolean, values: readonly string[]): LabelTest {
  return (labels) => {
    const value = labels[key];
    return value === undefined ? !isMember : values.includes(value) === isMember;
  };
}

/** A `LabelSelector` (`matchLabels`, `matchExpressions`), or the plain map that Services use. */
export function labelSelectorMatches(selector: JsonObject, labels: StringMap): boolean {
  const isPlain = !("matchLabels" in selector) && !("matchExpressions" in selector);
  const wanted = isPlain ? selector : objectAt(selector, "matchLabels");
  if (!Object.entries(wanted).every(([key, value]) => labels[key] === value)) return false;
  return listAt(selector, "matchExpressions").every((expression) => {
    const key = textAt(expression, "key");
    const operator = textAt(expression, "operator");
    if (operator === "Exists" || operator === "DoesNotExist") {
      return Object.hasOwn(labels, key) === (operator === "Exists");
    }
    return setTest(key, operator === "In", textsAt(expression, "values"))(labels);
  });
}

/** A `LabelSelector` as text, for the scale subresource and table cells. */
export function formatLabelSelector(selector: JsonObject): string {
  const isPlain = !("matchLabels" in selector) && !("matchExpressions" in selector);
  const wanted = isPlain ? selector : objectAt(selector, "matchLabels");
  const equal = Object.entries(wanted).map(([key, value]) => `${key}=${scalarText(value)}`);
  const sets = listAt(selector, "matchExpressions").map((expression) => {
    const key = textAt(expression, "key");
    const values = `(${textsAt(expression, "values").join(",")})`;
    const forms: Readonly<Record<string, string>> = {
      In: `${key} in ${values}`,
      NotIn: `${key} notin ${values}`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    return forms[textAt(expression, "operator")] ?? key;
  });
  return [...equal, ...sets].join(",");
}

/** Reads `metadata.name=a,status.phase!=Running`; throws 400 for a field that the resource does not support. */
export function parseFieldSelector(text: string, resource: SelectableResource): Matches {
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": "metadata.name",
    ...(resource.namespaced ? { "metadata.namespace": "metadata.namespace" } : {}),
    ...resource.selectableFields,
  };
  const parts = text.split(",").filter((part) => part !== "");
  const tests = parts.map((part): Matches => {
    const [, name = "", sign = "", value = ""] = /^(.+?)(!=|==|=)(.*)$/.exec(part) ?? [];
    if (!sign) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const path = fields[name];
    if (path === undefined)
      throw badRequest(`Unable to find ${JSON.stringify(name)}: field label not supported: ${name}`);
    return (object) => (fieldText(object, path) === value) !== (sign === "!=");
  });
  return (object) => tests.every((test) => test(object));
}

function fieldText(object: KubeObject, path: string): string {
  return scalarText(valueAt(object, path));
}
