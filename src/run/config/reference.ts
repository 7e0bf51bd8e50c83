/** The reference of all settings, as `fedns config` prints it: for a terminal, for a document, for an editor. */
import { settingsSchema } from "./config.ts";
import type { SettingSchema } from "./values.ts";
import { EFFECTS, effectOf } from "./effects.ts";

export type ReferenceFormat = "text" | "markdown" | "schema";

type Row = {
  /** Like "clusters[].region". */
  readonly path: string;
  readonly values: string;
  readonly standard: string;
  /** When a change takes effect; "" for a group whose settings differ. */
  readonly effect: string;
  readonly meaning: string;
};

/** `schema` is JSON Schema, which editors use to complete and check the file as it is typed. */
export function configReference(format: ReferenceFormat): string {
  const schema = settingsSchema();
  if (format === "schema") return `${JSON.stringify(schema, null, 2)}\n`;
  const rows = rowsOf(schema, "");
  return format === "markdown" ? markdown(rows) : plain(rows);
}

function rowsOf(schema: SettingSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, setting]) => {
    const isGroupList = setting.items?.properties !== undefined;
    const path = `${prefix}${key}${isGroupList ? "[]" : ""}`;
    const isRequired = schema.required?.includes(key) === true && setting.default === undefined;
    const row = {
      path,
      values: valuesOf(setting),
      standard: isRequired ? "(required)" : (setting.computed ?? defaultOf(setting)),
      effect: effectOf(path.replaceAll("[]", "").split(".")) ?? "",
      meaning: setting.description ?? "",
    };
    return [row, ...rowsOf(isGroupList ? (setting.items ?? {}) : setting, `${path}.`)];
  });
}

function valuesOf(setting: SettingSchema): string {
  if (setting.anyOf !== undefined) return setting.anyOf.map(valuesOf).join(" | ");
  if (setting.enum !== undefined) return setting.enum.join(" | ");
  if (setting.type === "array") return setting.items?.properties === undefined ? "list of text" : "list";
  if (setting.properties !== undefined) return "group";
  if (typeof setting.additionalProperties === "object")
    return `group of name: ${valuesOf(setting.additionalProperties)}`;
  if (setting.type === "string") return "text";
  if (setting.type === "boolean") return "true | false";
  if (setting.type === "null") return "null";
  const range = `${setting.minimum ?? ""}..${setting.maximum ?? ""}`;
  return setting.unit === undefined ? range : `${setting.unit}, ${range}`;
}

function defaultOf(setting: SettingSchema): string {
  if (setting.properties !== undefined || setting.default === undefined) return "";
  return typeof setting.default === "string" ? setting.default : inline(setting.default);
}

/** A value in YAML's flow style. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, item]) => `${key}: ${inline(item)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

const INTRODUCTION = `Settings of fedns. Paths are relative to the file they stand in; unknown settings are errors.
The file is read again when it changes. When a changed setting takes effect:
`;

function plain(rows: readonly Row[]): string {
  const blocks = rows.map(({ path, values, standard, effect, meaning }) => {
    const facts =
      standard === ""
        ? values
        : `${values}; ${standard === "(required)" ? "required" : `default: ${standard}`}`;
    const takesEffect = effect === "" ? "" : `\n    takes effect: ${effect}`;
    return `${path}\n    ${facts}${takesEffect}\n    ${meaning}\n`;
  });
  const legend = Object.entries(EFFECTS).map(([effect, meaning]) => `    ${effect.padEnd(17)} ${meaning}\n`);
  return `${INTRODUCTION}\n${legend.join("")}\n${blocks.join("\n")}`;
}

function markdown(rows: readonly Row[]): string {
  const lines = rows.map(({ path, values, standard, effect, meaning }) => {
    const code = standard === "" || standard === "(required)" ? standard : `\`${standard}\``;
    return `| \`${path}\` | ${cell(values)} | ${cell(code)} | ${effect} | ${cell(meaning)} |`;
  });
  return [
    "| setting | values | default | takes effect | meaning |",
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
