/** The reference tables of the documents, made from the code, by the name in their markers. Each ends in a line end. */
import {
  ANNOTATION_NAMES,
  ANNOTATION_TABLE,
  annotationOf,
} from "../../src/federation/annotations/annotation-table.ts";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import {
  CLUSTER_ANNOTATION_TABLE,
  clusterAnnotation,
} from "../../src/fleet/host-objects/cluster-annotations.ts";
import { SOURCE_NAMES, SOURCES } from "../../src/fleet/sources/source-table.ts";
import { ERROR_CODES } from "../../src/kernel/error-codes.ts";
import { ROLLOUT_WORDS } from "../../src/propagate/rollout/rollout-policy.ts";
import { configReference } from "../../src/run/config/reference.ts";
import { METRICS } from "../../src/run/metrics/catalog.ts";
import { memberRules } from "./member-rights.ts";

export const tables: Readonly<Record<string, () => string>> = {
  policies: policiesTable,
  annotations: annotationsTable,
  clusterAnnotations: clusterAnnotationsTable,
  rollout: rolloutTable,
  settings: () => configReference("markdown"),
  sources: sourcesTable,
  rights: rightsTable,
  metrics: metricsTable,
  errors: errorsTable,
};

function policiesTable(): string {
  const rows = Object.entries(POLICIES).map(([name, { meaning }]) => [code([name]), meaning]);
  return table(["policy", "which cluster a client gets"], rows);
}

function annotationsTable(): string {
  const rows = ANNOTATION_NAMES.map((name) => {
    const { value, default: standard } = ANNOTATION_TABLE[name];
    return [code([annotationOf(name)]), value, standard];
  });
  return table(["annotation", "value", "default"], rows);
}

function clusterAnnotationsTable(): string {
  const rows = Object.entries(CLUSTER_ANNOTATION_TABLE).map(([name, { value }]) => [
    code([clusterAnnotation(name)]),
    value,
  ]);
  return table(["annotation", "value"], rows);
}

function rolloutTable(): string {
  const rows = Object.entries(ROLLOUT_WORDS).map(([name, { value, default: standard, meaning }]) => [
    code([name]),
    value,
    standard,
    meaning,
  ]);
  return table(["word", "value", "default", "meaning"], rows);
}

function sourcesTable(): string {
  const rows = SOURCE_NAMES.map((name) => {
    const { resources, isOnByDefault, enabledDescription } = SOURCES[name];
    const groups = new Set(Object.values(resources).map(({ group }) => group));
    const kinds = Object.keys(resources).join(", ");
    return [
      `\`sources.${name}\``,
      kinds,
      code([...groups]),
      isOnByDefault ? "yes" : "no",
      enabledDescription,
    ];
  });
  return table(["setting", "kinds", "API group", "on by default", "meaning"], rows);
}

function rightsTable(): string {
  const rows = memberRules(SOURCE_NAMES).map(({ apiGroups, resources, nonResourceURLs, verbs }) => [
    code(apiGroups ?? []),
    code(resources ?? nonResourceURLs ?? []),
    code(verbs),
  ]);
  return table(["API group", "resources", "verbs"], rows);
}

function metricsTable(): string {
  const rows = Object.entries(METRICS).map(([name, { process, labels, help }]) => [
    code([name]),
    code(labels),
    process,
    help,
  ]);
  return table(["metric", "labels", "process", "meaning"], rows);
}

function errorsTable(): string {
  const rows = Object.entries(ERROR_CODES).map(([name, { meaning, action }]) => [
    code([name]),
    meaning,
    action,
  ]);
  return table(["code", "meaning", "what to do"], rows);
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word === "" ? '""' : word}\``).join(", ");
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return `${line(heads)}|${heads.map(() => "---|").join("")}\n${rows.map(line).join("")}`;
}
