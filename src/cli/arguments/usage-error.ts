/** Arguments that do not fit together, which Commander does not see: they end with the exit code of wrong usage, before anything is read. */
import { OperationalError } from "../../kernel/error.ts";

/** `sentence`: what is wrong, with the cure. */
export function usageError(sentence: string): OperationalError {
  return new OperationalError("USAGE", sentence);
}
