/** Which names objects may have, in the words of the API server's own validation. */
import type { NameRule } from "./resource.ts";
import { invalidValue } from "./status.ts";
import type { Cause } from "./status.ts";

const label = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  sentence:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};

const rules: Readonly<Record<NameRule, { pattern: RegExp; longest: number; sentence: string }>> = {
  label,
  service: {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    sentence:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
  subdomain: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    longest: 253,
    sentence:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  "path-segment": {
    pattern: /^(?!\.{1,2}$)[^/%]+$/,
    longest: 253,
    sentence: "may not be '.', '..' or contain '/' or '%'",
  },
};

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

export function nameCauses(name: string, rule: NameRule, field = "metadata.name"): readonly Cause[] {
  const { pattern, longest, sentence } = rules[rule];
  if (name.length > longest) return [invalidValue(field, name, `must be no more than ${longest} characters`)];
  return pattern.test(name) ? [] : [invalidValue(field, name, sentence)];
}

export function labelCauses(
  labels: Readonly<Record<string, unknown>>,
  field = "metadata.labels",
): readonly Cause[] {
  return Object.values(labels).flatMap((value) => {
    if (typeof value === "string" && value.length <= 63 && labelValue.test(value)) return [];
    const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
    return [
      invalidValue(
        field,
        text,
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      ),
    ];
  });
}
