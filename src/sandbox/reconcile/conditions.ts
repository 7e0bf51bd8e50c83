/** Status conditions, and the times of their transitions. */
import { textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";

export type Condition = {
  readonly type: string;
  readonly isTrue: boolean;
  readonly reason: string;
  readonly message: string;
};

/** `conditions` in the form of a status. A condition keeps its transition time until its status changes. */
export function withTransitionTimes(
  conditions: readonly Condition[],
  before: readonly Json[],
  more: { readonly now: string; readonly observedGeneration?: number | undefined },
): readonly JsonObject[] {
  const { now, observedGeneration } = more;
  return conditions.map(({ type, isTrue, reason, message }) => {
    const status = isTrue ? "True" : "False";
    const old = before.find((one) => textAt(one, "type") === type);
    const isSame = old !== undefined && textAt(old, "status") === status;
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: isSame ? textAt(old, "lastTransitionTime") : now,
      ...(observedGeneration !== undefined && { observedGeneration }),
    };
  });
}
