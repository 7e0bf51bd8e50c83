/** Errors of the operating system in words: what, where, as whom, and the cure. No name of an error stands alone. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { main } from "../../src/cli/program.ts";
import { messageOf, reasonOf, systemSentence } from "../../src/kernel/error.ts";
import { folderProblem, makeFolder } from "../../src/kernel/native/folder.ts";
import { fakeSession } from "../cli/fake-session.ts";
import { temporaryFolder } from "../support/fedns.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

async function loopIn(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  writeFileSync(join(folder, "file"), "");
  return folder;
}

describe("an error of the operating system", () => {
  for (const code of "EACCES EPERM ENOENT EISDIR ENOTDIR EEXIST ELOOP ENAMETOOLONG ENOSPC EDQUOT EROFS EMFILE ENFILE EIO EADDRINUSE EADDRNOTAVAIL".split(
    " ",
  ))
    it(`has words: ${code}`, () => {
      assert.doesNotMatch(systemSentence(code), /\bE[A-Z]+\b/);
      assert.match(systemSentence(code, "/srv/x"), new RegExp(` \\(${code}: /srv/x\\)$`));
    });

  it("says as whom, where that matters", () => {
    const uid = process.getuid?.();
    assert.match(systemSentence("EACCES"), new RegExp(`^permission denied for .*uid ${uid}\\)?$`));
    assert.doesNotMatch(systemSentence("ENOENT"), /uid/);
  });

  it("names the file, unless the sentence around it does", async (t) => {
    const folder = await loopIn(t);
    const error = thrownBy(() => readFileSync(join(folder, "a")));
    assert.equal(messageOf(error), `its symbolic links lead in a circle (ELOOP: ${join(folder, "a")})`);
    assert.equal(reasonOf(error), "its symbolic links lead in a circle");
  });

  it("is no fault of fedns itself, in any command", async (t) => {
    const folder = await loopIn(t);
    const error = thrownBy(() => readdirSync(join(folder, "file")));
    const session = fakeSession({ runSupervisor: () => Promise.reject(error as Error) });
    const config = join(folder, "fedns.yaml");
    writeFileSync(
      config,
      "federations: [{ name: a, domain: example.com }]\nnameservers: [{ name: ns.example.net }]\n",
    );
    assert.equal(await main(["serve", "-c", config], session), 1);
    assert.equal(
      session.complained(),
      `fedns: cannot list ${join(folder, "file")}: it, or a part of its path, is no directory\n`,
    );
  });
});

describe("a folder", () => {
  it("is made with its parents, and found when it is there", async (t) => {
    const path = join(await temporaryFolder(t), "a", "b");
    assert.equal(folderProblem(path), null);
    makeFolder(path, 0o700);
    makeFolder(path, 0o700);
    assert.equal(folderProblem(path), null);
    assert.deepEqual(readdirSync(path), []);
  });

  it("that cannot be is refused with its reason, before and after it is tried", async (t) => {
    const folder = await loopIn(t);
    mkdirSync(join(folder, "denied"), { mode: 0o500 });
    for (const [path, problem] of [
      ["file", "it is a file and no directory"],
      ["file/x/y", `${join(folder, "file")}: it is a file and no directory`],
      ["a/x", `${join(folder, "a")}: its symbolic links lead in a circle`],
      // The recursive form of node:fs never returned.
      ["/proc/x/y", /^\/proc: /],
    ] as const) {
      const target = join(path.startsWith("/") ? "" : folder, path);
      const found = (thrownBy(() => makeFolder(target, 0o700)) as Error).message;
      assert.match(found, typeof problem === "string" ? new RegExp(`^${problem}$`) : problem);
      if (typeof problem === "string") assert.equal(folderProblem(target), problem);
    }
    if (process.getuid?.() === 0) return;
    assert.match(
      String(folderProblem(join(folder, "denied", "x"))),
      /denied: permission denied for user .* \(uid \d+\); it belongs to uid \d+ with mode 500: run fedns as its owner, or chown it$/,
    );
  });
});
