/** Reads `spec.placement` of a federated object. The rest of the object is not looked at. */
import { isJsonRecord } from "../../kernel/json.ts";
import { selectorOf, type Selector } from "../../federation/hosts/selector.ts";
import type { ObjectPlacement } from "./placement.ts";

const NOTHING: ObjectPlacement = { clusters: null, selector: null };
const VALUES_OPERATORS: ReadonlySet<unknown> = new Set(["In", "NotIn"]);

/** `problem` names the field and the cure. */
type ParsedPlacement = { readonly placement: ObjectPlacement } | { readonly problem: string };

/** `value` is `spec.placement` as sent: null and absent are the same. */
export function parsePlacement(value: unknown): ParsedPlacement {
  if (value === undefined || value === null) return { placement: NOTHING };
  if (!isJsonRecord(value)) return { problem: "spec.placement must be an object" };
  const clusters = parseClusters(value["clusters"]);
  if (typeof clusters === "string") return { problem: clusters };
  const selector = parseClusterSelector(value["clusterSelector"]);
  if (typeof selector === "string") return { problem: selector };
  return { placement: { clusters, selector } };
}

/** A text is a problem. */
function parseClusters(value: unknown): readonly string[] | string | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) return "spec.placement.clusters must be a list: [{name: CLUSTER}]";
  const names: string[] = [];
  for (const [i, item] of (value as readonly unknown[]).entries()) {
    const name = isJsonRecord(item) ? item["name"] : undefined;
    if (typeof name !== "string" || name === "")
      return `spec.placement.clusters[${i}] must have the name of a cluster: {name: CLUSTER}`;
    names.push(name);
  }
  return names;
}

/** A text is a problem. What an API server refuses in other selectors is refused here too: an empty `values` selects by mistake. */
export function parseClusterSelector(
  value: unknown,
  path = "spec.placement.clusterSelector",
): Selector | string | null {
  if (value === undefined || value === null) return null;
  if (!isJsonRecord(value)) return `${path} must be an object`;
  const labels = value["matchLabels"] ?? {};
  const expressions = value["matchExpressions"] ?? [];
  if (!isJsonRecord(labels) || !isTexts(labels)) return `${path}.matchLabels must map names to texts`;
  if (!Array.isArray(expressions)) return `${path}.matchExpressions must be a list`;
  for (const [i, expression] of (expressions as readonly unknown[]).entries()) {
    const problem = problemOf(expression);
    if (problem !== null) return `${path}.matchExpressions[${i}] ${problem}`;
  }
  return selectorOf(labels, expressions) ?? `${path} is not a label selector`;
}

function problemOf(expression: unknown): string | null {
  if (!isJsonRecord(expression)) return "must be an object with key and operator";
  const { key, operator, values } = expression;
  if (typeof key !== "string" || key === "") return "must have a key";
  const hasValues = Array.isArray(values) && values.length > 0;
  if (VALUES_OPERATORS.has(operator)) return hasValues ? null : `must have values for ${String(operator)}`;
  if (operator !== "Exists" && operator !== "DoesNotExist")
    return "must have one of the operators In, NotIn, Exists and DoesNotExist";
  return hasValues ? `must have no values for ${operator}` : null;
}

function isTexts(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, string>> {
  return Object.values(value).every((one) => typeof one === "string");
}
