/**
 * Waits until no controller propagates a type that was disabled.
 *
 * | the FederatedTypeConfig's status | someone who propagates | |
 * |---|---|---|
 * | NotRunning, for this generation | | done |
 * | anything else | none | done |
 * | of an earlier generation, or Running | KubeFed or fedns | waits, up to the limit |
 * | none at all | KubeFed or fedns | waits as long as these need to see the change |
 */
import { type Clock, pause } from "../../kernel/clock.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { lockHolder } from "../clusters/lock-holder.ts";
import { propagatorOf } from "../clusters/propagator.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepRefused } from "../clusters/step-error.ts";

const LOOK_EVERY_MS = 250;
const WAIT_MAX_MS = 10_000;
/** A watch shows a change within a second. */
const UNREPORTED_WAIT_MS = 3_000;

type LetGoOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  /** The FederatedTypeConfig. */
  readonly key: ObjectKey;
};

/** Throws an OperationalError when a controller still propagates the type after the limit. */
export async function untilLetGo(options: LetGoOptions): Promise<void> {
  const { runner, host, clock, signal, key } = options;
  const startMs = clock.nowMs();
  for (let isTold = false; !signal.aborted; isTold = true) {
    const object = await runner.read(host, "FederatedTypeConfig", key);
    const said = object === null ? "stopped" : controllerOf(object);
    if (said === "stopped") return;
    const holder = (await propagatorOf(options)) ?? (await lockHolder(options));
    if (holder === null) return;
    const limitMs = said === "unreported" ? UNREPORTED_WAIT_MS : WAIT_MAX_MS;
    if (clock.nowMs() - startMs >= limitMs) {
      if (said === "unreported") return;
      throw stepRefused(
        `${host.name}: FederatedTypeConfig ${key.namespace}/${key.name}`,
        `propagation is disabled, and ${holder} has not let go after ${limitMs / 1000} s; see its log, and run the command again`,
      );
    }
    if (!isTold) runner.note(`waiting until ${holder} lets go of ${key.name}, up to ${limitMs / 1000} s`);
    await pause(clock, LOOK_EVERY_MS, signal);
  }
}

function controllerOf({ metadata, status }: ApiObject): "stopped" | "running" | "unreported" {
  if (!isRecord(status) || status["propagationController"] === undefined) return "unreported";
  const isCurrent = Number(status["observedGeneration"]) >= (metadata.generation ?? 0);
  return isCurrent && status["propagationController"] === "NotRunning" ? "stopped" : "running";
}
