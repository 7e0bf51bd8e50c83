/** Kubeconfigs that want more than requests to a server: commands, files of others, headers of their own, and no end. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folder, load, refused, type Settings, writeKubeconfig, writeScript } from "./kubeconfig-folder.ts";

const V1 = "client.authentication.k8s.io/v1";
const cluster = { server: "https://127.0.0.1:1" };

/** A command that leaves a mark when it runs. */
function trap(directory: string): { readonly command: string; readonly hasRun: () => boolean } {
  const mark = join(directory, "mark");
  const token = JSON.stringify({ apiVersion: V1, kind: "ExecCredential", status: { token: "t" } });
  const command = writeScript(directory, "trap", `touch ${mark}\necho '${token}'`);
  return { command, hasRun: () => existsSync(mark) };
}

describe("a kubeconfig runs no command", { timeout: 30_000 }, () => {
  it("by exec, and the error has the setting to paste", async (t) => {
    const directory = folder(t);
    const { command, hasRun } = trap(directory);
    const exec = { apiVersion: V1, command };
    await refused(
      writeKubeconfig(directory, cluster, { exec }),
      "KUBE_NOT_ALLOWED",
      /^context it of .*: it runs the command .*\/trap, which is not allowed; if you trust who writes it, /,
      new RegExp(`allow that in the settings: kubeconfigs: { commands: \\[${command}\\] }$`),
    );
    assert.equal(hasRun(), false);
  });

  it("of a cloud by its name either, and what is allowed already stays in the setting", async (t) => {
    const path = writeKubeconfig(folder(t), cluster, { exec: { apiVersion: V1, command: "aws" } });
    await refused(path, "KUBE_NOT_ALLOWED", /kubeconfigs: { commands: \[aws\] }$/);
    await assert.rejects(load(path, "it", { commands: ["kubelogin"], folders: ["/etc/ssl/corp"] }), {
      message: /kubeconfigs: { commands: \[kubelogin, aws\], folders: \[\/etc\/ssl\/corp\] }$/,
    });
    assert.equal((await load(path, "it", { commands: ["aws"] })).server.port, "1");
  });

  it("by the path of an allowed name, or by a name that only looks like it", async (t) => {
    for (const command of ["/tmp/aws", "./aws", "aws ", "AWS", "aws\n"]) {
      const path = writeKubeconfig(folder(t), cluster, { exec: { apiVersion: V1, command } });
      await assert.rejects(load(path, "it", { commands: ["aws"] }), { code: "KUBE_NOT_ALLOWED" });
    }
  });

  it("by an auth-provider with a command line, a token file or an exec section", async (t) => {
    const directory = folder(t);
    const { command, hasRun } = trap(directory);
    writeFileSync(join(directory, "secret"), "hunter2");
    const oidc = (config: Settings): Settings => ({ "auth-provider": { name: "oidc", config } });
    for (const name of ["gcp", "azure", "exec", "", "OIDC"])
      await refused(
        writeKubeconfig(directory, cluster, { "auth-provider": { name, config: { "cmd-path": command } } }),
        "KUBE_CONFIG",
        /the auth-provider .*is not supported, as with kubectl/,
      );
    const config = { exec: { command }, "cmd-path": command, tokenFile: join(directory, "secret") };
    const path = writeKubeconfig(directory, cluster, oidc(config));
    await refused(path, "KUBE_NOT_ALLOWED", /kubeconfigs: { authProviders: \[oidc\] }$/);
    const credentials = await load(path, "it", { authProviders: ["oidc"] });
    assert.deepEqual((await credentials.authenticate()).headers, []);
    assert.equal(hasRun(), false);
  });

  it("because another of its contexts does: that one is not looked at", async (t) => {
    const path = join(folder(t), "kubeconfig");
    const users = [
      { name: "me", user: { token: "t" } },
      { name: "evil", user: { exec: { command: "x" }, tokenFile: "/dev/zero" } },
    ];
    const contexts = ["me", "evil"].map((user) => ({ name: user, context: { cluster: "c", user } }));
    writeFileSync(path, JSON.stringify({ clusters: [{ name: "c", cluster }], users, contexts }));
    assert.equal((await load(path, "me")).server.port, "1");
    await assert.rejects(load(path, "evil"), { code: "KUBE_NOT_ALLOWED" });
  });
});

describe("a kubeconfig reads no file of others", { timeout: 30_000 }, () => {
  it("by its path, by .. or by a link, whichever field names it", async (t) => {
    const [directory, other] = [folder(t), folder(t)];
    writeFileSync(join(other, "secret"), "hunter2");
    symlinkSync(join(other, "secret"), join(directory, "link"));
    symlinkSync(other, join(directory, "inner"));
    const names = [join(other, "secret"), `../${other.split("/").at(-1)}/secret`, "link", "inner/secret"];
    for (const name of names) {
      const users = [{ tokenFile: name }, { "client-certificate": name }, { "client-key": name }];
      const paths = [
        ...users.map((user) => [cluster, user] as const),
        [{ ...cluster, "certificate-authority": name }, {}] as const,
      ];
      for (const [own, user] of paths)
        await refused(
          writeKubeconfig(directory, own, user),
          "KUBE_NOT_ALLOWED",
          new RegExp(`it reads files in ${other}, which is not allowed; .*{ folders: \\[${other}\\] }$`),
        );
      const credentials = await load(writeKubeconfig(directory, cluster, { tokenFile: name }), "it", {
        folders: [other],
      });
      assert.deepEqual((await credentials.authenticate()).headers, ["authorization", "Bearer hunter2"]);
    }
  });

  it("and does not learn whether it exists", async (t) => {
    const other = folder(t);
    writeFileSync(join(other, "there"), "x");
    const says = (name: string): Promise<string> =>
      refused(writeKubeconfig(folder(t), cluster, { tokenFile: join(other, name) }), "KUBE_NOT_ALLOWED");
    const [there, missing] = [await says("there"), await says("missing")];
    assert.equal(there.replace(/context it of \S+/, ""), missing.replace(/context it of \S+/, ""));
  });

  it("when a token is read again, after a link was turned around", async (t) => {
    const [directory, other] = [folder(t), folder(t)];
    writeFileSync(join(other, "secret"), "hunter2");
    writeFileSync(join(directory, "own"), "mine");
    symlinkSync("own", join(directory, "token"));
    const credentials = await load(writeKubeconfig(directory, cluster, { tokenFile: "token" }));
    symlinkSync(join(other, "secret"), join(directory, "turned"));
    renameSync(join(directory, "turned"), join(directory, "token"));
    await assert.rejects(credentials.renew(), /not allowed/);
    assert.deepEqual((await credentials.authenticate()).headers, ["authorization", "Bearer mine"]);
  });

  it("while a mounted Secret works, whose files are links within the folder", async (t) => {
    const directory = folder(t);
    mkdirSync(join(directory, "..2026"));
    writeFileSync(join(directory, "..2026", "token"), "mounted");
    symlinkSync("..2026", join(directory, "..data"));
    symlinkSync("..data/token", join(directory, "token"));
    const credentials = await load(writeKubeconfig(directory, cluster, { tokenFile: "token" }));
    assert.deepEqual((await credentials.authenticate()).headers, ["authorization", "Bearer mounted"]);
  });

  it("and everything that it asks for is in one error", async (t) => {
    const [one, two] = [folder(t), folder(t)];
    const own = { ...cluster, "certificate-authority": join(one, "ca") };
    const user = { exec: { apiVersion: V1, command: "aws" }, "client-key": join(two, "key") };
    const path = writeKubeconfig(folder(t), own, user);
    await refused(
      path,
      "KUBE_NOT_ALLOWED",
      new RegExp(`{ commands: \\[aws\\], folders: \\[${one}, ${two}\\] }$`),
    );
  });
});

describe("a kubeconfig does not hold fedns up", { timeout: 30_000 }, () => {
  const odd: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ["a pipe", (path) => execFileSync("mkfifo", [path]), /is not a regular file/],
    ["a folder", (path) => mkdirSync(path), /it is a directory/],
    ["a link to itself", (path) => symlinkSync(path, path), /links lead in a circle/],
    ["too large", (path) => writeFileSync(path, "x".repeat(1024 * 1024 + 1)), /more than 1048576 octets/],
  ];
  for (const [what, make, sentence] of odd) {
    it(`by a token file that is ${what}`, async (t) => {
      const directory = folder(t);
      make(join(directory, "token"));
      await refused(writeKubeconfig(directory, cluster, { tokenFile: "token" }), "KUBE_CONFIG", sentence);
    });
    it(`when it is itself ${what}`, async (t) => {
      const path = join(folder(t), "kubeconfig");
      make(path);
      await refused(path, "KUBE_CONFIG", sentence);
    });
  }

  it("by a device, even in a folder that is allowed", async (t) => {
    const path = writeKubeconfig(folder(t), cluster, { tokenFile: "/dev/zero" });
    await assert.rejects(load(path, "it", { folders: ["/dev"] }), /is not a regular file/);
  });

  const bombs: readonly (readonly [string, string])[] = [
    ["quotes", '"'.repeat(1024 * 1024)],
    ["brackets", "[".repeat(1024 * 1024)],
    ["questions", "? ".repeat(512 * 1024)],
    [
      "aliases",
      ["a0: &a0 [x]", ...Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)].join(
        "\n",
      ),
    ],
    ["an alias of itself", "a: &a [*a]"],
    ["a tag that is code", "a: !!js/function 'function () { process.exit(9) }'"],
  ];
  for (const [what, text] of bombs)
    it(`by ${what}`, async (t) => {
      const path = join(folder(t), "kubeconfig");
      writeFileSync(path, text);
      await refused(path, "KUBE_CONFIG", /is not YAML|more YAML aliases/);
    });

  it("nor does it change what other objects have", async (t) => {
    const path = join(folder(t), "kubeconfig");
    const user = '{"token": "t", "__proto__": {"exec": {"command": "x"}, "as": "root"}}';
    const text = `{"__proto__": {"x": 1}, "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1", "__proto__": {"insecure-skip-tls-verify": true}}}], "users": [{"name": "u", "user": ${user}}], "contexts": [{"name": "it", "context": {"cluster": "c", "user": "u"}}], "current-context": "it"}`;
    writeFileSync(path, text);
    const credentials = await load(path);
    assert.deepEqual((await credentials.authenticate()).headers, ["authorization", "Bearer t"]);
    assert.equal(credentials.tls.rejectUnauthorized, true);
    assert.equal(Reflect.get({}, "x"), undefined);
  });

  it("by a NUL character in a name", async (t) => {
    const user = { tokenFile: "a\0b" };
    await assert.rejects(load(writeKubeconfig(folder(t), cluster, user)), {
      code: /KUBE_CONFIG|KUBE_NOT_ALLOWED/,
    });
    const exec = { apiVersion: V1, command: "aws", args: ["a\0b"] };
    await refused(writeKubeconfig(folder(t), cluster, { exec }), "KUBE_EXEC", /has a NUL character/);
  });
});
