/** `fedns status`: asks a running server for its page or its JSON. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeSession } from "./fake-session.ts";
import { startFakeServer } from "./fake-server.ts";

const STATUS = { version: "0.1.0", startedAt: "2026-01-01T00:00:00.000Z", ready: true, reasons: [] };

describe("fedns status", () => {
  it("asks the running server, and prints the page or the JSON", async (t) => {
    const server = await startFakeServer(t);
    server.status = STATUS;
    const [text, json] = [fakeSession(), fakeSession()];
    assert.equal(await main(["status", "--socket", server.path], text), 0);
    assert.match(text.printed(), /^fedns 0\.1\.0 is ready/);
    assert.equal(await main(["status", "--json", "--socket", server.path], json), 0);
    assert.deepEqual(JSON.parse(json.printed()), STATUS);
  });

  it("returns 1 when there is no reply", async (t) => {
    const server = await startFakeServer(t);
    await server.stop();
    const session = fakeSession();
    assert.equal(await main(["status", "--socket", server.path], session), 1);
    assert.match(session.complained(), /^fedns: no running fedns responds on .*: there is no such socket; /);
  });
});
