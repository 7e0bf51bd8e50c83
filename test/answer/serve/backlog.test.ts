/** The queue of connections that wait to be accepted: Node listens once more on a descriptor, and must not shorten it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LISTEN_BACKLOG } from "../../../src/kernel/native/socket.ts";
import { needs, run } from "../../support/programs.ts";
import { startRig } from "./stream-rig.ts";

test("a TCP socket keeps the backlog that it was opened with", needs("ss", "iproute2"), async (t) => {
  const { port } = startRig(t);
  const { out } = await run("ss", ["-Hltn", `sport = :${port}`]);
  assert.equal(out.trim().split(/\s+/)[2], String(LISTEN_BACKLOG), out);
});
