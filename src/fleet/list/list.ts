/**
 * A complete list of a resource, in pages, and the resourceVersion to watch from.
 *
 * The token of the next page expires with a compaction, every five minutes. The server then offers one for the rest of the
 * list at a later state, and who wants to watch reads what came before once more:
 *
 *     first lap     pages at V1 | the token expires | pages at V2, to the end     watch from V2
 *     second lap    pages from the start, each at V2 or later, as far as those at V1 went
 *
 * So every object is known as of V2 or later, however long a list takes, and a watch from V2 misses nothing. It repeats what
 * happened between V2 and the second lap: the reader skips events that are older than what it has (`OnceMore`).
 */
import { OperationalError } from "../../kernel/error.ts";
import { isGone, type KubeError } from "../kube/kube-error.ts";
import { objectFacts } from "../kube/resource.ts";
import { type ListPage, type PageOptions, readPage } from "./page.ts";
import { PageSize } from "./page-size.ts";

/** Servers that offer no token for the rest: after so many lists that expired, all is asked for at once, as client-go does. */
const EXPIRED_LISTS_MAX = 2;
/** Tokens that expire one after another, without a page between them. */
const EXPIRED_TOKENS_MAX = 10;
/** Selectors make pages of few objects, but no cluster has so many. */
const PAGES_MAX = 100_000;

type OnceMore = {
  /** A page of the second lap: what it has replaces what was read before. */
  readonly onPage: (page: ListPage) => void;
  /** It was in the first lap, and does not exist any more. */
  readonly onGone: (identity: string) => void;
};

type ListOptions = PageOptions & {
  /** Called before the first page, and again whenever the list has to start over. */
  readonly onStart: () => void;
  readonly onPage: (page: ListPage) => void;
  /** For who watches from the version of the list. Absent = no second lap: each object is as of some time since the start. */
  readonly onceMore?: OnceMore;
  /** Default: one for this list alone. */
  readonly pageSize?: PageSize;
};

/**
 * Reads all pages and returns the last one of the first lap, whose resourceVersion is that of the whole list. The event loop
 * runs between two pages. Throws as `readPage` does, also 410 when even a list without pages expires.
 */
export async function listAll(options: ListOptions): Promise<ListPage> {
  for (let expired = 0; ; expired += 1) {
    try {
      return await new Reading(options, expired < EXPIRED_LISTS_MAX).read();
    } catch (error) {
      if (!isGone(error) || expired >= EXPIRED_LISTS_MAX) throw error;
    }
  }
}

class Reading {
  readonly #options: ListOptions;
  readonly #isPaged: boolean;
  readonly #pageSize: PageSize;
  #server: string | null = null;
  /** What the first lap has read so far. */
  #seen: string[] = [];
  /** What it had read when a token last expired, in its order. */
  #outdated: readonly string[] = [];

  constructor(options: ListOptions, isPaged: boolean) {
    this.#options = options;
    this.#isPaged = isPaged;
    this.#pageSize = options.pageSize ?? new PageSize();
  }

  async read(): Promise<ListPage> {
    const { onStart, onPage, onceMore } = this.#options;
    onStart();
    const last = await this.#lap({
      onPage: (page) => {
        onPage(page);
        if (onceMore !== undefined && this.#isPaged) this.#seen.push(...identitiesIn(page));
        return "go on";
      },
      onExpired: () => {
        this.#outdated = [...this.#seen];
      },
    });
    if (onceMore !== undefined && this.#outdated.length > 0) await this.#readAgain(onceMore);
    if (this.#isPaged) this.#pageSize.wasComplete();
    return last;
  }

  /** As far as what is outdated goes. That may be further than its last object, which may be gone. */
  async #readAgain({ onPage, onGone }: OnceMore): Promise<void> {
    const missing = new Set(this.#outdated);
    const end = isSorted(this.#outdated) ? this.#outdated.at(-1) : undefined;
    await this.#lap({
      onPage: (page) => {
        onPage(page);
        const identities = identitiesIn(page);
        for (const identity of identities) missing.delete(identity);
        const last = identities.at(-1);
        return end !== undefined && last !== undefined && last >= end ? "stop" : "go on";
      },
      onExpired: () => undefined,
    });
    for (const identity of missing) onGone(identity);
  }

  async #lap(lap: {
    readonly onPage: (page: ListPage) => "go on" | "stop";
    readonly onExpired: () => void;
  }): Promise<ListPage> {
    let token = "";
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const page = await this.#page(token, lap.onExpired);
      if (lap.onPage(page) === "stop" || page.continueToken === "") return page;
      if (page.continueToken === token)
        throw new OperationalError("KUBE_BAD_LIST", "a page that continues with itself");
      token = page.continueToken;
    }
    throw new OperationalError("KUBE_BAD_LIST", `a list of more than ${PAGES_MAX} pages`);
  }

  async #page(token: string, onExpired: () => void): Promise<ListPage> {
    let next = token;
    for (let expired = 0; expired < EXPIRED_TOKENS_MAX; expired++) {
      const read = await this.#readOrExpire(next);
      if ("page" in read) return read.page;
      onExpired();
      next = read.token;
    }
    throw new OperationalError("KUBE_BAD_LIST", "a list whose pages expire at once");
  }

  /** The page, or the token for the rest at a later state. */
  async #readOrExpire(token: string): Promise<{ readonly page: ListPage } | { readonly token: string }> {
    const size = this.#pageSize;
    for (;;) {
      const limit = this.#isPaged ? size.objects : undefined;
      try {
        const page = await readPage(this.#options, { limit, continue: token === "" ? undefined : token });
        this.#checkServer(page);
        if (this.#isPaged) size.came(page.items.length, page.octets);
        return { page };
      } catch (error) {
        if (isTooLarge(error) && this.#isPaged && size.wasTooLarge()) continue;
        if (isLate(error)) size.wasTooSlow();
        const rest = isGone(error) && token !== "" ? (error as KubeError).continueToken : "";
        if (rest === "" || rest === token) throw error;
        return { token: rest };
      }
    }
  }

  #checkServer({ identity }: ListPage): void {
    if (identity !== (this.#server ?? identity))
      throw new OperationalError("KUBE_MOVED", "the cluster moved to another address between two pages");
    this.#server = identity;
  }
}

function identitiesIn({ items }: ListPage): string[] {
  return items.map((item) => objectFacts(item).identity);
}

function isSorted(identities: readonly string[]): boolean {
  return identities.every((identity, i) => i === 0 || identity > (identities[i - 1] as string));
}

function isTooLarge(error: unknown): boolean {
  return error instanceof OperationalError && error.code === "KUBE_BODY_TOO_LARGE";
}

function isLate(error: unknown): boolean {
  return error instanceof OperationalError && error.code === "KUBE_TIMEOUT";
}
