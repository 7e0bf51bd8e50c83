/** Lists: the version to read, the objects that match, and the pages they are returned in. */
import { keyOfObject } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { parseFieldSelector, parseLabelSelector } from "../object/selector.ts";
import type { Matches } from "../object/selector.ts";
import {
  badRequest,
  expired,
  forbiddenField,
  invalid,
  unsupportedValue,
  versionTooLarge,
} from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import type { ObjectStore } from "../store/store.ts";
import type { ResourcePath } from "../http/resource-path.ts";
import type { ListMetadata } from "../http/view.ts";

type List = { readonly items: readonly KubeObject[]; readonly metadata: ListMetadata };

/** A page starts after the key `start`, at `version` (-1: the latest). */
type Page = { readonly version: number; readonly start: string };

/** Matches by namespace, name, labels and fields together. */
export function matcher(target: ResourcePath, query: URLSearchParams): Matches {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", target.resource);
  return (object) => {
    if (target.namespace !== "" && object.metadata.namespace !== target.namespace) return false;
    if (target.name !== "" && object.metadata.name !== target.name) return false;
    return labels(object.metadata.labels ?? {}) && fields(object);
  };
}

/** Throws 400 for invalid parameters, 410 for a version that is compacted, and 504 for one in the future. */
export function list(store: ObjectStore, target: ResourcePath, query: URLSearchParams): List {
  checkListOptions(query);
  const matches = matcher(target, query);
  const version = readVersion(query.get("resourceVersion"));
  const limit = version === 0 ? 0 : readCount(query, "limit");
  const page = readPage(query.get("continue"));
  const at = stateOf(store, query, page);
  const objects = store.snapshot(target.resource, at);
  if (!objects)
    throw page ? expiredPage(page) : expired("The resourceVersion for the provided list is too old.");
  const wanted = objects.filter((object) => matches(object) && (!page || keyOfObject(object) > page.start));
  if (limit === 0 || wanted.length <= limit)
    return { items: wanted, metadata: { resourceVersion: String(at) } };
  const items = wanted.slice(0, limit);
  const last = items.at(-1);
  const token = writePage({ version: at, start: last ? keyOfObject(last) : "" });
  const isSelected = query.has("labelSelector") || query.has("fieldSelector");
  const rest = isSelected ? {} : { remainingItemCount: wanted.length - limit };
  return { items, metadata: { resourceVersion: String(at), continue: token, ...rest } };
}

/** The version that a list is read at. */
function stateOf(store: ObjectStore, query: URLSearchParams, page: Page | undefined): number {
  if (page) return page.version < 0 ? store.version : page.version;
  const version = readVersion(query.get("resourceVersion"));
  const match =
    query.get("resourceVersionMatch") ?? (query.has("limit") && version ? "Exact" : "NotOlderThan");
  if (version === undefined || version === 0) return store.version;
  if (version > store.version) throw versionTooLarge(version, store.version);
  return match === "Exact" ? version : store.version;
}

export function isWatch(query: URLSearchParams): boolean {
  return /^(1|t|true)$/i.test(query.get("watch") ?? "");
}

export function readVersion(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) {
    const cause = {
      reason: "FieldValueInvalid",
      message: `Invalid value: ${JSON.stringify(text)}: must be an integer`,
      field: "resourceVersion",
    };
    throw invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, [cause]);
  }
  return Number(text);
}

export function readCount(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === "") return 0;
  if (!/^[0-9]{1,12}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** `ValidateListOptions`: which parameters may be combined. */
export function checkListOptions(query: URLSearchParams): void {
  const causes: StatusCause[] = [];
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  const isInitial = query.has("sendInitialEvents");
  const forbid = (field: string, why: string): number => causes.push(forbiddenField(field, why));
  if (match && !isInitial) {
    if (isWatch(query))
      forbid(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      );
    else if (!version)
      forbid("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (query.get("continue"))
      forbid("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
    if (!["Exact", "NotOlderThan"].includes(match))
      causes.push(unsupportedValue("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    if (match === "Exact" && version === "0")
      forbid("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (isInitial && !isWatch(query)) forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
  else if (isInitial && match !== "NotOlderThan")
    forbid("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (causes.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, causes);
  if (query.get("continue") && version && version !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
}

function writePage({ version, start }: Page): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start })).toString("base64url");
}

function readPage(token: string | null): Page | undefined {
  if (!token) return undefined;
  try {
    const page = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as Readonly<
      Record<string, unknown>
    >;
    const { rv, start } = page;
    if (typeof rv === "number" && Number.isInteger(rv) && typeof start === "string")
      return { version: rv, start };
  } catch {
    // Answered like a token with other content.
  }
  throw badRequest("continue key is not valid: it was not made by this server");
}

/** The answer has a token for the rest of the list at the latest version: complete, but not consistent with earlier pages. */
function expiredPage(page: Page): Error {
  const messages = [
    "The provided continue parameter is too old to display a consistent list result.",
    "You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.",
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  ];
  return expired(messages.join(" "), { continue: writePage({ version: -1, start: page.start }) });
}
