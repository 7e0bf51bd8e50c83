/** What a get asks of every member that has the kind: a list, or objects by their names, as tables or as objects. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { QueryParameters } from "../../fleet/kube/request-message.ts";
import { pathOfCollection } from "../../fleet/objects/object-path.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { type Answered, askMembers, whatOf } from "../everywhere/ask-members.ts";
import { readNamed, readPages, versionOf } from "../everywhere/read-member.ts";
import type { MembersWork } from "../everywhere/with-members.ts";
import type { ReadKind } from "../tables/find-kind.ts";

export type GetRequest = {
  readonly type: string;
  readonly names: readonly string[];
  readonly query: QueryParameters;
  readonly isWatch: boolean;
  readonly isWide: boolean;
};
/** `version`: of the list; "" when it was read by name. */
export type Listed<T> = {
  readonly kind: ReadKind;
  readonly path: string;
  readonly items: readonly T[];
  readonly version: string;
};
type ReadOptions<T> = {
  readonly accept?: string;
  readonly itemsOf: (json: Readonly<Record<string, unknown>>) => readonly T[];
};

/** In the order of the members; one that cannot be read is told. */
export async function readEverywhere<T>(
  work: MembersWork,
  found: readonly Answered<ReadKind>[],
  request: GetRequest,
  options: ReadOptions<T>,
): Promise<readonly Answered<Listed<T>>[]> {
  const kinds = new Map(found.map(({ member, value }) => [member, value]));
  const members = found.map(({ member }) => member);
  return askMembers({ ...work, members }, whatOf(request.type, work), async (member) => {
    const kind = kinds.get(member) as ReadKind;
    const namespace = kind.isNamespaced ? work.namespace : "";
    const path = pathOfCollection({ resource: kind, namespace });
    if (request.names.length > 0 && !request.isWatch) {
      const items = await readNames(member, { kind, namespace, names: request.names }, { ...options, work });
      return { kind, path, items, version: "" };
    }
    const pages = await readPages(member, { ...options, path, query: request.query }, work);
    return { kind, path, items: pages.flatMap(options.itemsOf), version: versionOf(pages) };
  });
}

async function readNames<T>(
  member: ClusterConnection,
  asked: { readonly kind: ReadKind; readonly namespace: string; readonly names: readonly string[] },
  { accept, itemsOf, work }: ReadOptions<T> & { readonly work: MembersWork },
): Promise<readonly T[]> {
  const found = await Promise.all(
    asked.names.map((name) =>
      readNamed(member, { ...asked, name, ...(accept !== undefined && { accept }) }, work),
    ),
  );
  return found.filter(isRecord).flatMap(itemsOf);
}
