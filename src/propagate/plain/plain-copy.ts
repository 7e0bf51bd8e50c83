/** A copy of a plain object as its status in the host sees it, and what is said about all of them. */
import type { JsonRecord } from "../../kernel/json.ts";

export type PlainCopy = {
  readonly cluster: string;
  /** It is what the object asks for now, and nothing is to be done. */
  readonly isApplied: boolean;
  /** Why not; null = it is. */
  readonly problem: string | null;
  /** Its controller has seen it as it is. */
  readonly isObserved: boolean;
  /** {} = none is known. */
  readonly status: JsonRecord;
};

/** A condition without its times. */
export type ConditionFact = {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
};
