/** Reads what a member has, page by page, with the time that the person gives it for each answer. */
import { OperationalError } from "../../kernel/error.ts";
import { isGone, isRecord } from "../../fleet/kube/kube-error.ts";
import type { QueryParameters } from "../../fleet/kube/request-message.ts";
import { type ApiObject, apiObject } from "../../fleet/objects/api-object.ts";
import { objectPath } from "../../fleet/objects/object-path.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { ReadKind } from "../tables/find-kind.ts";
import type { MembersWork } from "./with-members.ts";

type Json = Readonly<Record<string, unknown>>;
type ReadingTerms = Pick<MembersWork, "timeoutMs" | "signal">;

type PagesOptions = {
  readonly path: string;
  readonly query?: QueryParameters;
  readonly accept?: string;
};

/** As kubectl reads lists. */
const PAGE_OBJECTS = 500;

/** All pages of a list, as JSON. Throws as `Transport.request` does, and OperationalError KUBE_BAD_LIST. */
export async function readPages(
  member: ClusterConnection,
  options: PagesOptions,
  work: ReadingTerms,
): Promise<readonly Json[]> {
  try {
    return await pagesOf(member, { ...options, limit: PAGE_OBJECTS }, work);
  } catch (error) {
    // The list expired between two pages.
    if (!isGone(error)) throw error;
    return pagesOf(member, options, work);
  }
}

async function pagesOf(
  { transport }: ClusterConnection,
  { path, query, accept, limit }: PagesOptions & { readonly limit?: number },
  { timeoutMs, signal }: ReadingTerms,
): Promise<readonly Json[]> {
  const pages: Json[] = [];
  let token: string | undefined;
  do {
    const { json } = await transport.request({
      path,
      query: { ...query, limit, continue: token },
      ...(accept !== undefined && { accept }),
      timeoutMs,
      signal,
    });
    if (!isRecord(json)) throw new OperationalError("KUBE_BAD_LIST", `the answer to ${path} is not a list`);
    pages.push(json);
    const next: unknown = isRecord(json["metadata"]) ? json["metadata"]["continue"] : undefined;
    if (typeof next === "string" && next !== "" && next === token)
      throw new OperationalError("KUBE_BAD_LIST", "a page that continues with itself");
    token = typeof next === "string" && next !== "" ? next : undefined;
  } while (token !== undefined);
  return pages;
}

/** The objects on the pages of a list. Throws OperationalError KUBE_BAD_LIST and KUBE_BAD_OBJECT. */
export function objectsOn(pages: readonly Json[]): readonly ApiObject[] {
  return pages.flatMap(({ items }) => {
    if (!Array.isArray(items)) throw new OperationalError("KUBE_BAD_LIST", "the answer is not a list");
    return items.map(apiObject);
  });
}

/** Of the last page: a watch goes on from there. */
export function versionOf(pages: readonly Json[]): string {
  const metadata = pages.at(-1)?.["metadata"];
  const version = isRecord(metadata) ? metadata["resourceVersion"] : undefined;
  return typeof version === "string" ? version : "";
}

/** One object as JSON, or as `accept` asks; null = the member has none of this name. Throws as `Transport.request` does. */
export async function readNamed(
  { transport }: ClusterConnection,
  { kind, namespace, name, accept }: NamedObject,
  { timeoutMs, signal }: ReadingTerms,
): Promise<unknown> {
  const path = objectPath({ resource: kind, namespace, name });
  try {
    const options = { path, timeoutMs, signal, ...(accept !== undefined && { accept }) };
    return (await transport.request(options)).json;
  } catch (error) {
    const refusal = refusalOf(error, { plural: kind.plural });
    if (refusal.kind === "object-missing" || refusal.kind === "namespace-missing") return null;
    throw error;
  }
}

type NamedObject = {
  readonly kind: ReadKind;
  /** "" for kinds of cluster scope. */
  readonly namespace: string;
  readonly name: string;
  readonly accept?: string;
};
