/** Which pods belong to a workload or a Service: its selector, as the query parameter of a list. */
import { isRecord } from "../../fleet/kube/kube-error.ts";

type Plain = Readonly<Record<string, unknown>>;

/** Null: the object selects no pods. */
export function podSelector(object: Plain): string | null {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const { selector } = spec;
  if (!isRecord(selector)) return null;
  const isStructured = isRecord(selector["matchLabels"]) || Array.isArray(selector["matchExpressions"]);
  const terms = isStructured
    ? [...equalities(selector["matchLabels"]), ...expressions(selector["matchExpressions"])]
    : equalities(selector);
  return terms.length === 0 ? null : terms.join(",");
}

function equalities(labels: unknown): readonly string[] {
  return Object.entries(isRecord(labels) ? labels : {}).map(([key, value]) => `${key}=${String(value)}`);
}

function expressions(list: unknown): readonly string[] {
  return (Array.isArray(list) ? list : []).filter(isRecord).flatMap(({ key, operator, values }) => {
    const among = `(${(Array.isArray(values) ? values : []).join(",")})`;
    switch (operator) {
      case "In":
        return [`${String(key)} in ${among}`];
      case "NotIn":
        return [`${String(key)} notin ${among}`];
      case "Exists":
        return [String(key)];
      case "DoesNotExist":
        return [`!${String(key)}`];
      default:
        return [];
    }
  });
}
