/** One page of a list. */
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";
import type { QueryParameters } from "../kube/request-message.ts";
import type { Transport } from "../kube/transport.ts";

/** A page of one object is never longer: etcd stores 1.5 MB, and JSON makes more of it. */
const PAGE_OCTETS_MAX: number = 16 << 20;

export type ListPage = {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** Identity of the server that it came from. */
  readonly identity: string;
  /** "" on the last page. */
  readonly continueToken: string;
  /** Length of the body. */
  readonly octets: number;
};

export type PageOptions = {
  readonly transport: Transport;
  readonly path: string;
  readonly query: QueryParameters;
  /** Default: objects as JSON. */
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
};

/** Throws as `Transport.request` does, and OperationalError KUBE_BAD_LIST when the answer is not a list. */
export async function readPage(options: PageOptions, extra: QueryParameters): Promise<ListPage> {
  const { transport, path, accept, signal } = options;
  const query = { ...options.query, ...extra };
  const request = {
    path,
    query,
    signal,
    bodyMaxOctets: PAGE_OCTETS_MAX,
    ...(accept !== undefined && { accept }),
  };
  const { json, identity, octets } = await transport.breaker.run(signal, () => transport.request(request));
  const metadata = isRecord(json) && isRecord(json["metadata"]) ? json["metadata"] : {};
  const items = isRecord(json) ? (json["items"] ?? []) : null;
  const { resourceVersion, continue: token } = metadata;
  if (!Array.isArray(items) || typeof resourceVersion !== "string" || resourceVersion === "")
    throw new OperationalError("KUBE_BAD_LIST", `the answer to ${path} is not a list`);
  return { items, resourceVersion, identity, octets, continueToken: typeof token === "string" ? token : "" };
}
