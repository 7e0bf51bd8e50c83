/** The readers and writers of fields that few types have, by their kind. */
import type { FieldKind, SpecialField, SpecialKind } from "./fields.ts";
import { gateway, hip, relay } from "./gateways.ts";
import { certificateType } from "./mnemonics.ts";
import { eui48, eui64, hash, locator, nsap, salt } from "./octet-fields.ts";
import { prefixes } from "./prefixes.ts";
import { services } from "./services.ts";
import { timeField, typeField, typesField } from "./type-fields.ts";

export const SPECIAL_FIELDS: Readonly<Record<SpecialKind, SpecialField>> = {
  type: typeField,
  types: typesField,
  time: timeField,
  "certificate-type": certificateType,
  salt,
  hash,
  eui48,
  eui64,
  locator,
  nsap,
  gateway,
  relay,
  hip,
  prefixes,
  services,
};

const REST: ReadonlySet<FieldKind> = new Set([
  "strings",
  "hex",
  "base64",
  "optional-base64",
  "params",
  "loc",
]);
const OPTIONAL: ReadonlySet<FieldKind> = new Set(["optional-string", "optional-base64", "params"]);

/** How many words a field takes in text; Infinity = all to the end of the entry. */
export function wordsOf(kind: FieldKind): number {
  if (isSpecial(kind)) return SPECIAL_FIELDS[kind].words;
  return REST.has(kind) ? Infinity : 1;
}

export function mayBeMissing(kind: FieldKind): boolean {
  return isSpecial(kind) ? SPECIAL_FIELDS[kind].mayBeMissing === true : OPTIONAL.has(kind);
}

function isSpecial(kind: FieldKind): kind is SpecialKind {
  return Object.hasOwn(SPECIAL_FIELDS, kind);
}
