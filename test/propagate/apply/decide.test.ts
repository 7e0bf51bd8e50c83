import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CopyAction,
  decide,
  type LiveCopy,
  type WantedCopy,
} from "../../../src/propagate/apply/decide.ts";

type Present = Extract<LiveCopy, { readonly kind: "present" }>;

const OURS: Present = {
  kind: "present",
  owner: "us",
  isOptedOut: false,
  isAdopted: false,
  isDeleting: false,
  applied: "h1",
  isCovered: true,
  isSharedWithKubefed: false,
};
const KUBEFED: Present = { ...OURS, owner: "kubefed", applied: null, isCovered: false };
const FOREIGN: Present = { ...OURS, owner: "another-federation" };
const NOBODYS: Present = { ...OURS, owner: "nobody", applied: null, isCovered: false };
const GONE: LiveCopy = { kind: "absent" };
const UNSEEN: LiveCopy = { kind: "unknown" };

const HERE: WantedCopy = { kind: "present", hash: "h1", adoption: "always" };
const NOT_HERE: WantedCopy = { kind: "absent", orphan: null };

describe("a copy", () => {
  const table: readonly (readonly [string, WantedCopy, LiveCopy, CopyAction])[] = [
    ["that was never looked for is waited for", HERE, UNSEEN, { kind: "wait", for: "first-look" }],
    ["that was never looked for is not removed", NOT_HERE, UNSEEN, { kind: "wait", for: "first-look" }],
    ["that is missing is created", HERE, GONE, { kind: "create" }],
    ["that is as applied is left alone", HERE, OURS, { kind: "none" }],
    ["with other content is updated", { ...HERE, hash: "h2" }, OURS, { kind: "update", why: "content" }],
    ["without its label is updated", HERE, { ...OURS, applied: null }, { kind: "update", why: "content" }],
    [
      "that lost fields is updated",
      HERE,
      { ...OURS, isCovered: false },
      { kind: "update", why: "lost-fields" },
    ],
    [
      "that is being deleted is waited for",
      HERE,
      { ...OURS, isDeleting: true },
      { kind: "wait", for: "removal" },
    ],
    ["of KubeFed is taken over", HERE, KUBEFED, { kind: "take-over" }],
    [
      "that is still KubeFed's as well is taken over",
      HERE,
      { ...OURS, isSharedWithKubefed: true },
      { kind: "take-over" },
    ],
    ["of another federation is refused", HERE, FOREIGN, { kind: "refuse", status: "AlreadyExists" }],
    [
      "that its member opted out is refused",
      HERE,
      { ...OURS, isOptedOut: true },
      { kind: "refuse", status: "ManagedLabelFalse" },
    ],
    [
      "of nobody that is opted out is refused",
      HERE,
      { ...NOBODYS, isOptedOut: true },
      { kind: "refuse", status: "ManagedLabelFalse" },
    ],
    ["of nobody is adopted", HERE, NOBODYS, { kind: "adopt", onlyWithoutChange: false }],
    [
      "of nobody is adopted only without a change",
      { ...HERE, adoption: "if-no-diff" },
      NOBODYS,
      { kind: "adopt", onlyWithoutChange: true },
    ],
    [
      "of nobody is refused without adoption",
      { ...HERE, adoption: "never" },
      NOBODYS,
      { kind: "refuse", status: "AlreadyExists" },
    ],
    ["that is gone needs nothing more", NOT_HERE, GONE, { kind: "none" }],
    ["that is ours is removed", NOT_HERE, OURS, { kind: "remove" }],
    ["of KubeFed is removed", NOT_HERE, KUBEFED, { kind: "remove" }],
    [
      "that is ours is released when the object says so",
      { ...NOT_HERE, orphan: true },
      OURS,
      { kind: "release" },
    ],
    ["that was adopted is released", NOT_HERE, { ...OURS, isAdopted: true }, { kind: "release" }],
    [
      "that was adopted is removed when the object says so",
      { ...NOT_HERE, orphan: false },
      { ...OURS, isAdopted: true },
      { kind: "remove" },
    ],
    ["that is opted out is released", NOT_HERE, { ...OURS, isOptedOut: true }, { kind: "release" }],
    [
      "that is being removed is waited for",
      NOT_HERE,
      { ...OURS, isDeleting: true },
      { kind: "wait", for: "removal" },
    ],
    ["of nobody is not removed", NOT_HERE, NOBODYS, { kind: "none" }],
    ["of another federation is not removed", NOT_HERE, FOREIGN, { kind: "none" }],
  ];
  for (const [claim, wanted, live, expected] of table)
    it(claim, () => {
      assert.deepEqual(decide(wanted, live), expected);
    });
});
