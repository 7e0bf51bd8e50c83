/**
 * One rule for all commands: what the arguments alone show is wrong usage and ends with 2, before anything is read; what cannot be read
 * or done ends with 1, and with 2 where 1 is an answer (`ask`, `explain`, `why`, `plan`).
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeSession } from "./fake-session.ts";

type Listed = { readonly path: readonly string[]; readonly usage: string; readonly isLeaf: boolean };

async function helpOf(path: readonly string[]): Promise<string> {
  const session = fakeSession();
  assert.equal(await main([...path, "--help"], session), 0);
  return session.printed();
}

/** The command and all below it, as their helps list them: a new command is tested without being named here. */
async function commandsBelow(path: readonly string[]): Promise<readonly Listed[]> {
  const help = await helpOf(path);
  const list = help.split("\nCommands:\n")[1]?.split("\n\n")[0] ?? "";
  const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => String(name));
  const below = await Promise.all(
    names.filter((name) => name !== "help").map((name) => commandsBelow([...path, name])),
  );
  const usage = /^Usage: (.*(?:\n {2}.*)*)/.exec(help)?.[1] ?? "";
  const isLeaf = below.length === 0 || /<\w+>|\[\w+\] \[options\]/.test(usage);
  return [...(path.length === 0 ? [] : [{ path, usage, isLeaf }]), ...below.flat()];
}

const commands = await commandsBelow([]);

async function run(args: readonly string[]): Promise<{ readonly code: number; readonly err: string }> {
  const session = fakeSession();
  const code = await main(args, session);
  assert.doesNotMatch(session.complained(), /internal error/, args.join(" "));
  if (code === 2 && session.complained().includes("shows the usage)")) assert.equal(session.printed(), "");
  return { code, err: session.complained() };
}

/** Values that an option, or an argument, cannot have; and options that exclude or need each other. */
const WRONG: readonly (readonly [args: string, sentence: RegExp])[] = [
  ["ask a..b", /must be a domain name/],
  ["ask example.com FOO", /FOO is not a record type/],
  ["ask example.com --timeout 0", /whole number from 1 to 60/],
  ["ask example.com --server nowhere", /literal address/],
  ["ask example.com --subnet 1.2.3.4/99", /--subnet/],
  ["explain example.com MX", /MX/],
  ["explain example.com --client x", /--client/],
  [
    `explain ${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.${"e".repeat(8)}`,
    /too long/,
  ],
  ["explain workload web", /"web" is no KIND\/NAME like deployment\/web/],
  ["explain workload deployment/web/1", /is no KIND\/NAME/],
  ["explain workload deployment/web -o yaml", /choices are json/],
  ["why a..b", /must be a domain name/],
  ["why example.com --service web", /"web" is no SERVICE\.NAMESPACE like web\.shop/],
  ["check --online --zones b", /cannot be used with option/],
  ["config --format xml", /Allowed choices/],
  ["completion ksh", /Allowed choices/],
  ["member-kubeconfig us-west --account a", /name of an object/],
  ["member-kubeconfig us-west --token-duration 1m", /at least 10m/],
  ["member-kubeconfig us-west --api-endpoint here", /URL like/],
  ["version -o yaml", /Allowed choices/],
  ["sandbox --port 99999", /whole number/],
  ["delegation lookup", /choices are check/],
  ["delegation check", /name the zone, or the configuration with --config/],
  ["delegation check example.com --port 0", /whole number/],
  ["delegation check example.com --resolver here", /literal address/],
  ["drain us-west --over soon", /duration/],
  ["drain us-west --service hello", /NAMESPACE\/NAME/],
  ["drain US_WEST", /name of a cluster/],
  ["undrain US_WEST", /name of a cluster/],
  ["force sideways us-west", /choices are up, down, none/],
  ["force down us-west --address here", /IP address/],
  ["force none us-west --for 1h", /--for is for up and down/],
  ["forget cluster US_WEST", /name of a cluster/],
  ["forget cluster us-west --reason a\nb", /one line/],
  ["forget workloads US_WEST", /name of a cluster/],
  ["forget place US_WEST", /REGION or REGION\/ZONE/],
  ["stub --for bind --cluster us-west", /Allowed choices/],
  ["stub --for coredns --cluster us-west --zone a", /--zone needs --region/],
  ["stub --for coredns --cluster us-west --cluster-domain -", /DNS name/],
  ["init --scope World", /Allowed choices/],
  ["init --service-account fedns", /NAMESPACE\/NAME/],
  ["init -o table", /Allowed choices/],
  ["join ///", /has no letter or digit/],
  ["join us-west --namespaces shop", /give both/],
  ["join us-west --location north", /--location must be latitude and/],
  ["join us-west --zones a", /--zones needs --region/],
  ["join us-west --region a_b.", /--region must be a DNS label/],
  ["join us-west --labels tier", /label like tier=gold/],
  ["join us-west --sources pods", /There are /],
  ["join us-west --token-duration 1m", /at least 10m/],
  ["join us-west --api-endpoint here", /must be a URL/],
  ["join us-west --secret-name a/b", /name of an object/],
  ["unjoin ///", /has no letter or digit/],
  ["unjoin us-west --workloads burn", /Allowed choices/],
  ["unjoin us-west --per-minute 0", /whole number/],
  ["uninstall --cluster-contexts us-west", /label like/],
  ["get pods,services", /name one type/],
  ["get pod/a b", /name one type/],
  ["get pods a/b", /"a\/b" is no name of an object/],
  ["get pods a -l x", /a name goes with neither -l nor -A/],
  ["get pods a -A", /a name goes with neither/],
  ["get pods a b -w", /--watch takes one name/],
  ["get clusters -w", /get clusters takes none of/],
  ["get pods -o table", /choices are wide/],
  ["get pods -n A_B", /name of a namespace/],
  ["get pods --timeout soon", /must be a duration/],
  ["get pods --cluster-contexts a", /label like|name=context/],
  ["describe pod", /name an object/],
  ["describe pod/a b", /name one type/],
  ["events --for pod", /is no KIND\/NAME/],
  ["events --for pod/a,b", /is no KIND\/NAME/],
  ["logs a/b/c", /name one type/],
  ["logs deployment/", /"" is no name of an object/],
  ["logs web --tail -1", /whole number/],
  ["logs web --max-streams 0", /whole number from 1 to 100/],
  ["enable", /name a kind, like deployments, or a file with -f/],
  ["enable jobs -f x.yaml", /name no kinds, groups and versions beside it/],
  ["enable jobs cronjobs --target-version v1", /one by one/],
  ["enable jobs --target-version new", /version like v1beta1/],
  ["enable jobs --federated-group types", /name with a dot/],
  ["federate", /name an object, like deployment web, or a file with -f/],
  ["federate deployment", /name an object/],
  ["federate deployment/", /is no KIND\/NAME/],
  ["federate deployment a/b", /name of an object/],
  ["federate deployment web -f x.yaml", /not both/],
  ["federate -f x.yaml --contents", /not both/],
  ["federate deployment web --skip-kinds jobs", /--skip-kinds is for --contents/],
  ["federate deployment web --clusters a --cluster-selector b=c", /exclude each other/],
  ["federate deployment web --clusters A_B", /no name of a cluster/],
  ["federate deployment web --cluster-selector (", /no selector/],
  ["orphaning-deletion enable deployment a/b", /name of an object/],
  ["rollout resume deployment a/b", /name of an object/],
  ["plan", /say what to plan/],
  ["plan web.yaml --all", /--all plans all objects/],
  ["plan --all --delete", /--delete is for an object or a file/],
  ["plan deployment/web --delete --without m1", /are two questions/],
  ["plan --all -o yaml", /choices are json/],
  ["pause --reason a\nb", /one line/],
  ["import x.yaml -o table", /Allowed choices/],
  ...["join us-west", "get clusters", "pause", "plan --all", "federate deployment web", "import x.yaml"].map(
    (command) => [`${command} -n Not_A_Name`, /name of a namespace/] as const,
  ),
];

/** Files that are not there; `FILE` is one that is damaged. */
const FAILED: readonly (readonly [args: string, code: number])[] = [
  ["serve -c nowhere.yaml", 1],
  ["serve -c FILE", 1],
  ["check -c nowhere.yaml", 1],
  ["check --zones nowhere", 1],
  ["ask example.com -c nowhere.yaml", 2],
  ["explain example.com -c FILE", 2],
  ["why example.com -c nowhere.yaml", 2],
  ["why web.shop --kubeconfig nowhere.kubeconfig", 2],
  ["delegation check -c nowhere.yaml", 1],
  ["status -c nowhere.yaml", 1],
  ["reload --socket nowhere.sock", 1],
  ["restart --socket nowhere.sock", 1],
  ["drain us-west -c nowhere.yaml", 1],
  ["undrain us-west --socket nowhere.sock", 1],
  ["force up us-west -c nowhere.yaml", 1],
  ["forget cluster us-west -c nowhere.yaml", 1],
  ["forget place us-west/a -c nowhere.yaml", 1],
  ["stub --for coredns --cluster us-west -c nowhere.yaml", 1],
  ["import nowhere.yaml", 1],
  ["import FILE", 1],
  ["enable -f nowhere.yaml", 1],
  ["enable -f FILE", 1],
  ["federate -f nowhere.yaml", 1],
  ["federate -f FILE", 1],
  ["federate -f FILE -o yaml", 1],
  ["join us-west -c nowhere.yaml", 1],
  ["plan nowhere.yaml", 2],
  ["plan FILE", 2],
  ...[
    "init",
    "join us-west",
    "unjoin us-west",
    "uninstall --yes",
    "get clusters",
    "get pods",
    "describe pod a",
    "events",
    "logs a",
    "enable jobs",
    "disable jobs",
    "federate deployment web -n shop",
    "rollout status deployment web -n shop",
    "rollout resume deployment web -n shop",
    "rollout back deployment web -n shop",
    "rollout restart deployment web -n shop",
    "orphaning-deletion enable deployment web -n shop",
    "orphaning-deletion disable deployment web -n shop",
    "orphaning-deletion status deployment web -n shop",
    "forget workloads us-west",
    "member-kubeconfig us-west",
    "pause",
    "resume",
    "explain workload deployment/web -n shop",
  ].map((command) => [`${command} --kubeconfig nowhere.kubeconfig`, 1] as const),
  ["plan --all --kubeconfig nowhere.kubeconfig", 2],
];

describe("exit codes", () => {
  let folder = "";
  const { KUBECONFIG: kubeconfig } = process.env;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "fedns-exit-"));
    await writeFile(join(folder, "damaged.yaml"), "kind: [\n");
    // Whatever is read before the arguments are checked is not there.
    process.env["KUBECONFIG"] = join(folder, "nowhere.kubeconfig");
  });
  after(async () => {
    if (kubeconfig === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = kubeconfig;
    await rm(folder, { recursive: true });
  });
  const words = (text: string): readonly string[] =>
    text
      .split(" ")
      .map((word) =>
        word === "FILE"
          ? join(folder, "damaged.yaml")
          : word.startsWith("nowhere")
            ? join(folder, word)
            : word,
      );

  for (const { path, usage, isLeaf } of commands) {
    const name = path.join(" ");
    it(`of ${name} with an unknown option is 2, with the way to the help`, async () => {
      const { code, err } = await run([...path, "--nonsense"]);
      assert.equal(code, 2);
      assert.match(err, new RegExp(`\\(fedns ${name} --help shows the usage\\)\\n$`));
    });
    it(`of ${name} with one argument too many is 2`, async () => {
      if (!isLeaf || usage.includes("...")) return;
      const { code, err } = await run([...path, ...Array.from({ length: 9 }, () => "clusters")]);
      assert.equal(code, 2, err);
    });
    if (/<\w+(\.\.\.)?>/.test(usage))
      it(`of ${name} without its argument is 2`, async () => {
        const { code, err } = await run(path);
        assert.equal(code, 2);
        assert.match(err, /missing required argument|required option/);
      });
  }

  for (const [args, sentence] of WRONG)
    it(`of wrong usage is 2: fedns ${args.slice(0, 80)}`, async () => {
      const { code, err } = await run(words(args));
      assert.equal(code, 2, err);
      assert.match(err, sentence);
      assert.match(err, /^fedns: .*\n(?:.*\n)*\(fedns [a-z -]+--help shows the usage\)\n$/);
    });
  for (const [args, code] of FAILED)
    it(`of what cannot be read is ${code}: fedns ${args}`, async () => {
      const { code: ended, err } = await run(words(args));
      assert.equal(ended, code, err);
      assert.doesNotMatch(err, /shows the usage/);
    });

  it("are tried for every command", () => {
    const tried = [...WRONG, ...FAILED].map(([args]) => args);
    const missing = commands
      .map(({ path }) => path.join(" "))
      .filter((name) => !tried.some((args) => args === name || args.startsWith(`${name} `)));
    assert.deepEqual(missing, []);
  });
});
