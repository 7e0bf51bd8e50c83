/** Something wrong with a delegation, and its cure. */

/** An error makes some resolvers fail; a warning costs time or redundancy. */
export type Finding = {
  readonly level: "error" | "warning";
  /** What is wrong. */
  readonly text: string;
  /** What to do about it. */
  readonly cure: string;
};

export function error(text: string, cure: string): Finding {
  return { level: "error", text, cure };
}

export function warning(text: string, cure: string): Finding {
  return { level: "warning", text, cure };
}
