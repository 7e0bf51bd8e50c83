/** Which kinds of plain objects a host may have. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PLAIN_KINDS, plainKinds } from "../../../src/propagate/plain/plain-kinds.ts";

const ALL = PLAIN_KINDS.length;
const NOT_RUN = PLAIN_KINDS.filter(({ isRun }) => !isRun).length;

describe("plain kinds of a host", () => {
  for (const [mode, isMember, hasNodes, count, refusal] of [
    ["disabled", false, false, 0, null],
    ["disabled", true, true, 0, null],
    ["enabled", null, false, 0, /not known yet whether the host is a member/],
    ["enabled", true, false, 0, /is a member of the federation.*use federated objects/],
    ["forced", true, false, 0, /is a member of the federation/],
    ["enabled", false, true, NOT_RUN, /Deployments, .*the host has nodes.*federationV1: forced/],
    ["enabled", false, null, NOT_RUN, /not known whether the host has nodes.*federation-v1\.yaml/],
    ["enabled", false, false, ALL, null],
    ["forced", false, true, ALL, null],
    ["forced", false, null, ALL, null],
  ] as const)
    it(`${mode}, member ${isMember}, nodes ${hasNodes}: ${count} kinds`, () => {
      const { kinds, refusal: said } = plainKinds(mode, { isMember, hasNodes });
      assert.equal(kinds.length, count);
      if (refusal === null) assert.equal(said, null);
      else assert.match(said ?? "", refusal);
    });
});
