/** `fedns reload`: what it prints of the reply, its exit codes, and that it finds a server whose file has an error. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeSession } from "./fake-session.ts";
import { startFakeServer } from "./fake-server.ts";

const SETTINGS = {
  file: "/etc/fedns/fedns.yaml",
  changed: [],
  lastChange: null,
  needRestart: [],
  problems: [],
};

async function reload(
  t: TestContext,
  reloaded: object,
): Promise<{ readonly code: number; readonly text: string }> {
  const server = await startFakeServer(t);
  server.reloaded = reloaded;
  const session = fakeSession();
  const code = await main(["reload", "--socket", server.path], session);
  return { code, text: session.printed() + session.complained() };
}

describe("fedns reload", () => {
  const cases: readonly (readonly [claim: string, reply: object, code: number, text: string])[] = [
    [
      "says that nothing has changed",
      { settings: SETTINGS, zones: { zones: 0, problems: [] } },
      0,
      "settings: those of /etc/fedns/fedns.yaml are in force; none has changed since the start\n",
    ],
    [
      "says what has changed by itself before",
      {
        settings: { ...SETTINGS, lastChange: { at: "2026-01-01T03:12:00.000Z", settings: ["ttlSeconds"] } },
        zones: { zones: 0, problems: [] },
      },
      0,
      "settings: those of /etc/fedns/fedns.yaml are in force; last changed at 03:12:00 UTC: ttlSeconds\n",
    ],
    [
      "names what is in force now, and what needs a restart",
      {
        settings: { ...SETTINGS, changed: ["ttlSeconds", "rateLimit.slip"], needRestart: ["listen"] },
        zones: { zones: 2, problems: ["a.zone:3: warning: odd"] },
      },
      0,
      `settings: those of /etc/fedns/fedns.yaml are in force; changed now: ttlSeconds, rateLimit.slip
  listen: needs a restart of fedns; the running value stays until then
zones: 2 from files
  a.zone:3: warning: odd
`,
    ],
    [
      "prints the errors of the configuration file, and fails",
      {
        ok: false,
        error: "the configuration file has an error",
        settings: { ...SETTINGS, problems: ["/etc/fedns/fedns.yaml:3:1: ttl: is not a setting"] },
        zones: null,
      },
      1,
      `settings: /etc/fedns/fedns.yaml has an error, and no setting has changed
  /etc/fedns/fedns.yaml:3:1: ttl: is not a setting
zones: the control process does not answer; fedns status shows them later
`,
    ],
    [
      "fails when a zone file has an error",
      { settings: SETTINGS, zones: { zones: 1, problems: ["a.zone:3: error: no SOA"] } },
      1,
      "settings: those of /etc/fedns/fedns.yaml are in force; none has changed since the start\nzones: 1 from files\n  a.zone:3: error: no SOA\n",
    ],
    [
      "lets no text from a file control the terminal",
      { settings: { ...SETTINGS, changed: ["a\u001b[2J"] }, zones: { zones: 0, problems: [] } },
      0,
      "settings: those of /etc/fedns/fedns.yaml are in force; changed now: a?[2J\n",
    ],
  ];
  for (const [claim, reply, code, text] of cases)
    it(claim, async (t) => {
      assert.deepEqual(await reload(t, reply), { code, text });
    });

  it("fails with the sentence of a server that refuses", async (t) => {
    const { code, text } = await reload(t, { ok: false, error: "no" });
    assert.deepEqual([code, text], [1, "fedns: the server refused: no\n"]);
  });
});

describe("a command for a running fedns", () => {
  it("finds it although its configuration file has an error by now", async (t) => {
    const server = await startFakeServer(t);
    server.reloaded = { settings: SETTINGS, zones: { zones: 0, problems: [] } };
    const folder = await mkdtemp(join(tmpdir(), "fedns-cli-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "fedns.yaml");
    await writeFile(file, `stateDirectory: ${dirname(server.path)}\nttl: 3\n  bad: [\n`);
    const session = fakeSession();
    assert.equal(await main(["reload", "--config", file], session), 0, session.complained());
  });

  it("names the errors of the file when none is running there", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "fedns-cli-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "fedns.yaml");
    await writeFile(file, "ttl: 3\n");
    const session = fakeSession();
    assert.equal(await main(["reload", "--config", file], session), 1);
    assert.match(session.complained(), /fedns\.yaml:1:1: ttl: is not a setting; did you mean ttlSeconds\?/);
  });
});
