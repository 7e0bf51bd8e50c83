/** What the sandbox's host has from the start: KubeFed's definitions, as deploy/crds has them, and its namespace. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { listAt } from "./object/json.ts";
import type { Manifest, ObjectClient } from "./store/objects.ts";

/** KubeFed keeps its objects here. */
export const SYSTEM_NAMESPACE = "kube-federation-system";

/** From the sources, and from a build of them in `dist`. */
const folders: readonly string[] = ["../../deploy/crds", "../../../deploy/crds"];

/** Without the folder the host has the namespace only. `areTypesIncluded` false: federated types come from elsewhere. */
export async function installHostTypes(objects: ObjectClient, areTypesIncluded = true): Promise<void> {
  objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } });
  for (const definition of await readDefinitions(areTypesIncluded)) objects.put(definition);
}

async function readDefinitions(isRecursive: boolean): Promise<readonly Manifest[]> {
  for (const folder of folders) {
    const path = join(import.meta.dirname, folder);
    const names = await readdir(path, { recursive: isRecursive }).catch(() => []);
    const files = names.filter((name) => name.endsWith(".yaml")).toSorted();
    if (files.length === 0) continue;
    const texts = await Promise.all(files.map((name) => readFile(join(path, name), "utf8")));
    return texts.flatMap((text) => definitionsIn(parse(text) as Manifest));
  }
  return [];
}

/** A file has one definition, or a List of them. */
function definitionsIn(content: Manifest): readonly Manifest[] {
  return content.kind === "List" ? (listAt(content, "items") as readonly Manifest[]) : [content];
}
