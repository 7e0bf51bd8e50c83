/** Which pods a selector means: that of a Service, against labels, and that of a workload, as the text of a request. */
import { isJsonRecord } from "../../kernel/json.ts";

/** A Service without a selector, or with an empty one, has its endpoints from elsewhere: it selects nothing. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const pairs = isJsonRecord(selector) ? Object.entries(selector) : [];
  return pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
}

/** A LabelSelector (matchLabels, matchExpressions) as in `?labelSelector=`. What is none of its forms is left out. */
export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = isJsonRecord(selector) ? selector : {};
  const pairs = isJsonRecord(matchLabels) ? Object.entries(matchLabels) : [];
  const expressions = Array.isArray(matchExpressions) ? (matchExpressions as unknown[]) : [];
  return [
    ...pairs.map(([key, value]) => `${key}=${String(value)}`),
    ...expressions.flatMap(expressionText),
  ].join(",");
}

function expressionText(expression: unknown): readonly string[] {
  if (!isJsonRecord(expression)) return [];
  const { key, operator, values } = expression;
  const list = Array.isArray(values) ? `(${values.join(",")})` : "()";
  if (operator === "In") return [`${String(key)} in ${list}`];
  if (operator === "NotIn") return [`${String(key)} notin ${list}`];
  if (operator === "Exists") return [String(key)];
  return operator === "DoesNotExist" ? [`!${String(key)}`] : [];
}
