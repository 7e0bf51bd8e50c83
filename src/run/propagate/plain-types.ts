/** Federation v1 in the host: which kinds of plain objects are federated, from the setting and from what the host is. */
import type { Transport } from "../../fleet/kube/transport.ts";
import { readPage } from "../../fleet/list/page.ts";
import { read } from "../../fleet/objects/read.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { NO_FEDERATED, type PropagatedType } from "../../propagate/objects/propagated-type.ts";
import {
  type HostFacts,
  type PlainKind,
  plainKinds,
  type PlainMode,
} from "../../propagate/plain/plain-kinds.ts";

const EVERY_MS = 30_000;
const RETRY_MS = 2_000;
const KUBE_SYSTEM = {
  resource: { group: "", version: "v1", plural: "namespaces" },
  namespace: "",
  name: "kube-system",
};

type PlainTypesOptions = {
  readonly mode: PlainMode;
  /** Of the host. */
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

export class PlainTypes {
  readonly #options: PlainTypesOptions;
  #hostUid: string | null = null;
  #hasNodes: boolean | null = null;
  /** And this was told. */
  #hasFailed = false;
  #isBusy = false;
  #nextMs = -Infinity;
  #refusal: string | null = null;
  #told: string | null = null;
  #hasLooked = false;

  constructor(options: PlainTypesOptions) {
    this.#options = options;
  }

  /** Why plain objects, or some kinds of them, are not federated, with the cure; null = they are, or are not meant to be. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** `types` with those of plain objects. `clusterUids`: of the members. Call it about once a second; does not wait. */
  withPlain(
    types: readonly PropagatedType[],
    clusterUids: readonly (string | null)[],
  ): readonly PropagatedType[] {
    const { mode, log } = this.#options;
    if (mode === "disabled") return types;
    this.#lookWhenDue();
    const { kinds, refusal } = plainKinds(mode, this.#factsWith(clusterUids));
    this.#refusal = refusal;
    // Before the first look nothing is known, and that is no news.
    if (!this.#hasLooked || refusal === this.#told) return withPlainKinds(types, kinds);
    this.#told = refusal;
    if (refusal !== null)
      log.warn(
        { setting: `propagation.federationV1: ${mode}`, reason: refusal },
        "plain objects are not federated",
      );
    return withPlainKinds(types, kinds);
  }

  #factsWith(clusterUids: readonly (string | null)[]): HostFacts {
    // Nothing is written to a member whose identity was never read.
    const isMember = this.#hostUid === null ? null : clusterUids.includes(this.#hostUid);
    return { isMember, hasNodes: this.#hasNodes };
  }

  #lookWhenDue(): void {
    const { clock, log, signal } = this.#options;
    if (this.#isBusy || signal.aborted || clock.nowMs() < this.#nextMs) return;
    this.#isBusy = true;
    void this.#look()
      .catch((error: unknown) => {
        if (!signal.aborted && !this.#hasFailed)
          log.warn(errorFields(error), "it could not be read what the host is");
        this.#hasFailed = true;
        return false;
      })
      .then((isKnown) => {
        this.#isBusy = false;
        this.#hasLooked = true;
        this.#nextMs = clock.nowMs() + (isKnown ? EVERY_MS : RETRY_MS);
      });
  }

  async #look(): Promise<boolean> {
    const { transport, signal } = this.#options;
    this.#hostUid ??= (await read(transport, KUBE_SYSTEM, { signal }))?.metadata.uid ?? null;
    const { items } = await readPage({ transport, path: "/api/v1/nodes", query: {}, signal }, { limit: 1 });
    this.#hasNodes = items.length > 0;
    return this.#hostUid !== null;
  }
}

/** A kind without federated objects is a type of its own. */
function withPlainKinds(
  types: readonly PropagatedType[],
  kinds: readonly PlainKind[],
): readonly PropagatedType[] {
  const isOf = ({ target: { group, plural } }: PropagatedType, { target }: PlainKind): boolean =>
    group === target.group && plural === target.plural;
  const known = types.map((type) =>
    kinds.some((kind) => isOf(type, kind)) ? { ...type, isPlainToo: true } : type,
  );
  const others = kinds
    .filter((kind) => !types.some((type) => isOf(type, kind)))
    .map(({ name, target }) => ({
      name,
      federated: NO_FEDERATED,
      target,
      collectsStatus: false,
      isPlainToo: true,
    }));
  return [...known, ...others];
}
