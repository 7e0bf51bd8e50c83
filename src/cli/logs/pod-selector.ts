/** Which pods belong to a workload or a Service: its selector, as the query parameter of a list. */
import { isRecord } from "../../fleet/kube/kube-error.ts";

type Plain = Readonly<Record<string, unknown>>;

/** Null: the object selects no pods, or in a way that is not known. */
export function podSelector(object: Plain): string | null {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const { selector } = spec;
  if (!isRecord(selector)) return null;
  const { matchLabels, matchExpressions } = selector;
  const isStructured = isRecord(matchLabels) || Array.isArray(matchExpressions);
  const terms: readonly (string | null)[] = isStructured
    ? [...equalities(matchLabels), ...expressions(matchExpressions)]
    : equalities(selector);
  // A term that is left out would select pods of others.
  return terms.length === 0 || terms.includes(null) ? null : terms.join(",");
}

function equalities(labels: unknown): readonly string[] {
  return Object.entries(isRecord(labels) ? labels : {}).map(([key, value]) => `${key}=${String(value)}`);
}

function expressions(list: unknown): readonly (string | null)[] {
  return (Array.isArray(list) ? list : []).filter(isRecord).map(({ key, operator, values }) => {
    const among = `(${(Array.isArray(values) ? values : []).join(",")})`;
    switch (operator) {
      case "In":
        return `${String(key)} in ${among}`;
      case "NotIn":
        return `${String(key)} notin ${among}`;
      case "Exists":
        return String(key);
      case "DoesNotExist":
        return `!${String(key)}`;
      default:
        return null;
    }
  });
}
