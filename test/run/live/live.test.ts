/**
 * Settings that change while fedns runs and answers a steady stream of queries: each comes into force, no query is lost, and
 * none fails.
 */
import assert from "node:assert/strict";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { DEFAULTS } from "../../support/fedns.ts";
import { run, suiteScope } from "../../support/programs.ts";
import { addresses, HELLO_ADDRESSES } from "../supervise/whole.ts";
import { CHANGES } from "./changes.ts";
import { Rig } from "./rig.ts";

const ENTRY = join(import.meta.dirname, "..", "..", "..", "src", "cli", "fedns.ts");

const scope = suiteScope();
let rig: Rig;
before(async () => {
  rig = await Rig.start(scope);
});

describe("a changed setting comes into force while queries are answered", () => {
  for (const [claim, changed, isInForce] of CHANGES)
    it(claim, async () => {
      assert.equal(await isInForce(rig), false, "it was so before");
      await rig.write(changed(rig));
      await rig.becomes(claim, () => isInForce(rig));
      assert.equal((await rig.fedns.page("/readyz")).code, 200);
    });
});

describe("a file with an error", () => {
  it("changes nothing, keeps fedns ready, and is told in the reply, the log and the status until it is right", async () => {
    await writeFile(rig.file, rig.text({ ttl: 5, maxAnswers: 1 }));
    const sentence = /fedns\.yaml:1:\d+: ttl: is not a setting; did you mean ttlSeconds\?/;
    await rig.becomes("the error is reported", async () =>
      sentence.test((await rig.fedns.status()).settings.problems.join()),
    );
    const { ready, settings: report } = await rig.fedns.status();
    assert.equal(ready, true);
    assert.ok(Date.parse(report.problemsSince) > Date.parse(report.inForceSince));
    assert.equal((await rig.fedns.page("/readyz")).code, 200);
    assert.match(await rig.fedns.metrics(), /^fedns_settings_problems\{process="supervisor"\} 1$/m);
    const reply = await rig.fedns.command({ command: "reload" });
    assert.equal(reply.ok, false);
    assert.match(reply.error, sentence);
    const line = rig.fedns.log.find(({ msg }) => msg.startsWith("the configuration file has an error"));
    assert.match(String(line?.["problems"]), sentence);
    const status = await run(process.execPath, [ENTRY, "status", "--config", rig.file]);
    assert.match(
      status.out,
      /^settings: the file has an error since \S+ UTC; those of \S+ UTC are in force\n/m,
    );
    assert.match(status.out, sentence);
    assert.deepEqual(await addresses(await UdpClient.open(scope, rig.fedns)), HELLO_ADDRESSES);
    await rig.write({});
    await rig.becomes(
      "the error is gone",
      async () => (await rig.fedns.status()).settings.problems.length === 0,
    );
  });
});

describe("the settings are read at once", () => {
  it("by fedns reload, which returns when they are in force and names what needs a restart", async () => {
    await rig.write({ identity: { version: "by-reload" }, listen: [{ address: "127.0.0.1", port: 1 }] });
    const { code, out, err } = await run(process.execPath, [ENTRY, "reload", "--config", rig.file]);
    assert.equal(code, 0, err);
    assert.match(
      out,
      /^settings: those of \S+ are in force; .*: .*identity\.version\n {2}listen: needs a restart of fedns; /,
    );
    assert.equal(await rig.version(), '"by-reload"');
    assert.deepEqual((await rig.fedns.status()).settings.needRestart, ["listen"]);
    await rig.write({ listen: DEFAULTS["listen"] });
    assert.deepEqual((await rig.fedns.command({ command: "reload" })).settings.needRestart, []);
  });

  it("on SIGHUP", async () => {
    await rig.write({ identity: { version: "on-SIGHUP" } });
    rig.fedns.signal("SIGHUP");
    await rig.becomes("the version", async () => (await rig.version()) === '"on-SIGHUP"');
  });

  it("when a mounted ConfigMap is swapped", async () => {
    const { directory, file } = rig;
    const swap = async (folder: string, named: string): Promise<void> => {
      await mkdir(join(directory, folder));
      const text = rig.text({ identity: { version: named } });
      await writeFile(join(directory, folder, "fedns.yaml"), text);
      await symlink(folder, join(directory, "..data_tmp"));
      await rename(join(directory, "..data_tmp"), join(directory, "..data"));
    };
    await swap("..2026_1", "the-first");
    await symlink("..data/fedns.yaml", join(directory, "link"));
    await rename(join(directory, "link"), file);
    await rig.becomes("the version of the link", async () => (await rig.version()) === '"the-first"');
    await swap("..2026_2", "the-second");
    await rig.becomes("the version after the swap", async () => (await rig.version()) === '"the-second"');
  });
});

describe("all the while", () => {
  it("no query was lost, and none failed", async (t) => {
    assert.equal(await rig.load.finish(), 0, "queries without an answer");
    assert.deepEqual(Object.keys(rig.load.rcodes), ["0"]);
    t.diagnostic(`${rig.load.answered()} queries, the slowest ${Math.round(rig.load.slowestMs())} ms`);
  });
});
