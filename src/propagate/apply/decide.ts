/**
 * What to do with one copy, from what is wanted and what the member has.
 *
 *   wanted  | in the member                       | to do
 *   any     | not known yet                       | wait
 *   present | nothing                             | create
 *   present | ours, as applied                    | nothing
 *   present | ours, other content or lost fields  | update
 *   present | ours, and still KubeFed's as well   | take over: an earlier attempt was cut off
 *   present | ours or KubeFed's, being deleted    | wait until it is gone, then create
 *   present | KubeFed's                           | take over
 *   present | of another federation               | refuse: AlreadyExists
 *   present | managed=false, an opt-out           | refuse: ManagedLabelFalse
 *   present | of nobody, adoption always          | adopt
 *   present | of nobody, adoption if-no-diff      | adopt if nothing would change
 *   present | of nobody, adoption never           | refuse: AlreadyExists
 *   absent  | nothing, or not ours                | nothing
 *   absent  | being deleted                       | wait until it is gone
 *   absent  | managed=false, an opt-out           | release: it stays, our labels go
 *   absent  | ours or KubeFed's, orphan           | release
 *   absent  | ours, adopted, orphan not said      | release: what was not made by us is not deleted by us
 *   absent  | ours or KubeFed's                   | remove, but a namespace of the host itself is released
 *
 * What a member has and the host does not know is in no row: nothing is deleted for that reason.
 */

/** Who manages a copy, by its labels. */
export type CopyOwner = "us" | "kubefed" | "another-federation" | "nobody";

export type LiveCopy =
  | { readonly kind: "unknown" }
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      readonly owner: CopyOwner;
      /** The label kubefed.io/managed: "false". */
      readonly isOptedOut: boolean;
      readonly isAdopted: boolean;
      readonly isDeleting: boolean;
      /** Hash of what was applied last, by its label; null = no label. */
      readonly applied: string | null;
      /** All that was applied is still ours: nobody else has written to these fields. */
      readonly isCovered: boolean;
      /** KubeFed is still among its owners. */
      readonly isSharedWithKubefed: boolean;
    };

export type Adoption = "always" | "if-no-diff" | "never";

export type WantedCopy =
  | { readonly kind: "present"; readonly hash: string; readonly adoption: Adoption }
  /** `orphan` null: not said. */
  | { readonly kind: "absent"; readonly orphan: boolean | null };

export type CopyAction =
  | { readonly kind: "none" }
  | { readonly kind: "wait"; readonly for: "first-look" | "removal" }
  | { readonly kind: "create" }
  | { readonly kind: "update"; readonly why: "content" | "lost-fields" }
  | { readonly kind: "take-over" }
  | { readonly kind: "adopt"; readonly onlyWithoutChange: boolean }
  | { readonly kind: "refuse"; readonly status: "AlreadyExists" | "ManagedLabelFalse" }
  | { readonly kind: "remove" }
  | { readonly kind: "release" };

export function decide(wanted: WantedCopy, live: LiveCopy): CopyAction {
  if (live.kind === "unknown") return { kind: "wait", for: "first-look" };
  return wanted.kind === "present" ? decidePresent(wanted, live) : decideAbsent(wanted.orphan, live);
}

type KnownCopy = Exclude<LiveCopy, { readonly kind: "unknown" }>;

function decidePresent(
  { hash, adoption }: Extract<WantedCopy, { readonly kind: "present" }>,
  live: KnownCopy,
): CopyAction {
  if (live.kind === "absent") return { kind: "create" };
  if (live.isOptedOut) return { kind: "refuse", status: "ManagedLabelFalse" };
  if (live.owner === "another-federation") return { kind: "refuse", status: "AlreadyExists" };
  if (live.isDeleting) return { kind: "wait", for: "removal" };
  switch (live.owner) {
    case "us":
      if (live.isSharedWithKubefed) return { kind: "take-over" };
      if (live.applied !== hash) return { kind: "update", why: "content" };
      return live.isCovered ? { kind: "none" } : { kind: "update", why: "lost-fields" };
    case "kubefed":
      return { kind: "take-over" };
    case "nobody":
      return adoption === "never"
        ? { kind: "refuse", status: "AlreadyExists" }
        : { kind: "adopt", onlyWithoutChange: adoption === "if-no-diff" };
  }
}

function decideAbsent(orphan: boolean | null, live: KnownCopy): CopyAction {
  if (live.kind === "absent" || live.owner === "nobody" || live.owner === "another-federation")
    return { kind: "none" };
  if (live.isDeleting) return { kind: "wait", for: "removal" };
  if (live.isOptedOut) return { kind: "release" };
  return (orphan ?? live.isAdopted) ? { kind: "release" } : { kind: "remove" };
}
