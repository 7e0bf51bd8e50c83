/** The documents of a file of manifests: YAML or JSON, several documents or Lists, each with the number that people count it by. */
import { parseAllDocuments } from "yaml";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { OperationalError } from "../../kernel/error.ts";
import { readInput } from "../arguments/input-file.ts";

export type ManifestDocument = {
  readonly value: unknown;
  /** From 1; an item of a List has that of the List and its own: "2, item 3". */
  readonly number: string;
};

/** An alias that is used more often makes documents of gigabytes out of kilobytes. */
const ALIASES_MAX = 100;
const TEXT_MAX_CHARACTERS = 16 << 20;

/** `-` is standard input. Empty documents are left out. Throws an OperationalError that names the document. */
export async function readDocuments(file: string): Promise<readonly ManifestDocument[]> {
  const { name, content } = await readInput(file);
  const documents = documentsIn(content, name);
  if (documents.length > 0) return documents;
  throw new OperationalError("CLUSTER_STEP", `${name} has no manifest`);
}

/** `name`: of the file, for errors. None when there is no document. Throws an OperationalError that names the document. */
export function documentsIn(text: string, name: string): readonly ManifestDocument[] {
  if (text.length > TEXT_MAX_CHARACTERS)
    throw new OperationalError("CLUSTER_STEP", `${name} is larger than 16 MB; split it`);
  return parseAllDocuments(text).flatMap((document, index) => {
    const number = String(index + 1);
    const [mistake] = document.errors;
    // The message of the parser quotes the text, which may hold secrets.
    if (mistake !== undefined) {
      const { line, col } = mistake.linePos?.[0] ?? { line: 1, col: 1 };
      const sentence = `document ${number} is not YAML (line ${line})`;
      throw new OperationalError("CLUSTER_STEP", `${name}:${line}:${col}: ${sentence}`);
    }
    const value = valueOf(
      () => document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown,
      `${name}: document ${number}`,
    );
    if (value === null || value === undefined) return [];
    const isList = isRecord(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List");
    const items = isList ? value["items"] : null;
    if (!Array.isArray(items)) return [{ value, number }];
    return (items as readonly unknown[]).map((item, i) => ({
      value: item,
      number: `${number}, item ${i + 1}`,
    }));
  });
}

function valueOf(read: () => unknown, what: string): unknown {
  try {
    return read();
  } catch (error) {
    throw new OperationalError(
      "CLUSTER_STEP",
      `${what} cannot be read: too many aliases, or one without an anchor`,
      {
        cause: error,
      },
    );
  }
}
