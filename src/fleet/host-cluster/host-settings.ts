/** KubeFed's settings in the host, as last read: how members are probed, and which types are federated. */
import {
  type HealthSettings,
  type KubeFedPropagation,
  parseKubeFedConfig,
  STANDARD_HEALTH,
  STANDARD_PROPAGATION,
} from "../host-objects/kubefed-config.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import { CONFIG_NAME } from "../host-objects/host-types.ts";
import { type FederatedType, parseFederatedTypeConfig } from "../host-objects/type-config.ts";
import { readTypeState, type TypeState } from "../host-objects/type-state.ts";

export class HostSettings {
  #health: HealthSettings = STANDARD_HEALTH;
  #propagation: KubeFedPropagation = STANDARD_PROPAGATION;
  #configProblems: readonly HostProblem[] = [];
  /** As last usable. */
  readonly #types = new Map<string, FederatedType>();
  readonly #typeStates = new Map<string, TypeState>();
  readonly #typeProblems = new Map<string, readonly HostProblem[]>();

  /** KubeFed's defaults while there is no KubeFedConfig. */
  get health(): HealthSettings {
    return this.#health;
  }

  get propagation(): KubeFedPropagation {
    return this.#propagation;
  }

  /** The types of the FederatedTypeConfigs that the host has. One that becomes unusable stays as it was. */
  get types(): readonly FederatedType[] {
    return [...this.#types.values()];
  }

  /** Of the FederatedTypeConfigs that the host has, usable or not. */
  get typeStates(): ReadonlyMap<string, TypeState> {
    return this.#typeStates;
  }

  get problems(): readonly HostProblem[] {
    return [...this.#configProblems, ...[...this.#typeProblems.values()].flat()];
  }

  /** Undefined: the object is gone. */
  setConfig(name: string, object: unknown): void {
    if (name !== CONFIG_NAME) return;
    const read = object === undefined ? null : parseKubeFedConfig(object);
    this.#health = read?.health ?? STANDARD_HEALTH;
    this.#propagation = read?.propagation ?? STANDARD_PROPAGATION;
    this.#configProblems = read?.problems ?? [];
  }

  /** Undefined: the object is gone. */
  setTypeConfig(name: string, object: unknown): void {
    const read = object === undefined ? null : parseFederatedTypeConfig(object);
    const state = object === undefined ? null : readTypeState(name, object);
    if (state === null) this.#typeStates.delete(name);
    else this.#typeStates.set(name, state);
    if (read === null) this.#types.delete(name);
    else if (read.value !== null) this.#types.set(name, read.value);
    const ofState = state?.problem ?? null;
    const problems = [...(read?.problems ?? []), ...(ofState === null ? [] : [ofState])];
    if (problems.length === 0) this.#typeProblems.delete(name);
    else this.#typeProblems.set(name, problems);
  }
}
