/** One context of a kubeconfig: its cluster and user as written, or an error that says what is wrong and how to fix it. */
import { load, YAMLException } from "js-yaml";
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";

export type KubeconfigSection = Readonly<Record<string, unknown>>;
export type KubeconfigEntry = {
  /** For messages: "context us-west of /etc/fedns/all.kubeconfig". */
  readonly where: string;
  /** `clusters[].cluster` and `users[].user`, as written. */
  readonly cluster: KubeconfigSection;
  readonly user: KubeconfigSection;
};

/** Nested YAML aliases can expand a few lines to gigabytes. */
const ALIASES_MAX = 100;
const NODES_MAX = 1_000_000;
const DEPTH_MAX = 200;

/** Throws OperationalError KUBE_CONFIG with the names that exist. */
export function pickEntry(document: unknown, path: string, wanted: string | undefined): KubeconfigEntry {
  if (!isRecord(document)) throw configError(`kubeconfig ${path} is empty or not a kubeconfig`);
  const contexts = section(document, "contexts");
  const current = document["current-context"];
  const name = wanted ?? (typeof current === "string" ? current : "");
  if (name === "") {
    const choice =
      contexts.size === 0 ? " and has no contexts" : `; set "context" to one of: ${namesOf(contexts)}`;
    throw configError(`kubeconfig ${path} has no current-context${choice}`);
  }
  const context = find(contexts, name, `context`, path);
  const where = `context ${name} of ${path}`;
  const clusterName = context["cluster"];
  if (typeof clusterName !== "string" || clusterName === "") throw configError(`${where} names no cluster`);
  const userName = context["user"];
  return {
    where,
    cluster: find(section(document, "clusters"), clusterName, "cluster", path),
    user:
      typeof userName === "string" && userName !== ""
        ? find(section(document, "users"), userName, "user", path)
        : {},
  };
}

/** Messages of the parser quote the text, which contains secrets: only the number of the line is passed on. Throws KUBE_CONFIG. */
export function parseKubeconfig(text: string, path: string): unknown {
  const document = documentOf(text, path);
  if (!isSmall(document, { left: NODES_MAX }))
    throw configError(`kubeconfig ${path} has more YAML aliases than a kubeconfig can need`);
  return document;
}

function documentOf(text: string, path: string): unknown {
  // The parser refuses it.
  if (text.trim() === "") return null;
  try {
    // kubectl accepts duplicate keys: the last one counts. Tags that the parser does not know are errors.
    return load(text, { json: true, maxAliases: ALIASES_MAX });
  } catch (error) {
    const place = error instanceof YAMLException ? error.mark?.line : undefined;
    throw configError(`kubeconfig ${path} is not YAML${place === undefined ? "" : ` (line ${place + 1})`}`);
  }
}

/** Each alias counts as what it stands for; one that stands for itself has no end. */
function isSmall(value: unknown, budget: { left: number }, depth = 0): boolean {
  budget.left -= 1;
  if (budget.left < 0 || depth > DEPTH_MAX) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((item) => isSmall(item, budget, depth + 1));
}

export function configError(sentence: string, cause?: unknown): OperationalError {
  return new OperationalError("KUBE_CONFIG", sentence, { cause });
}

/** The named entries of a section: for "clusters" a map from name to `cluster`. Entries without a name are left out. */
function section(document: KubeconfigSection, plural: string): ReadonlyMap<string, KubeconfigSection> {
  const list: unknown = document[plural];
  const found = new Map<string, KubeconfigSection>();
  for (const item of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    if (!isRecord(item) || typeof item["name"] !== "string") continue;
    const settings = item[plural.slice(0, -1)];
    // As with kubectl, the first of two entries with the same name counts.
    if (!found.has(item["name"])) found.set(item["name"], isRecord(settings) ? settings : {});
  }
  return found;
}

function find(
  entries: ReadonlyMap<string, KubeconfigSection>,
  name: string,
  what: string,
  path: string,
): KubeconfigSection {
  const settings = entries.get(name);
  if (settings !== undefined) return settings;
  const known = entries.size === 0 ? "it has none" : `it has: ${namesOf(entries)}`;
  throw configError(`kubeconfig ${path} has no ${what} named ${JSON.stringify(name)}; ${known}`);
}

function namesOf(entries: ReadonlyMap<string, KubeconfigSection>): string {
  return [...entries.keys()].join(", ");
}
