/** A complete list of a resource, in pages: a consistent state of the collection and the resourceVersion to watch from. */
import { OperationalError } from "../../kernel/error.ts";
import { isGone, isRecord } from "./kube-error.ts";
import type { Transport } from "./transport.ts";
import type { QueryParameters } from "./request-message.ts";

/** The page size of client-go and kubectl; 500 objects of 4 kB are 2 MB and 10 ms of JSON.parse. */
const PAGE_OBJECTS = 500;
/** Compaction, every 5 minutes, expires continue tokens: after two expired lists we ask for all at once, as client-go does. */
const EXPIRED_PAGES_MAX = 2;

export type ListPage = {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** Identity of the server that it came from. */
  readonly identity: string;
  /** "" on the last page. */
  readonly continueToken: string;
};
type ListOptions = {
  readonly transport: Transport;
  readonly path: string;
  readonly query: QueryParameters;
  /** Default: objects as JSON. */
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
  /** Called before the first page, and again whenever the list has to start over. */
  readonly onStart: () => void;
  readonly onPage: (page: ListPage) => void;
};

/**
 * Reads all pages and returns the last one, whose resourceVersion is that of the whole list. The event loop runs between two
 * pages. Throws as `Transport.request` does, also 410 when even a list without pages expires.
 */
export async function listAll(options: ListOptions): Promise<ListPage> {
  for (let expired = 0; ; expired += 1) {
    try {
      return await listOnce(options, expired < EXPIRED_PAGES_MAX ? PAGE_OBJECTS : undefined);
    } catch (error) {
      if (!isGone(error) || expired >= EXPIRED_PAGES_MAX) throw error;
    }
  }
}

async function listOnce(options: ListOptions, limit: number | undefined): Promise<ListPage> {
  options.onStart();
  let token = "";
  let identity: string | null = null;
  for (;;) {
    const page = await readPage(options, { limit, continue: token === "" ? undefined : token });
    if (page.identity !== (identity ?? page.identity))
      throw new OperationalError("KUBE_MOVED", "the cluster moved to another address between two pages");
    identity = page.identity;
    options.onPage(page);
    if (page.continueToken === "") return page;
    if (page.continueToken === token)
      throw new OperationalError("KUBE_BAD_LIST", "a page that continues with itself");
    token = page.continueToken;
  }
}

type PageOptions = Pick<ListOptions, "transport" | "path" | "query" | "accept" | "signal">;

/** Reads one page. Throws OperationalError KUBE_BAD_LIST when the answer is not a list. */
export async function readPage(options: PageOptions, extra: QueryParameters): Promise<ListPage> {
  const { transport, path, accept, signal } = options;
  const query = { ...options.query, ...extra };
  const { json, identity } = await transport.breaker.run(signal, () =>
    transport.request({ path, query, signal, ...(accept !== undefined && { accept }) }),
  );
  const metadata = isRecord(json) && isRecord(json["metadata"]) ? json["metadata"] : {};
  const items = isRecord(json) ? (json["items"] ?? []) : null;
  const { resourceVersion, continue: token } = metadata;
  if (!Array.isArray(items) || typeof resourceVersion !== "string" || resourceVersion === "")
    throw new OperationalError("KUBE_BAD_LIST", `the answer to ${path} is not a list`);
  return { items, resourceVersion, identity, continueToken: typeof token === "string" ? token : "" };
}
