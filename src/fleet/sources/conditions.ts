/** Conditions in the status of an object: what its controller says of it. */
import { at, list, text } from "./raw.ts";

/** A condition, or "" in each field if it is missing. `status`: "True", "False" or "Unknown". */
type Condition = { readonly status: string; readonly reason: string; readonly message: string };

const MESSAGE_CHARACTERS_MAX = 160;

export function conditionOf(holder: unknown, type: string): Condition {
  const found = list(at(holder, "conditions")).find((one) => at(one, "type") === type);
  return {
    status: text(at(found, "status")),
    reason: text(at(found, "reason")).slice(0, 64),
    message: text(at(found, "message")).slice(0, MESSAGE_CHARACTERS_MAX).trim(),
  };
}

/** The status of a condition alone. */
export function condition(holder: unknown, type: string): string {
  return conditionOf(holder, type).status;
}

/** "Programmed is False (Pending: no address yet)", of the first of `types` that is not True; "" = all are. */
export function troubleIn(holder: unknown, types: readonly string[]): string {
  for (const type of types) {
    const { status, ...said } = conditionOf(holder, type);
    if (status === "True") continue;
    return status === ""
      ? `its controller has not said whether it is ${type}`
      : `${type} is ${status}${inBrackets(said)}`;
  }
  return "";
}

export function inBrackets({ reason, message }: Omit<Condition, "status">): string {
  const words = [reason, message].filter((word) => word !== "").join(": ");
  return words === "" ? "" : ` (${words})`;
}
