/**
 * The status of each FederatedTypeConfig, in KubeFed's words:
 *
 *   the type                          | propagationController | statusController
 *   is propagated, and collects status| Running               | Running
 *   is propagated                     | Running               | NotRunning
 *   is not, or cannot be used         | NotRunning            | NotRunning
 *
 * A process writes it while it holds the lease, for the generation that it acts by.
 */
import type { TypeState } from "../../fleet/host-objects/type-state.ts";
import { TYPE_CONFIGS } from "../../fleet/host-objects/host-types.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { ChangedWrites } from "../../fleet/objects/changed-writes.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { Clock } from "../../kernel/clock.ts";

type TypeStatusesOptions = {
  /** Of the host. */
  readonly transport: Transport;
  /** That of the control plane. */
  readonly namespace: string;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

export class TypeStatuses {
  readonly #options: TypeStatusesOptions;
  readonly #writes: ChangedWrites;

  constructor(options: TypeStatusesOptions) {
    this.#options = options;
    this.#writes = new ChangedWrites(options.clock);
  }

  /** `types`: those that can be used; `states`: those that the host has. Writes what differs, and does not wait. */
  follow(types: readonly FederatedType[], states: ReadonlyMap<string, TypeState>): void {
    this.#writes.keepOnly(new Set(states.keys()));
    for (const [name, state] of states) {
      const type = types.find((one) => one.name === name);
      if (state.generation !== null) void this.#write(name, statusOf(type, state.generation), state);
    }
  }

  #write(name: string, status: TypeStatus, { status: stored }: TypeState): Promise<void> {
    const { transport, namespace, permit, signal } = this.#options;
    const resource = preferredResource(TYPE_CONFIGS);
    const key = { resource, namespace, name };
    const isThere = Object.entries(status).every(([field, value]) => stored[field] === value);
    const options = { permit, signal, subresource: "status", purpose: "status" } as const;
    return this.#writes.write(name, JSON.stringify(status), {
      isThere,
      plural: resource.plural,
      send: () => mergePatch(transport, key, { status }, options),
    });
  }
}

type TypeStatus = {
  readonly observedGeneration: number;
  readonly propagationController: "Running" | "NotRunning";
  readonly statusController: "Running" | "NotRunning";
};

/** `type` undefined: it cannot be used. */
function statusOf(type: FederatedType | undefined, observedGeneration: number): TypeStatus {
  const isRunning = type?.isPropagated === true;
  return {
    observedGeneration,
    propagationController: isRunning ? "Running" : "NotRunning",
    statusController: isRunning && type.collectsStatus ? "Running" : "NotRunning",
  };
}
