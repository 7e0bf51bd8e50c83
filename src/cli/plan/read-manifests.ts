/** Kubernetes objects from the text of a file: documents of YAML or JSON, and Lists. */
import { LineCounter, parseAllDocuments } from "yaml";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { OperationalError } from "../../kernel/error.ts";

const TEXT_MAX_CHARACTERS = 16 << 20;

export type FileObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonRecord;
  readonly name: string;
  /** null = the file does not say. */
  readonly namespace: string | null;
  readonly spec: unknown;
};

/** `title`: the name of the file. Throws OperationalError PLAN with the document and its mistake. */
export function readManifests(text: string, title: string): readonly FileObject[] {
  if (text.length > TEXT_MAX_CHARACTERS) throw mistake(title, "it is larger than 16 MB; split it");
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  const found = [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw mistake(
        `${title}:${line}:${col}`,
        error.message.split("\n")[0]?.replace(/ at line .*$/, "") ?? "",
      );
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value === null || value === undefined ? [] : objectsOf(value, title);
  });
  if (found.length === 0) throw mistake(title, "it has no object");
  return found;
}

function objectsOf(value: unknown, title: string): readonly FileObject[] {
  if (!isJsonRecord(value))
    throw mistake(title, "a document is no object; write apiVersion, kind and metadata");
  const { apiVersion, kind, metadata, items, spec } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items))
    return (items as readonly unknown[]).flatMap((item) => objectsOf(item, title));
  if (typeof kind !== "string" || kind === "") throw mistake(title, "an object has no kind");
  if (typeof apiVersion !== "string") throw mistake(title, `a ${kind} has no apiVersion`);
  const { name, namespace } = isJsonRecord(metadata) ? metadata : {};
  if (!isJsonRecord(metadata) || typeof name !== "string" || name === "")
    throw mistake(title, `a ${kind} has no metadata.name`);
  return [
    {
      apiVersion,
      kind,
      metadata,
      name,
      namespace: typeof namespace === "string" && namespace !== "" ? namespace : null,
      spec,
    },
  ];
}

function mistake(where: string, sentence: string): OperationalError {
  return new OperationalError("PLAN", `${where}: ${sentence}`);
}
