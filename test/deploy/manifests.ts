/** The manifests of deploy/, and the Pods that they make. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { PodTemplate } from "./pod-security.ts";

export type Manifest = Readonly<Record<string, any>>;

export const FOLDER: string = join(import.meta.dirname, "..", "..", "deploy");

/** Paths within the folder, examples left out: those are what people propagate. */
export const FILES: readonly string[] = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".yaml") && !file.startsWith("examples"),
);

/** As kubectl reads them, for which 0440 is octal. */
export function manifestsOf(file: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(join(FOLDER, file), "utf8"), { version: "1.1" })
    .map((document) => document.toJS() as Manifest | null)
    .flatMap((one) => (one === null ? [] : one["kind"] === "List" ? (one["items"] as Manifest[]) : [one]));
}

/** Throws when there is none. */
export function ofKind(file: string, kind: string): Manifest {
  const found = manifestsOf(file).find((one) => one["kind"] === kind);
  if (found === undefined) throw new Error(`${file} has no ${kind}`);
  return found;
}

export type Workload = { readonly name: string; readonly namespace: string; readonly pod: PodTemplate };

/** Everything of a file that has Pods: a Pod itself, templates, and templates of templates. */
export function workloadsOf(file: string): readonly Workload[] {
  return manifestsOf(file).flatMap((one) => {
    const { kind, metadata, spec } = one;
    const pod = kind === "Pod" ? one : (spec?.jobTemplate?.spec?.template ?? spec?.template);
    if (pod?.spec?.containers === undefined) return [];
    return [
      { name: `${kind} ${metadata.name}`, namespace: String(metadata.namespace), pod: pod as PodTemplate },
    ];
  });
}
