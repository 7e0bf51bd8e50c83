/**
 * The finalizer of FederatedTypeConfigs, so that a type does not vanish while its federated objects have ours:
 *
 *   propagation | the FederatedTypeConfig                 | done
 *   Enabled     | lives                                   | the finalizer is put on
 *   Disabled    | lives                                   | nothing: it may have the finalizer
 *   Enabled     | is being deleted, copies with it        | the engine deletes copies and releases objects; then the finalizer goes
 *   any         | is being deleted, copies stay           | all objects are released, then the finalizer goes
 *   any         | the same, and objects cannot be read or | the same, for a stated time; then the finalizer goes all the same
 *               | released                                |
 */
import { TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import { TYPE_FINALIZER, type TypeState } from "../../fleet/host-objects/type-state.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { heldObjects, type HostAccess, release } from "../../propagate/retire/held-objects.ts";
import type { HostEvents } from "./host-events.ts";
import { setFinalizer } from "./host-finalizer.ts";
import { PacedSteps } from "./paced-steps.ts";

type TypeFinalizersOptions = HostAccess & {
  /** That of the control plane. */
  readonly namespace: string;
  /** For how long a FederatedTypeConfig is kept by objects that cannot be released. */
  readonly deletionWaitMs: number;
  readonly events: HostEvents;
  readonly clock: Clock;
};

export class TypeFinalizers {
  readonly #options: TypeFinalizersOptions;
  readonly #steps: PacedSteps;
  #states: ReadonlyMap<string, TypeState> = new Map();

  constructor(options: TypeFinalizersOptions) {
    this.#options = options;
    this.#steps = new PacedSteps({
      ...options,
      plural: TYPE_CONFIGS.plural,
      tell: (name, reason) => this.#tell(name, reason),
    });
  }

  /**
   * `types`: those that can be used; `states`: those that the host has. Types that are being deleted are not propagated any more
   * when this is called, except those whose copies are deleted. `onlyNamespace` null = the control plane is global. Does not wait.
   */
  follow(
    types: readonly FederatedType[],
    states: ReadonlyMap<string, TypeState>,
    onlyNamespace: string | null,
  ): void {
    this.#states = states;
    this.#steps.keepOnly(states);
    for (const [name, { uid, deletedMs, isHeld, copies, problem }] of states) {
      if (problem !== null)
        this.#options.events.tell(
          { kind: "FederatedTypeConfig", name, uid },
          { reason: problem.reason, message: problem.sentence },
        );
      const type = types.find((one) => one.name === name);
      const isPropagated = type?.isPropagated === true;
      if (deletedMs === null && !isHeld && isPropagated) this.#steps.take(name, () => this.#set(name, true));
      if (deletedMs === null || !isHeld) continue;
      const isWithCopies = copies === "delete" && isPropagated;
      const namespace = onlyNamespace ?? "";
      this.#steps.take(name, () => this.#end(name, type, { deletedMs, isWithCopies, namespace }));
    }
  }

  async #end(
    name: string,
    type: FederatedType | undefined,
    {
      deletedMs,
      isWithCopies,
      namespace,
    }: { readonly deletedMs: number; readonly isWithCopies: boolean; readonly namespace: string },
  ): Promise<string | null> {
    const { clock, deletionWaitMs } = this.#options;
    try {
      const reason = type === undefined ? null : await this.#release(type, isWithCopies, namespace);
      if (reason !== null) return reason;
    } catch (error) {
      if (clock.wallMs() < deletedMs + deletionWaitMs) throw error;
      const waited = `it goes after ${deletionWaitMs / 1000} s, and federated objects keep their finalizer`;
      this.#tell(name, `${waited}: ${messageOf(error)}`);
    }
    return this.#set(name, false);
  }

  /** What keeps the FederatedTypeConfig; null = no object of the type is held any more. */
  async #release(
    { federatedType: { group, version, pluralName: plural } }: FederatedType,
    isWithCopies: boolean,
    namespace: string,
  ): Promise<string | null> {
    const resource = { group, version, plural };
    const held = await heldObjects(this.#options, resource, namespace);
    if (held.length === 0) return null;
    if (isWithCopies)
      return `${plural} wait until their copies are deleted; take fedns.io/copies-on-deletion off to leave the copies`;
    await release(held, this.#options);
    const left = await heldObjects(this.#options, resource, namespace);
    return left.length === 0
      ? null
      : `${plural} have changed while they were released; they are released again`;
  }

  async #set(name: string, isWanted: boolean): Promise<null> {
    const key = { resource: preferredResource(TYPE_CONFIGS), namespace: this.#options.namespace, name };
    await setFinalizer(this.#options, key, TYPE_FINALIZER, isWanted);
    return null;
  }

  #tell(name: string, message: string): void {
    const { uid = "", deletedMs = null } = this.#states.get(name) ?? {};
    const reason = deletedMs === null ? "NotHeld" : "DeletionWaits";
    this.#options.events.tell({ kind: "FederatedTypeConfig", name, uid }, { reason, message });
  }
}
