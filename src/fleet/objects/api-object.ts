/** One object as an API server sent it. The fields of its metadata that we rely on are checked, the rest is kept as it is. */
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";

type ObjectMetadata = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  /** Several built-in kinds have none. */
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly [field: string]: unknown;
};
/** `apiVersion` and `kind` are absent in items of lists. */
export type ApiObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
};

/** Throws OperationalError KUBE_BAD_OBJECT that names the field. */
export function apiObject(value: unknown): ApiObject {
  const metadata = isRecord(value) ? value["metadata"] : undefined;
  if (!isRecord(value) || !isRecord(metadata))
    throw new OperationalError("KUBE_BAD_OBJECT", "an object without metadata");
  for (const field of ["name", "uid", "resourceVersion"])
    if (typeof metadata[field] !== "string" || metadata[field] === "") throw bad(metadata, field);
  for (const [field, isValid] of OPTIONAL)
    if (metadata[field] !== undefined && !isValid(metadata[field])) throw bad(metadata, field);
  for (const field of ["apiVersion", "kind"])
    if (value[field] !== undefined && typeof value[field] !== "string") throw bad(metadata, field);
  return value as ApiObject;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isTextMap = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isText);
const OPTIONAL: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ["namespace", isText],
  ["generation", (value) => typeof value === "number"],
  ["labels", isTextMap],
  ["annotations", isTextMap],
  ["finalizers", (value) => Array.isArray(value) && value.every(isText)],
  ["deletionTimestamp", isText],
];

function bad(metadata: Readonly<Record<string, unknown>>, field: string): OperationalError {
  const name = typeof metadata["name"] === "string" ? ` ${metadata["name"]}` : "";
  return new OperationalError("KUBE_BAD_OBJECT", `the object${name} has no valid ${field}`);
}
