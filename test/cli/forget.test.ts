/** `fedns forget cluster` and `forget place`: their requests, its output, and its exit codes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { parseForget } from "../../src/run/forget/forget-request.ts";
import { type FakeServer, startFakeServer } from "./fake-server.ts";
import { fakeSession, type FakeSession } from "./fake-session.ts";

async function run(server: FakeServer, args: string): Promise<{ code: number; session: FakeSession }> {
  const session = fakeSession();
  return { code: await main([...args.split(" "), "--socket", server.path], session), session };
}

describe("fedns forget cluster", () => {
  it("sends what the server understands, and prints the reply", async (t) => {
    const server = await startFakeServer(t);
    server.reply = { text: "us-west is forgotten until it is read", left: [] };
    for (const [args, isDryRun, reason] of [
      ["forget cluster us-west", false, null],
      ["forget cluster us-west --dry-run --reason gone", true, "gone"],
    ] as const) {
      const { code, session } = await run(server, args);
      assert.deepEqual([code, session.printed()], [0, "us-west is forgotten until it is read\n"]);
      const sent = server.forgets.at(-1) as Record<string, unknown>;
      assert.ok("request" in parseForget(sent), "the server would not take it");
      const { by, ...rest } = sent;
      assert.deepEqual(rest, { what: "cluster", cluster: "us-west", isDryRun, reason });
      assert.ok(typeof by === "string" && by !== "");
    }
  });

  it("sends a place as the server understands it", async (t) => {
    const server = await startFakeServer(t);
    server.reply = { text: "us-west/a is forgotten", left: [] };
    const { code, session } = await run(server, "forget place us-west/a --dry-run");
    assert.deepEqual([code, session.printed()], [0, "us-west/a is forgotten\n"]);
    const sent = server.forgets.at(-1) as Record<string, unknown>;
    assert.ok("request" in parseForget(sent), "the server would not take it");
    const { by, ...rest } = sent;
    assert.ok(typeof by === "string");
    assert.deepEqual(rest, { what: "place", place: "us-west/a", isDryRun: true, reason: null });
  });

  it("prints a refusal, with code 1", async (t) => {
    const server = await startFakeServer(t);
    server.reply = { ok: false, error: "us-wst is not in the settings; did you mean us-west?", left: [] };
    const { code, session } = await run(server, "forget cluster us-wst");
    assert.equal(code, 1);
    assert.equal(session.complained(), "fedns: us-wst is not in the settings; did you mean us-west?\n");
  });

  for (const [args, sentence] of [
    ["forget cluster", /^fedns: missing required argument 'name'\n\(fedns forget cluster --help/],
    ["forget cluster US_WEST", /It must be the name of a cluster in the configuration\./],
    ["forget place", /^fedns: missing required argument 'region\[\/zone\]'/],
    ["forget place US-West", /It must be REGION or REGION\/ZONE, as in names: us-west\/a\./],
    ["forget place us-west/a/b", /It must be REGION or REGION\/ZONE/],
    ["forget planet mars", /^fedns: unknown command 'planet'\n[^]*\(fedns forget --help/],
    ["forget cluster a --quick", /^fedns: unknown option '--quick'/],
  ] as const)
    it(`with wrong usage returns 2: ${args}`, async (t) => {
      const { code, session } = await run(await startFakeServer(t), args);
      assert.equal(code, 2);
      assert.match(session.complained(), sentence);
    });

  it("without a subcommand shows how it is used, and its help has an example", async () => {
    const session = fakeSession();
    assert.equal(await main(["forget"], session), 2);
    assert.match(session.complained(), /^Usage: fedns forget /);
    assert.equal(await main(["forget", "cluster", "--help"], session), 0);
    assert.match(
      session.printed(),
      /^Usage: fedns forget cluster \[options\] <name>\n[^]*--dry-run[^]*Exit codes: 0 /,
    );
    assert.ok(
      session
        .printed()
        .split("\n")
        .every((line) => line.length <= 120),
    );
  });
});
