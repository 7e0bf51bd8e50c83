/** The causes in the details of a refused request: which fields, and for conflicts who owns them. */
import { isRecord, type KubeError } from "../kube/kube-error.ts";

export type Cause = {
  readonly reason: string;
  /** A field path, such as ".spec.replicas"; "" when there is none. */
  readonly field: string;
  readonly message: string;
  readonly isObjectTooLarge: boolean;
  /** The field must stay as it was created. */
  readonly isImmutable: boolean;
};
/** Another writer, and the fields that it owns. */
export type FieldOwner = {
  readonly manager: string;
  /** "" unless the fields were set through a subresource. */
  readonly subresource: string;
  /** "" for other server-side applies in the same version. */
  readonly apiVersion: string;
  readonly paths: readonly string[];
};

const CAUSES_MAX = 200;
const MESSAGE_MAX_CHARACTERS = 500;
/** Where the reason stands in a longer message: at its end. */
const VERDICT_CHARACTERS = 100;
/** Smaller limits are those of single fields (63, 253 …); objects, ConfigMaps and annotations have at least 256 KiB. */
const OBJECT_LIMIT_MIN = 65_536;

export function causesOf({ details }: KubeError): readonly Cause[] {
  const causes = isRecord(details) && Array.isArray(details["causes"]) ? details["causes"] : [];
  return causes.slice(0, CAUSES_MAX).filter(isRecord).map(causeOf);
}

function causeOf(cause: Readonly<Record<string, unknown>>): Cause {
  const [reason, field, whole] = ["reason", "field", "message"].map((key) =>
    typeof cause[key] === "string" ? cause[key] : "",
  ) as [string, string, string];
  const message = whole.slice(0, MESSAGE_MAX_CHARACTERS);
  const limit = Number(/(\d+) (?:bytes|characters)/.exec(message)?.[1] ?? 0);
  return {
    reason: reason.slice(0, MESSAGE_MAX_CHARACTERS),
    field: field.slice(0, MESSAGE_MAX_CHARACTERS),
    message,
    // Refusals of Jobs print the whole value first, in which anything may stand.
    isImmutable: IMMUTABLE.test(
      whole.length > MESSAGE_MAX_CHARACTERS ? whole.slice(-VERDICT_CHARACTERS) : whole,
    ),
    isObjectTooLarge: reason === "FieldValueTooLong" && limit >= OBJECT_LIMIT_MIN,
  };
}

/**
 * The owners of fields in a conflict, each once. The messages are of the forms `conflict with "NAME"`, and after it
 * `with subresource "NAME"` and `using VERSION` where they differ from ours.
 */
export function fieldOwnersOf(error: KubeError): readonly FieldOwner[] {
  const owners = new Map<string, FieldOwner & { readonly paths: string[] }>();
  for (const { reason, field, message } of causesOf(error)) {
    if (reason !== "FieldManagerConflict") continue;
    const [, manager = ""] = /^conflicts? with "((?:[^"\\]|\\.)*)"/.exec(message) ?? [];
    const subresource = /with subresource "([^"]*)"/.exec(message)?.[1] ?? "";
    const apiVersion = / using (\S+?)(?: at |:|$)/.exec(message)?.[1] ?? "";
    const key = JSON.stringify([manager, subresource, apiVersion]);
    const owner = owners.get(key) ?? { manager, subresource, apiVersion, paths: [] };
    owner.paths.push(field);
    owners.set(key, owner);
  }
  return [...owners.values()];
}

/** The wordings by which kinds refuse a change to a field that must stay as it was created. */
const IMMUTABLE =
  /immutable|may not change once set|may not be (changed|updated|modified)|updates to .* are forbidden|updates to .* other than|cannot change roleRef|can ?not be changed/i;

export function isImmutable(sentence: string, causes: readonly Cause[]): boolean {
  return causes.length === 0 ? IMMUTABLE.test(sentence) : causes.some((cause) => cause.isImmutable);
}
