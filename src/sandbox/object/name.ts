/** Validation of names, with the messages of the API server. */
import { invalidValue } from "./status.ts";
import type { StatusCause } from "./status.ts";

export type NameRule = "subdomain" | "label" | "service" | "path-segment" | "wildcard";

const label = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};

const rules: Readonly<Record<NameRule, { pattern: RegExp; longest: number; message: string }>> = {
  label,
  service: {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    message:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
  subdomain: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    longest: 253,
    message:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  wildcard: {
    pattern: /^\*(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
    longest: 253,
    message:
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  "path-segment": {
    pattern: /^(?!\.{1,2}$)[^/%]+$/,
    longest: 253,
    message: "may not be '.', '..' or contain '/' or '%'",
  },
};

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

export function nameCauses(name: string, rule: NameRule, field = "metadata.name"): readonly StatusCause[] {
  const { pattern, longest, message } = rules[rule];
  if (name.length > longest) return [invalidValue(field, name, `must be no more than ${longest} characters`)];
  return pattern.test(name) ? [] : [invalidValue(field, name, message)];
}

/** Whether this is a valid port name (RFC 6335 §5.1), as containers and target ports use them. */
export function isPortName(name: string): boolean {
  return portNameCauses(name, "").length === 0;
}

export function portNameCauses(name: string, field: string): readonly StatusCause[] {
  const faults: readonly (readonly [boolean, string])[] = [
    [name.length > 15, "must be no more than 15 characters"],
    [!/^[-a-z0-9]*$/.test(name), "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"],
    [!/[a-z]/.test(name), "must contain at least one letter (a-z)"],
    [name.includes("--"), "must not contain consecutive hyphens"],
    [/^-|-$/.test(name), "must not begin or end with a hyphen"],
  ];
  return faults.filter(([isWrong]) => isWrong).map(([, message]) => invalidValue(field, name, message));
}

const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Keys of labels and annotations: a name, optionally after a DNS subdomain and a slash. */
export function keyCauses(key: string, field: string): readonly StatusCause[] {
  const [name = "", prefix, ...rest] = key.split("/").toReversed();
  const message =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  if (rest.length > 0) {
    const whole = `a qualified name ${message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
    return [invalidValue(field, key, whole)];
  }
  const causes: StatusCause[] = [];
  if (prefix === "") causes.push(invalidValue(field, key, "prefix part must be non-empty"));
  else if (prefix !== undefined)
    causes.push(
      ...nameCauses(prefix, "subdomain", field).map(() =>
        invalidValue(field, key, `prefix part ${rules.subdomain.message}`),
      ),
    );
  if (name === "") causes.push(invalidValue(field, key, "name part must be non-empty"));
  else if (name.length > 63)
    causes.push(invalidValue(field, key, "name part must be no more than 63 characters"));
  if (!qualified.test(name)) causes.push(invalidValue(field, key, `name part ${message}`));
  return causes;
}

export function labelCauses(
  labels: Readonly<Record<string, unknown>>,
  field = "metadata.labels",
): readonly StatusCause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const keys = keyCauses(key, field);
    if (typeof value === "string" && value.length > 63)
      return [...keys, invalidValue(field, value, "must be no more than 63 characters")];
    if (typeof value === "string" && labelValue.test(value)) return keys;
    const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
    return [
      ...keys,
      invalidValue(
        field,
        text,
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ),
    ];
  });
}
