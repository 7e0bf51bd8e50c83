/** The types of values in settings: what each accepts, and the error text for other values. */
import { domainToASCII } from "node:url";
import { z } from "zod";
import { toDnsLabel } from "../../federation/members/label.ts";
import { DOCUMENTATION } from "../../federation/members/refused.ts";
import {
  canonicalAddress,
  isAddress,
  isCidr,
  isDnsLabel,
  isDnsName,
  NAME_MAX_CHARACTERS,
  splitServer,
} from "../../kernel/literal.ts";

/** RFC 2181 §8: a TTL is at most 2^31 - 1 seconds. */
export const TTL_MAX_SECONDS = 2_147_483_647;

const WRONG_LABEL = "must be a DNS label (a-z, 0-9 and -, at most 63, no - at the ends)";
const WRONG_NAME = "must be a DNS name (labels of a-z, 0-9 and -, joined by dots)";

/**
 * Every error text begins with "must be" and may end with "; how to fix it". file.ts puts ", not VALUE" between the two,
 * or reports that the value is missing.
 */
export function whole(minimum: number, maximum: number): z.ZodNumber {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

/** Degrees, for coordinates. */
export function degrees(limit: number): z.ZodNumber {
  const error = `must be a number of degrees from -${limit} to ${limit}`;
  return z.number({ error }).min(-limit, { error }).max(limit, { error });
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words, { error: `must be one of ${words.join(", ")}` });
}

export function text(what: string): z.ZodString {
  const error = `must be ${what}`;
  return z
    .string({ error })
    .min(1, { error })
    .max(4096, { error: `${error} of at most 4096 characters` });
}

/** A federation, region or zone: one label of a name. */
export function dnsLabel(): z.ZodString {
  return z
    .string({ error: `${WRONG_LABEL}; put it in quotes` })
    .refine((value) => isDnsLabel(value), { error: (issue) => labelSentence(issue.input) })
    .refine((value) => value !== "svc", {
      error: `must not be "svc", which separates the parts of every name`,
    });
}

/** A fully qualified DNS name. A final dot is removed, and upper case becomes lower case. */
export function dnsName(): z.ZodString {
  return z
    .string({ error: WRONG_NAME })
    .overwrite((value) => value.toLowerCase().replace(/(?<=[^.])\.$/, ""))
    .refine(isDnsName, { error: (issue) => nameSentence(issue.input) });
}

/** The name of a cluster, in the form that Kubernetes accepts for objects. */
export function objectName(): z.ZodString {
  const error =
    "must be a name of a-z, 0-9, - and ., at most 253, that starts and ends with a letter or digit";
  return z
    .string({ error: `${error}; put it in quotes` })
    .max(253, { error })
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { error });
}

/** A literal IP address without scope ("%eth0"); its canonical form is kept. */
export function ipAddress(): z.ZodString {
  const error = 'must be an IP address like "192.0.2.53" or "2001:db8::53"';
  return z.string({ error }).refine(isAddress, { error }).overwrite(canonicalAddress);
}

/** A text in DNS messages about this server; null = none. */
export function shortText(): z.ZodNullable<z.ZodString> {
  const error = "must be a text of at most 128 octets, or null";
  return z
    .string({ error })
    .min(1, { error })
    .refine((value) => new TextEncoder().encode(value).length <= 128, { error })
    .nullable();
}

/** A key of 128 bits. */
export function secret(): z.ZodString {
  const error = "must be 32 hex digits in quotes; openssl rand -hex 16 makes one";
  return z.string({ error }).regex(/^[0-9a-f]{32}$/i, { error });
}

/** ADDRESS/LENGTH. */
export function cidr(): z.ZodString {
  const error = 'must be a network like "192.0.2.0/24" or "2001:db8::/32"';
  return z.string({ error }).refine(isCidr, { error });
}

/** The same, or the word for the networks of examples. */
export function deniedCidr(): z.ZodString {
  const error = `must be a network like "192.0.2.0/24" or "2001:db8::/32", or "${DOCUMENTATION}"`;
  return z.string({ error }).refine((value) => value === DOCUMENTATION || isCidr(value), { error });
}

/** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT of a DNS server. */
export function serverAddress(): z.ZodString {
  const error = 'must be an address with an optional port, like "10.0.0.10", "10.0.0.10:53" or "[::1]:53"';
  return z.string({ error }).refine((value) => splitServer(value) !== null, { error });
}

/** The reference text of a setting; `computed` is a default in words. */
type Description = { readonly description: string; readonly unit?: string; readonly computed?: string };

export function describe<T extends z.ZodType>(schema: T, meaning: Description): T {
  return schema.meta(meaning);
}

export function group<T extends z.ZodRawShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, { error: groupSentence });
}

function groupSentence(issue: { readonly code?: string | undefined }): string | undefined {
  return issue.code === "unrecognized_keys" ? undefined : "must be a group of settings (key: value)";
}

export function list<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item, { error: 'must be a list; write [ ... ] or start each entry with "- "' });
}

/** A duration with a default. */
export function seconds(
  minimum: number,
  maximum: number,
  standard: number,
  description: string,
): z.ZodDefault<z.ZodNumber> {
  return describe(whole(minimum, maximum).default(standard), { description, unit: "seconds" });
}

function labelSentence(input: unknown): string {
  const fixed = typeof input === "string" ? toDnsLabel(input) : null;
  return fixed === null ? WRONG_LABEL : `${WRONG_LABEL}; write ${JSON.stringify(fixed)}`;
}

function nameSentence(input: unknown): string {
  if (typeof input !== "string") return WRONG_NAME;
  if (input.length > NAME_MAX_CHARACTERS)
    return `must be a DNS name of at most ${NAME_MAX_CHARACTERS} characters`;
  if (input.includes("@")) return `${WRONG_NAME}; write a dot instead of the @`;
  const ascii = domainToASCII(input);
  return ascii !== input && isDnsName(ascii) ? `${WRONG_NAME}; write ${JSON.stringify(ascii)}` : WRONG_NAME;
}

/** The keywords of JSON Schema that describe a setting. */
export type SettingSchema = {
  readonly type?: string;
  /** A text or null. */
  readonly anyOf?: readonly SettingSchema[];
  readonly description?: string;
  readonly unit?: string;
  readonly computed?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly items?: SettingSchema;
  /** For a group with free keys: the schema of its values. */
  readonly additionalProperties?: SettingSchema | boolean;
};
