/** Exec plug-ins that are allowed: which file runs, what it knows, and what is left when it ends. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import { type PluginTerms, runExec } from "../../../src/fleet/plugins/exec-plugin.ts";
import { type ExecSpec, parseExecSpec } from "../../../src/fleet/plugins/plugin-spec.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { folder, writeScript } from "../credentials/kubeconfig-folder.ts";

const V1 = "client.authentication.k8s.io/v1";

function printing(status: unknown): string {
  return `echo '${JSON.stringify({ apiVersion: V1, kind: "ExecCredential", status })}'`;
}

function specOf(exec: object): ExecSpec {
  return parseExecSpec({ apiVersion: V1, ...exec }, "/", null);
}

function termsOf(commands: PluginTerms["commands"], more: Partial<PluginTerms> = {}): PluginTerms {
  return {
    commands,
    env: { PATH: "/usr/bin:/bin" },
    onComplaint: () => undefined,
    clock: systemClock,
    ...more,
  };
}

function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("the command of a plug-in", { timeout: 30_000 }, () => {
  it("is found with the PATH of fedns, not with one of the kubeconfig", async (t) => {
    const [ours, theirs] = [folder(t), folder(t)];
    writeScript(ours, "aws", printing({ token: "ours" }));
    writeScript(theirs, "aws", printing({ token: "theirs" }));
    const env = { PATH: `${ours}${delimiter}/usr/bin:/bin` };
    const spec = specOf({ command: "aws", env: [{ name: "PATH", value: theirs }] });
    await assert.rejects(runExec(spec, termsOf(["aws"], { env })), /sets the variable "PATH", which decides/);
    assert.equal((await runExec(spec, termsOf("any", { env }))).token, "ours");
  });

  it("is not taken from the current folder, nor is a folder or a file that cannot run", async (t) => {
    const [one, two] = [folder(t), folder(t)];
    mkdirSync(join(one, "aws"));
    writeScript(two, "aws", printing({ token: "two" }));
    const env = { PATH: [".", "", one, two, "/usr/bin", "/bin"].join(delimiter) };
    assert.equal((await runExec(specOf({ command: "aws" }), termsOf(["aws"], { env }))).token, "two");
    const none = termsOf(["aws"], { env: { PATH: `.${delimiter}${one}` } });
    await assert.rejects(runExec(specOf({ command: "aws" }), none), /cannot be started: there is no such/);
  });

  it("may be allowed by its path, and a name leads to that path only", async (t) => {
    const [one, two] = [folder(t), folder(t)];
    for (const directory of [one, two]) writeScript(directory, "aws", printing({ token: directory }));
    const envOf = (first: string) => ({ PATH: `${first}${delimiter}/usr/bin:/bin` });
    const byName = specOf({ command: "aws" });
    const allowed = [join(one, "aws")];
    assert.equal((await runExec(byName, termsOf(allowed, { env: envOf(one) }))).token, one);
    assert.equal((await runExec(specOf({ command: join(one, "aws") }), termsOf(allowed))).token, one);
    await assert.rejects(runExec(byName, termsOf(allowed, { env: envOf(two) })), /is not allowed any more/);
    const around = specOf({ command: `${one}/../${two.split("/").at(-1) ?? ""}/aws` });
    await assert.rejects(runExec(around, termsOf(allowed)), /is not allowed/);
    symlinkSync(join(two, "aws"), join(two, "link"));
    await assert.rejects(runExec(specOf({ command: join(two, "link") }), termsOf(allowed)), /is not allowed/);
  });
});

describe("the environment of a plug-in", { timeout: 30_000 }, () => {
  const ours = {
    PATH: "/usr/bin:/bin",
    HOME: "/home/fedns",
    AWS_PROFILE: "dns",
    AZURE_CLIENT_ID: "1",
    AAD_LOGIN_METHOD: "spn",
    GOOGLE_APPLICATION_CREDENTIALS: "/g",
    CLOUDSDK_CONFIG: "/c",
    https_proxy: "http://proxy:3128",
    NO_PROXY: "10.0.0.0/8",
    DATABASE_PASSWORD: "hunter2",
    KUBECONFIG: "/home/fedns/.kube/config",
    NODE_OPTIONS: "--max-old-space-size=100",
    LD_PRELOAD: "",
    XAWS_KEY: "hunter2",
  };
  const seenBy = async (t: TestContext, terms: Partial<PluginTerms>, own: object[] = []): Promise<string> => {
    const directory = folder(t);
    const command = writeScript(directory, "plugin", `env > ${directory}/seen\n${printing({ token: "t" })}`);
    await runExec(specOf({ command, env: own }), termsOf([command], { env: ours, ...terms }));
    return readFileSync(join(directory, "seen"), "utf8");
  };

  it("is what clouds need and what the kubeconfig says, and nothing else of fedns", async (t) => {
    const seen = await seenBy(t, {}, [{ name: "ROLE", value: "reader" }]);
    for (const line of [
      "AWS_PROFILE=dns",
      "AAD_LOGIN_METHOD=spn",
      "https_proxy=http://proxy:3128",
      "ROLE=reader",
    ])
      assert.ok(seen.split("\n").includes(line), line);
    assert.match(seen, /^KUBERNETES_EXEC_INFO=.*"interactive":false/m);
    assert.doesNotMatch(seen, /hunter2|KUBECONFIG|NODE_OPTIONS|LD_PRELOAD/);
  });

  it("is that of the person who runs a command by hand, as with kubectl", async (t) => {
    assert.match(await seenBy(t, { commands: "any" }), /^DATABASE_PASSWORD=hunter2$/m);
  });

  for (const name of [
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "BASH_ENV",
    "CLOUDSDK_PYTHON",
    "A=B",
    "",
  ])
    it(`has no ${name === "" ? "variable without a name" : name} of a kubeconfig`, async (t) => {
      await assert.rejects(seenBy(t, {}, [{ name, value: "x" }]), /which decides what code it runs/);
    });
});

describe("the end of a plug-in", { timeout: 30_000 }, () => {
  it("is the end of its children too, which cannot hold its output open", async (t) => {
    const directory = folder(t);
    const script = `sleep 60 &\necho $! > ${directory}/child\n${printing({ token: "t" })}`;
    const command = writeScript(directory, "plugin", script);
    assert.equal((await runExec(specOf({ command }), termsOf([command]))).token, "t");
    const pid = Number(readFileSync(join(directory, "child"), "utf8"));
    await until("the child is gone", () => !isRunning(pid));
  });

  it("comes in time even if a child that left holds its output open", async (t) => {
    const directory = folder(t);
    const script = `setsid sh -c 'echo $$ > ${directory}/child; exec sleep 60' &
until test -s ${directory}/child; do sleep 0.01; done
${printing({ token: "t" })}`;
    const command = writeScript(directory, "plugin", script);
    const clock = new FakeClock();
    const running = assert.rejects(
      runExec(specOf({ command }), termsOf([command], { clock })),
      /within 30 s/,
    );
    const child = join(directory, "child");
    await until("the child has left", () => existsSync(child) && readFileSync(child, "utf8").endsWith("\n"));
    await clock.advanceAsync(30_000);
    await running;
    process.kill(Number(readFileSync(child, "utf8")), "SIGKILL");
  });

  it("has no terminal and nothing to read before it", async (t) => {
    // A session of its own has no terminal, whatever fedns has.
    const script = `read line && exit 7\ntest "$(cut -d' ' -f6 /proc/$$/stat)" = $$ || exit 8\n${printing({ token: "t" })}`;
    const command = writeScript(folder(t), "plugin", script);
    assert.equal((await runExec(specOf({ command }), termsOf([command]))).token, "t");
  });

  it("with an error is told to operators in one bounded line, and to nobody else", async (t) => {
    const script = `i=0; while [ $i -lt 3000 ]; do echo "noise $i" >&2; i=$((i+1)); done
printf 'hunter2\\033[31m\\r\\nsecond\\0line' >&2; exit 3`;
    const command = writeScript(folder(t), "plugin", script);
    const told: string[] = [];
    const onComplaint = (name: string, text: string): void => void told.push(name, text);
    await assert.rejects(
      runExec(specOf({ command }), termsOf([command], { onComplaint })),
      (error: Error) => {
        assert.match(error.message, /plugin ended with 3; the log of fedns has what it said$/);
        assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /hunter2|noise/);
        return true;
      },
    );
    assert.equal(told[0], command);
    assert.match(told[1] ?? "", /hunter2 \[31m second line$/);
    assert.ok((told[1] ?? "").length <= 300 && !/\p{Cc}/u.test(told[1] ?? ""));
  });

  it("that cannot begin, since its environment is too large, is an error as well", async (t) => {
    const command = writeScript(folder(t), "plugin", printing({ token: "t" }));
    const spec = specOf({ command, env: [{ name: "LARGE", value: "x".repeat(3_000_000) }] });
    await assert.rejects(runExec(spec, termsOf([command])), /plugin cannot be started: spawn E2BIG/);
  });

  const answers: readonly (readonly [string, string, RegExp])[] = [
    ["a token with a line break", printing({ token: "hunter2\\r\\nX: y" }), /no text for an HTTP header/],
    ["a token without characters", printing({ token: "  " }), /no text for an HTTP header/],
    [
      "a certificate that is none",
      printing({ clientCertificateData: "hunter2", clientKeyData: "hunter2" }),
      /cannot be used/,
    ],
    ["text with a secret instead of JSON", "echo 'hunter2 {'", /printed no JSON$/],
  ];
  for (const [what, script, sentence] of answers)
    it(`with ${what} is an error that does not repeat it`, async (t) => {
      const command = writeScript(folder(t), "plugin", script.replaceAll("echo", "printf '%s\\n'"));
      await assert.rejects(runExec(specOf({ command }), termsOf([command])), (error: Error) => {
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    });
});
