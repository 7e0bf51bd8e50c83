/** The Dockerfile, as far as reading it can tell: its base images, its user, and process 1. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FOLDER } from "./manifests.ts";

type Instruction = { readonly name: string; readonly rest: string };

const INSTRUCTIONS = /^(ARG|CMD|COPY|ENTRYPOINT|EXPOSE|FROM|RUN|USER|VOLUME|WORKDIR) (.+)$/;

/** Comments and empty lines left out. Throws at what is no instruction. */
function instructionsOf(text: string): readonly Instruction[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = assert.fail(line), rest = ""] = INSTRUCTIONS.exec(line) ?? [];
      return { name, rest };
    });
}

const instructions = instructionsOf(readFileSync(join(FOLDER, "Dockerfile"), "utf8"));
const all = (name: string): readonly string[] =>
  instructions.filter((one) => one.name === name).map(({ rest }) => rest);
/** Of the stage that becomes the image. */
const last = (name: string): string => all(name).at(-1) ?? assert.fail(name);

describe("the image", () => {
  it("is made of base images whose digests may be given", () => {
    const before = instructions.slice(
      0,
      instructions.findIndex(({ name }) => name === "FROM"),
    );
    const given = before.map(({ name, rest }) => `${name} ${rest}`);
    assert.deepEqual(given, ['ARG BUILD_DIGEST=""', 'ARG RUN_DIGEST=""'], "FROM sees no others");
    const bases = all("FROM").map((rest) => /^(\S+?)\$\{(\w+):\+@\$\{(\w+)\}\}( AS \w+)?$/.exec(rest));
    assert.deepEqual(
      bases.map((base) => base?.slice(2, 4)),
      [
        ["BUILD_DIGEST", "BUILD_DIGEST"],
        ["RUN_DIGEST", "RUN_DIGEST"],
      ],
    );
    for (const base of bases) assert.match(base?.[1] ?? "", /^[^@]+:[^@:]+$/, "a tag says what it is");
  });

  it("has a process 1 that waits for orphans, and that gives signals to fedns", () => {
    const [init, dashes, ...program] = JSON.parse(last("ENTRYPOINT")) as string[];
    assert.equal(dashes, "--");
    assert.deepEqual(program, ["/nodejs/bin/node", "dist/src/cli/fedns.js"]);
    assert.ok(
      all("COPY").some((rest) => rest === `--from=build /usr/bin/tini-static ${init}`),
      "static, since the image may have no libraries for it",
    );
    assert.ok(all("RUN").some((rest) => /apt-get install .*\btini\b/.test(rest)));
  });

  it("runs as a user that is a number, as runAsNonRoot wants it, and needs no ports below 1024", () => {
    assert.match(last("USER"), /^[1-9]\d*:[1-9]\d*$/);
    for (const port of last("EXPOSE").split(" ")) assert.ok(Number.parseInt(port) > 1023, port);
    const user = instructions.findLastIndex(({ name }) => name === "USER");
    assert.ok(user > instructions.findLastIndex(({ name }) => name === "RUN"), "nothing is run after it");
  });
});
