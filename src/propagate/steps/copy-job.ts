/** One copy of a federated object as work: what is wanted, what is known, and what the work needs. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { FieldContests } from "../apply/contests.ts";
import type { Adoption } from "../apply/decide.ts";
import type { CopyRequest } from "../apply/send-copy.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import type { MemberCopies } from "../copies/member-copies.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import type { TargetType } from "../render/render.ts";
import type { Wanted } from "./wanted.ts";

/** One copy: what is wanted of it, and what is known. */
export type CopySubject = {
  readonly row: number;
  readonly cluster: PlaceableCluster;
  readonly target: TargetType;
  readonly wanted: Wanted;
  readonly copies: MemberCopies;
};

/** One copy, with everything that its work needs. */
export type CopyJob = CopySubject & {
  readonly adoption: Adoption;
  /**
   * What is known of the member's copies of this type:
   *
   *   listed      | they have been read, and changes are seen
   *   not-listed  | they are being read for the first time
   *   not-seen    | the member does not answer
   *   refused     | it does not let us read them
   *   missing     | the kind was served, and is not now: copies may come back with it
   *   not-served  | the kind is not served, as far as was seen
   */
  readonly view: "listed" | "not-listed" | "not-seen" | "refused" | "missing" | "not-served";
  /** Why the view is "refused". */
  readonly viewError: string | null;
  readonly request: CopyRequest;
  /** The member is the host itself, whose own namespaces are no copies. Throws when that cannot be read. */
  readonly isHost: () => Promise<boolean>;
  /** The member has answered that it does not serve the kind. */
  readonly onNotServed: () => void;
  /** Other rows whose copies in the member go when this one is removed: those in a namespace. */
  readonly takesAlong: () => readonly number[];
  /** What the copy needs first and the member does not have yet, as text; none = it may be made; null = not known yet. */
  readonly missing: (body: JsonRecord) => readonly string[] | null;
};

/** What all jobs share. */
export type CopyTools = {
  readonly ownership: Ownership;
  readonly fields: FieldsTable;
  readonly contests: FieldContests;
  readonly clock: Clock;
  /** The report about a copy has changed, or something was written. */
  readonly onReport: (row: number, hasWritten: boolean) => void;
};

/** Nothing more is to be done now. */
export const DONE: WorkResult = { next: "done", server: "not-asked", retryAfterMs: 0 };
