/** Kubernetes objects from the text of a file: documents of YAML or JSON, and Lists. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { OperationalError } from "../../kernel/error.ts";
import { documentsIn } from "./read-documents.ts";

export type FileObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonRecord;
  readonly name: string;
  /** null = the file does not say. */
  readonly namespace: string | null;
  readonly spec: unknown;
};

/** `title`: the name of the file. Throws an OperationalError with the document and its mistake. */
export function readManifests(text: string, title: string): readonly FileObject[] {
  const found = documentsIn(text, title).map(({ value }) => objectOf(value, title));
  if (found.length === 0) throw mistake(title, "it has no object");
  return found;
}

function objectOf(value: unknown, title: string): FileObject {
  if (!isJsonRecord(value))
    throw mistake(title, "a document is no object; write apiVersion, kind and metadata");
  const { apiVersion, kind, metadata, spec } = value;
  if (typeof kind !== "string" || kind === "") throw mistake(title, "an object has no kind");
  if (typeof apiVersion !== "string") throw mistake(title, `a ${kind} has no apiVersion`);
  const { name, namespace } = isJsonRecord(metadata) ? metadata : {};
  if (!isJsonRecord(metadata) || typeof name !== "string" || name === "")
    throw mistake(title, `a ${kind} has no metadata.name`);
  return {
    apiVersion,
    kind,
    metadata,
    name,
    namespace: typeof namespace === "string" && namespace !== "" ? namespace : null,
    spec,
  };
}

function mistake(where: string, sentence: string): OperationalError {
  return new OperationalError("PLAN", `${where}: ${sentence}`);
}
