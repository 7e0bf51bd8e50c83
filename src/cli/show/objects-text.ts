/** Objects of several clusters in the formats that programs read. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ReadKind } from "../tables/find-kind.ts";
import { shownObject } from "../tables/shown-object.ts";
import { printable, printableLine } from "../text/printable.ts";
import type { MemberProblem } from "../everywhere/with-members.ts";

export type ObjectsFormat = "json" | "yaml" | "name";
export type ShownObject = {
  readonly cluster: string;
  readonly kind: ReadKind;
  readonly object: Readonly<Record<string, unknown>>;
};

/** Only JSON has text of clusters as it is; there the problems are part of the answer. */
export async function objectsText(
  shown: readonly ShownObject[],
  { output, problems }: { readonly output: ObjectsFormat; readonly problems: readonly MemberProblem[] },
): Promise<string> {
  if (output === "json") {
    const items = shown.map(({ cluster, kind, object }) => ({
      cluster,
      object: shownObject(object, typeOf(kind)),
    }));
    return `${JSON.stringify({ items, problems }, null, 2)}\n`;
  }
  const parts = await Promise.all(shown.map((one) => objectText(one, output)));
  return parts.join(output === "yaml" ? "---\n" : "");
}

/** One of a stream: a line of JSON, a document of YAML, a name. */
export async function objectText(
  { cluster, kind, object }: ShownObject,
  output: ObjectsFormat,
): Promise<string> {
  switch (output) {
    case "json":
      return `${JSON.stringify({ cluster, object: shownObject(object, typeOf(kind)) })}\n`;
    case "yaml": {
      const { stringify } = await import("yaml");
      // Strings that older parsers take for something else, "yes" and "on", are quoted.
      const text = stringify(shownObject(object, typeOf(kind)), { lineWidth: 0, version: "1.1" });
      return `# ${printableLine(cluster)}\n${printable(text)}`;
    }
    default: {
      const type = `${kind.kind.toLowerCase()}${kind.group === "" ? "" : `.${kind.group}`}`;
      const { name } = isRecord(object["metadata"]) ? object["metadata"] : {};
      return `${printableLine(`${cluster} ${type}/${String(name)}`)}\n`;
    }
  }
}

function typeOf({ group, version, kind }: ReadKind): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind };
}
