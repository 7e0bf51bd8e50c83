/** One rule for all commands finds the configuration: the option, FEDNS_CONFIG, ./fedns.yaml, the sandbox of this folder. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeSession } from "./fake-session.ts";

/** Each folder below has its settings with a state directory of its name, so that an error says which was taken. */
const settings = (name: string): string =>
  `federations: [{ name: f, domain: example.com }]
nameservers: [{ name: ns.example.net }]
stateDirectory: /nowhere/${name}
listen: [{ address: 127.0.0.9, port: 9 }]
`;

/** Whatever talks to a running fedns over its admin socket. */
const COMMANDS = [
  "status",
  "reload",
  "restart",
  "drain us-west",
  "undrain us-west",
  "force up us-west",
  "forget cluster us-west",
];

async function complaintOf(...args: readonly string[]): Promise<string> {
  const session = fakeSession();
  await main(args, session);
  return session.complained();
}

describe("the configuration of a command", () => {
  let folder = "";
  const home = process.cwd();
  const { FEDNS_CONFIG: given } = process.env;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "fedns-cli-"));
    for (const name of ["both/.sandbox", "box/.sandbox", "none", "named"])
      mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "both/fedns.yaml"), settings("here"));
    writeFileSync(join(folder, "both/.sandbox/fedns.yaml"), settings("sandbox"));
    writeFileSync(join(folder, "box/.sandbox/fedns.yaml"), settings("sandbox"));
    writeFileSync(join(folder, "named/fedns.yaml"), settings("named"));
  });
  after(async () => {
    process.chdir(home);
    if (given === undefined) delete process.env["FEDNS_CONFIG"];
    else process.env["FEDNS_CONFIG"] = given;
    await rm(folder, { recursive: true });
  });

  for (const command of COMMANDS)
    it(`is found by the rule: fedns ${command}`, async () => {
      const words = command.split(" ");
      const named = join(folder, "named/fedns.yaml");
      delete process.env["FEDNS_CONFIG"];
      process.chdir(join(folder, "both"));
      assert.match(
        await complaintOf(...words),
        /no running fedns responds on \/nowhere\/here\/admin\.sock: .*--config FILE or FEDNS_CONFIG=FILE names another/,
      );
      process.chdir(join(folder, "box"));
      assert.match(await complaintOf(...words), /\/nowhere\/sandbox\/admin\.sock/);
      process.chdir(join(folder, "none"));
      assert.match(
        await complaintOf(...words),
        /^fedns: there is no configuration: \.\/fedns\.yaml and \.\/\.sandbox\/fedns\.yaml are not here; name it with --config FILE or FEDNS_CONFIG=FILE\n$/,
      );
      process.env["FEDNS_CONFIG"] = named;
      assert.match(await complaintOf(...words), /\/nowhere\/named\/admin\.sock/);
      process.chdir(join(folder, "both"));
      assert.match(await complaintOf(...words), /\/nowhere\/named\/admin\.sock/);
      assert.match(
        await complaintOf(...words, "-c", ".sandbox/fedns.yaml"),
        /\/nowhere\/sandbox\/admin\.sock/,
      );
    });

  it("names the server that ask and explain query", async () => {
    process.chdir(join(folder, "none"));
    process.env["FEDNS_CONFIG"] = join(folder, "named/fedns.yaml");
    for (const command of ["ask", "explain"])
      assert.match(
        await complaintOf(command, "example.com", "--timeout", "1"),
        /127\.0\.0\.9:9 .*; it is in .*named\/fedns\.yaml, by FEDNS_CONFIG; --server, --config or FEDNS_CONFIG names another server\n$/,
      );
  });

  it("is never that of the sandbox for fedns serve", async () => {
    delete process.env["FEDNS_CONFIG"];
    process.chdir(join(folder, "box"));
    assert.match(
      await complaintOf("serve"),
      /^fedns: there is no configuration: \.\/fedns\.yaml is not here; /,
    );
  });

  it("is named by the rule in the help of each", async () => {
    for (const command of [...COMMANDS, "ask", "explain", "why", "stub", "check", "delegation"]) {
      const session = fakeSession();
      await main([...command.split(" ").slice(0, command.startsWith("forget") ? 2 : 1), "--help"], session);
      assert.match(
        session.printed(),
        /\$FEDNS_CONFIG,\s+\.\/fedns\.yaml,\s+\.\/\.sandbox\/fedns\.yaml/,
        command,
      );
    }
  });
});
