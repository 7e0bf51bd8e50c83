/** One object for people to read: without what only machines want, and without the values of Secrets where it is described. */
import { isRecord } from "../../fleet/kube/kube-error.ts";

type Plain = Readonly<Record<string, unknown>>;

/** The whole object in an annotation, with the values of Secrets. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The object with its apiVersion and kind, which items of lists lack, and without managedFields. */
export function shownObject(
  object: Plain,
  type: { readonly apiVersion: string; readonly kind: string },
): Plain {
  const { managedFields: _, ...metadata } = isRecord(object["metadata"]) ? object["metadata"] : {};
  return { ...type, ...object, metadata };
}

/** The parts of a description: metadata and spec first, status last, without what is empty. */
export function describedParts(object: Plain): Plain {
  const { apiVersion: _, kind, metadata, spec, status, ...others } = object;
  const isSecret = kind === "Secret";
  const parts: Plain = {
    metadata: describedMetadata(isRecord(metadata) ? metadata : {}),
    spec,
    ...(isSecret ? { ...others, data: sizesIn(others["data"]) } : others),
    status,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => !isEmpty(value)));
}

function describedMetadata(metadata: Plain): Plain {
  const { name, namespace, labels, annotations, creationTimestamp, managedFields: _, ...others } = metadata;
  const shown = Object.entries(isRecord(annotations) ? annotations : {}).filter(
    ([key]) => key !== LAST_APPLIED,
  );
  const parts = {
    name,
    namespace,
    labels,
    annotations: Object.fromEntries(shown),
    creationTimestamp,
    ...others,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => !isEmpty(value)));
}

function sizesIn(data: unknown): Plain {
  const entries = Object.entries(isRecord(data) ? data : {});
  return Object.fromEntries(entries.map(([key, value]) => [key, `${bytesOf(value)} bytes`]));
}

/** Of base64. */
function bytesOf(value: unknown): number {
  const text = typeof value === "string" ? value.replace(/=+$/, "") : "";
  return Math.floor((text.length * 3) / 4);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
