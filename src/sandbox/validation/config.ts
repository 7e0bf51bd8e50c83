/** Validation of ConfigMaps and Secrets, with the messages of the API server. */
import { isDeepStrictEqual } from "node:util";
import { objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { forbiddenField, invalidValue, required, tooLong } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";

/** Keys that Secrets of `kubernetes.io/` types must contain. */
const secretKeys: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export function secretCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const type = textAt(object, "type");
  const data = objectAt(object, "data");
  const wanted = Object.hasOwn(secretKeys, type) ? (secretKeys[type] ?? []) : [];
  const missing = wanted.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`));
  const account = "kubernetes.io/service-account.name";
  if (type === "kubernetes.io/service-account-token" && !object.metadata.annotations?.[account])
    missing.push(required(`metadata.annotations[${account}]`));
  const isChanged = previous !== undefined && textAt(previous, "type") !== type;
  const fixed = isChanged ? [invalidValue("type", type, "field is immutable")] : [];
  return [...contentCauses(object, previous, ["data"]), ...missing, ...fixed];
}

const CONTENT_LIMIT_BYTES: number = 1024 * 1024;

/** Base64 counts decoded. */
function sizeOf(object: KubeObject, fields: readonly string[]): number {
  const isPlain = (field: string): boolean => object.kind !== "Secret" && field === "data";
  const sizes = fields.flatMap((field) =>
    Object.keys(objectAt(object, field)).map((key) => {
      const value = objectAt(object, field)[key];
      if (typeof value !== "string") return 0;
      return isPlain(field) ? Buffer.byteLength(value) : Buffer.byteLength(value, "base64");
    }),
  );
  return sizes.reduce((sum, one) => sum + one, 0);
}

/** Keys must be valid file names, and immutable content must not change. */
export function contentCauses(
  object: KubeObject,
  previous: KubeObject | undefined,
  fields: readonly string[],
): readonly StatusCause[] {
  const keys: StatusCause[] = fields.flatMap((field) =>
    Object.keys(objectAt(object, field)).flatMap((key) =>
      /^[-._a-zA-Z0-9]{1,253}$/.test(key)
        ? []
        : [
            invalidValue(
              `${field}[${key}]`,
              key,
              "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
            ),
          ],
    ),
  );
  if (sizeOf(object, fields) > CONTENT_LIMIT_BYTES)
    keys.push(tooLong(object.kind === "Secret" ? "data" : "[]", CONTENT_LIMIT_BYTES));
  if (previous?.["immutable"] !== true) return keys;
  const why = "field is immutable when `immutable` is set";
  const changed = fields.filter((field) => !isDeepStrictEqual(object[field], previous[field]));
  return [
    ...keys,
    ...(object["immutable"] === true ? [] : [forbiddenField("immutable", why)]),
    ...changed.map((field) => forbiddenField(field, why)),
  ];
}
