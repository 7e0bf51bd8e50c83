/** Reflector without faults: what it tells, what it keeps, what it asks the server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { until } from "../support/until.ts";
import { isWatching, seesTruth, service, SERVICES, watchServer } from "./watched-server.ts";

describe("Reflector", { timeout: 20_000 }, () => {
  it("lists, then follows additions, changes and deletions", async (t) => {
    const watched = await watchServer(t, { prepare: (server) => server.put(SERVICES, service("a", "red")) });
    await isWatching(watched);
    await seesTruth(watched);
    watched.server.put(SERVICES, service("b", "blue"));
    watched.server.put(SERVICES, service("a", "green"));
    watched.server.remove(SERVICES, "demo/b");
    await until("all events arrived", () => watched.told.length === 4);
    await seesTruth(watched);
    assert.deepEqual(watched.told, ["a", "b", "a", "b"]);
    assert.equal(watched.syncs(), 1);
  });
});
