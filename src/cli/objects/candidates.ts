/** The objects that are to be federated: one of the host, all of a namespace, or those of a file. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { DiscoveryDocument, ServedKind } from "../../fleet/objects/discovery-document.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import type { TargetKind } from "../federate/federated-names.ts";
import { NAMESPACE_TYPE } from "../../fleet/host-objects/type-config.ts";
import { kindSkipReason, skipReason } from "../federate/skip-reason.ts";
import { skippedKinds } from "../federate/skipped-kinds.ts";
import { qualified } from "../membership/kinds.ts";
import { type DeclaredType, findType } from "../types/declared-types.ts";
import type { ManifestDocument } from "../types/read-documents.ts";
import { inVersion, OWN_GROUPS, OWN_TYPE, targetKind } from "../types/target-kind.ts";

export type ObjectCandidate = {
  readonly target: TargetKind;
  /** "" for an object that is in none; a Namespace counts as in itself. */
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonRecord;
  /** Where it comes from, for errors: `document 2`; "" = the host. */
  readonly from: string;
};

/** Why an object is left out. */
type Skipped = { readonly title: string; readonly why: string; readonly count: number };
export type GatheredObjects = {
  readonly candidates: readonly ObjectCandidate[];
  readonly skipped: readonly Skipped[];
};

type GatherOptions = {
  readonly host: ClusterConnection;
  readonly signal: AbortSignal;
  readonly types: readonly DeclaredType[];
};

/** What a person names: `word` is a kind as `fedns enable` takes it. Throws an OperationalError when there is no such object. */
export async function namedObject(
  wanted: { readonly word: string; readonly name: string; readonly namespace: string | undefined },
  options: GatherOptions,
): Promise<ObjectCandidate> {
  const { host, signal } = options;
  const target = await kindOf(wanted.word, options);
  const isNamespace = qualified(target) === NAMESPACE_TYPE;
  if (target.isNamespaced && wanted.namespace === undefined)
    throw stepRefused(`${host.name}: ${target.kind} ${wanted.name}`, "name its namespace with -n");
  const within = target.isNamespaced ? (wanted.namespace ?? "") : "";
  const { group, version, plural } = target;
  const step = `${host.name}: ${target.kind} ${within === "" ? "" : `${within}/`}${wanted.name}`;
  const key = { resource: { group, version, plural }, namespace: within, name: wanted.name };
  const object = await read(host.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(step, error, plural);
  });
  if (object === null) throw stepRefused(step, "there is no such object; kubectl get shows what there is");
  return { target, namespace: isNamespace ? wanted.name : within, name: wanted.name, object, from: "" };
}

/** In the version that copies have, where the kind is enabled. */
async function kindOf(word: string, { host, types }: GatherOptions): Promise<TargetKind> {
  const type = await findType(host, types, word);
  if (type === null) return targetKind(host, word);
  const found = await targetKind(host, type.name, type.targetType.version).catch(() =>
    targetKind(host, type.name),
  );
  return { ...found, version: type.targetType.version };
}

/** Everything in a namespace that can be federated. Throws an OperationalError when a kind cannot be listed. */
export async function contentsOf(
  namespace: string,
  skipWords: readonly string[],
  options: GatherOptions,
): Promise<GatheredObjects> {
  const { host, signal, types } = options;
  const document = await discovered(host);
  const { names, problems } = skippedKinds(document.kinds, skipWords);
  if (problems.length > 0) throw stepRefused("--skip-kinds", problems.join("; "));
  const candidates: ObjectCandidate[] = [];
  const skipped: Skipped[] = [];
  for (const kind of document.kinds.filter((one) => isContent(one, types) && !names.has(qualified(one)))) {
    const step = `${host.name}: ${qualified(kind)} in ${namespace}`;
    const target = inVersion(kind, versionOf(kind, types), step);
    const { group, version, plural } = target;
    const key = { resource: { group, version, plural }, namespace };
    const objects = await readAll(host.transport, key, { signal }).catch((error: unknown) => {
      const { message } = stepError(step, error, plural);
      throw stepRefused("federate", `${message}; or leave them out with --skip-kinds ${qualified(kind)}`);
    });
    const whyNone = kindSkipReason(qualified(kind));
    // One line for all of them: there may be thousands of Events.
    if (whyNone !== null) {
      const { length: count } = objects;
      if (count > 0) skipped.push({ title: `${kind.kind} in ${namespace} (${count})`, why: whyNone, count });
      continue;
    }
    for (const object of objects) {
      const { name } = object.metadata;
      const why = skipReason(qualified(kind), object);
      if (why === null) candidates.push({ target, namespace, name, object, from: "" });
      else skipped.push({ title: `${kind.kind} ${namespace}/${name}`, why, count: 1 });
    }
  }
  return { candidates, skipped };
}

/** Ingresses and others of `extensions` are those of newer groups as well. */
function isContent(
  { group, plural, isNamespaced, versions }: ServedKind,
  types: readonly DeclaredType[],
): boolean {
  const isAble = versions.some(({ verbs }) => verbs.includes("list") && verbs.includes("create"));
  const isFederated = types.some(
    ({ federatedType }) => federatedType.group === group && federatedType.pluralName === plural,
  );
  return isNamespaced && isAble && !isFederated && group !== "extensions" && !OWN_GROUPS.test(group);
}

/** That of copies, as long as it is served. */
function versionOf(kind: ServedKind, types: readonly DeclaredType[]): string | undefined {
  const wanted = types.find(({ name }) => name === qualified(kind))?.targetType.version;
  return kind.versions.some(({ version }) => version === wanted) ? wanted : undefined;
}

export type DocumentsSource = {
  readonly documents: readonly ManifestDocument[];
  /** Of objects that name none. */
  readonly namespace: string | undefined;
};

/** `problems`: one for each document that cannot be federated, with its number. */
export async function objectsIn(
  source: DocumentsSource,
  options: GatherOptions,
): Promise<GatheredObjects & { readonly problems: readonly string[] }> {
  const served = await discovered(options.host);
  const { types } = options;
  return candidatesIn(source, ({ group, kind, version }) =>
    targetIn(group, kind, version, { served, types }),
  );
}

/** A kind as a manifest names it. */
type WrittenKind = {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  /** The manifest, or the command, names a namespace. */
  readonly hasNamespace: boolean;
};

/** As `objectsIn`. `targetOf`: the kind that is meant; a text is a problem. */
export function candidatesIn(
  { documents, namespace }: DocumentsSource,
  targetOf: (written: WrittenKind) => TargetKind | string,
): GatheredObjects & { readonly problems: readonly string[] } {
  const candidates: ObjectCandidate[] = [];
  const skipped: Skipped[] = [];
  const problems: string[] = [];
  for (const { value, number } of documents) {
    const from = `document ${number}`;
    const found = candidateIn(value, { from, namespace, targetOf });
    if (typeof found === "string") problems.push(`${from}: ${found}`);
    else {
      const why = skipReason(qualified(found.target), found.object);
      if (why === null) candidates.push(found);
      else skipped.push({ title: `${from}: ${found.target.kind} ${found.name}`, why, count: 1 });
    }
  }
  return { candidates, skipped, problems };
}

type ReadOptions = {
  readonly from: string;
  readonly namespace: string | undefined;
  readonly targetOf: (written: WrittenKind) => TargetKind | string;
};

/** A text is a problem. */
function candidateIn(value: unknown, { from, namespace, targetOf }: ReadOptions): ObjectCandidate | string {
  if (!isJsonRecord(value)) return "it is no object";
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return "it has no apiVersion or no kind";
  if (!isJsonRecord(metadata) || typeof metadata["name"] !== "string" || metadata["name"] === "")
    return `${kind}: metadata.name is missing; generateName is not possible, since copies need one name`;
  const { name, namespace: written } = metadata;
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const hasNamespace = (written ?? namespace ?? "") !== "";
  const target = targetOf({ group, kind, version, hasNamespace });
  if (typeof target === "string") return `${kind} ${name}: ${target}`;
  if (qualified(target) === NAMESPACE_TYPE) return { target, namespace: name, name, object: value, from };
  if (!target.isNamespaced) return { target, namespace: "", name, object: value, from };
  if (written !== undefined && typeof written !== "string")
    return `${kind} ${name}: metadata.namespace must be a text`;
  if (written !== undefined && namespace !== undefined && written !== namespace)
    return `${kind} ${name}: it is in the namespace ${written}, and -n says ${namespace}`;
  const within = written ?? namespace;
  if (within === undefined || within === "")
    return `${kind} ${name}: name its namespace, in metadata.namespace or with -n`;
  return { target, namespace: within, name, object: value, from };
}

/** The kind need not be served by the host when it is enabled. A text is a problem. */
function targetIn(
  group: string,
  kind: string,
  version: string,
  { served, types }: { readonly served: DiscoveryDocument; readonly types: readonly DeclaredType[] },
): TargetKind | string {
  if (OWN_GROUPS.test(group)) return OWN_TYPE;
  const type = types.find(({ targetType }) => targetType.group === group && targetType.kind === kind);
  if (type !== undefined) {
    const { pluralName: plural, isNamespaced } = type.targetType;
    return { group, kind, plural, isNamespaced, shortNames: [], version: type.targetType.version };
  }
  const found = served.kinds.find((one) => one.group === group && one.kind === kind);
  if (found === undefined)
    return `the host serves no kind ${kind} of ${group === "" ? "the core group" : group}; install its CustomResourceDefinition, or check apiVersion and kind`;
  try {
    return inVersion(found, version, "kind");
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^kind: /, "") : String(error);
  }
}

async function discovered(host: ClusterConnection): Promise<DiscoveryDocument> {
  return host.discovery.kinds().catch((error: unknown) => {
    throw stepError(`${host.name}: discovery`, error);
  });
}
