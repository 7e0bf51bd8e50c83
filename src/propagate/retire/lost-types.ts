/**
 * Federated objects that nobody works on: our finalizer must not keep them when somebody deletes them, or their namespace, or their
 * definition.
 *
 *   their FederatedTypeConfig     | the object       | our finalizer
 *   Enabled, or being deleted     | any              | is left to the engine, or goes with the type
 *   Disabled                      | lives            | stays: the type may be enabled again
 *   Disabled                      | is being deleted | stays for a stated time, as for a member that is not seen; then it goes, and the
 *                                 |                  | journal has the copies deleted when the type is enabled again
 *   none, at two looks            | lives            | stays: somebody may create the FederatedTypeConfig again
 *   none, at two looks            | is being deleted | goes, and copies stay: a reason that is lost is no order to delete
 *
 * A FederatedTypeConfig that cannot be read counts as Enabled while it names its federated type: it will be corrected.
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import { Discovery } from "../../fleet/objects/discovery.ts";
import type { ServedKind } from "../../fleet/objects/discovery-document.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { heldObjects, type HeldObject, type HostAccess, release } from "./held-objects.ts";

type LostTypesOptions = HostAccess & {
  /** Null = the control plane is global. */
  readonly onlyNamespace: string | null;
  /** For how long an object of a type that is Disabled is kept. */
  readonly deletionWaitMs: number;
  /** Copies are to be deleted when the type is enabled again. False: that cannot be noted yet. May reject. */
  readonly remember: (type: string, key: string, object: FederatedObject) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
};

/** What the FederatedTypeConfigs of the host say. */
export type TypeClaims = {
  /** PLURAL.GROUP of all federated types that they name. */
  readonly claimed: ReadonlySet<string>;
  /** Those whose propagation is Disabled, by the names of their FederatedTypeConfigs. */
  readonly disabled: ReadonlyMap<string, Resource>;
  /** API groups that have federated types. */
  readonly groups: ReadonlySet<string>;
};

const EVERY_MS = 30_000;

export class LostTypes {
  readonly #options: LostTypesOptions;
  readonly #discovery: Discovery;
  /** Kinds that could not be swept when they were last looked at. */
  readonly #failing = new Set<string>();
  /** Kinds that had no FederatedTypeConfig at the last look. One that is replaced is gone for a moment. */
  #lostBefore = new Set<string>();
  #isBusy = false;
  #nextMs = -Infinity;

  constructor(options: LostTypesOptions) {
    this.#options = options;
    this.#discovery = new Discovery(options);
  }

  /** Call it now and then, only when all FederatedTypeConfigs have been read. Sweeps when it is time; does not wait. */
  tick(claims: TypeClaims): void {
    const { clock } = this.#options;
    if (this.#isBusy || clock.nowMs() < this.#nextMs) return;
    this.#isBusy = true;
    void this.sweep(claims).finally(() => {
      this.#isBusy = false;
      this.#nextMs = clock.nowMs() + EVERY_MS;
    });
  }

  /** One look at everything. Never rejects. */
  async sweep({ claimed, disabled, groups }: TypeClaims): Promise<void> {
    for (const [type, resource] of disabled)
      await this.#guard(resource, () => this.#sweepDisabled(type, resource));
    const lost = await this.#lost(claimed, groups);
    for (const resource of lost)
      if (this.#lostBefore.has(nameOf(resource)))
        await this.#guard(resource, () => this.#sweepLost(resource));
    this.#lostBefore = new Set(lost.map(nameOf));
  }

  async #sweepLost(resource: Resource): Promise<void> {
    const going = (await this.#held(resource)).filter(({ object }) => object.isDeleting);
    if (going.length === 0) return;
    await release(going, this.#options);
    const fields = { type: nameOf(resource), objects: going.length };
    this.#options.log.warn(fields, "deleted federated objects without a FederatedTypeConfig go; copies stay");
  }

  async #sweepDisabled(type: string, resource: Resource): Promise<void> {
    const { deletionWaitMs, remember, clock } = this.#options;
    const untilMs = clock.wallMs() - deletionWaitMs;
    const isDue = ({ object: { isDeleting, deletedMs } }: HeldObject): boolean =>
      isDeleting && (deletedMs ?? 0) <= untilMs;
    for (const one of (await this.#held(resource)).filter(isDue)) {
      const { namespace, name } = one.key;
      if (await remember(type, `${namespace}/${name}`, one.object)) await release([one], this.#options);
    }
  }

  #held(resource: Resource): Promise<readonly HeldObject[]> {
    return heldObjects(this.#options, resource, this.#options.onlyNamespace ?? "");
  }

  async #lost(claimed: ReadonlySet<string>, groups: ReadonlySet<string>): Promise<readonly Resource[]> {
    const { onlyNamespace, log, signal } = this.#options;
    const isLost = ({ group, plural, isNamespaced }: ServedKind): boolean =>
      groups.has(group) &&
      !claimed.has(nameOf({ group, plural })) &&
      (isNamespaced || onlyNamespace === null);
    try {
      this.#discovery.invalidate();
      const { kinds } = await this.#discovery.kinds();
      return kinds.filter(isLost).flatMap(({ group, plural, versions }): Resource[] => {
        const able = versions.find(({ verbs }) => verbs.includes("list") && verbs.includes("patch"));
        return able === undefined ? [] : [{ group, version: able.version, plural }];
      });
    } catch (error) {
      if (!signal.aborted) log.warn(errorFields(error), "which federated types the host serves is not known");
      return [];
    }
  }

  /** A kind that is refused holds up no other. */
  async #guard(resource: Resource, act: () => Promise<void>): Promise<void> {
    const { log, signal } = this.#options;
    const type = nameOf(resource);
    if (signal.aborted) return;
    try {
      await act();
      this.#failing.delete(type);
    } catch (error) {
      if (!signal.aborted && !this.#failing.has(type))
        log.warn(
          { type, ...errorFields(error) },
          "deleted federated objects of a type could not be released",
        );
      this.#failing.add(type);
    }
  }
}

function nameOf({ group, plural }: Pick<Resource, "group" | "plural">): string {
  return `${plural}.${group}`;
}
