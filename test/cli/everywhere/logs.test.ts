/** `fedns logs` against API servers: lines of all members, each with where it comes from. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import {
  type EverywhereRig,
  lines,
  PLAIN_DISCOVERY,
  pod,
  startEverywhere,
  startPlainServer,
  web,
} from "./rig.ts";

const SHOP = ["-n", "shop", "--host-context", "host"] as const;
const ESC = "\u001B";

describe("fedns logs", () => {
  const scope = suiteScope();
  let rig: EverywhereRig;
  const pods = (member: string): string[] =>
    rig
      .member(member)
      .objects.list("v1", "Pod")
      .filter(({ metadata }) => metadata.labels?.["app"] === "web")
      .map(({ metadata }) => metadata.name)
      .sort();
  const write = (member: string, name: string, text: string, wallMs = Date.now(), container = "web"): void =>
    rig.member(member).logs.write({ namespace: "shop", pod: name, container }, { wallMs, text });
  const firstOf = (member: string): string => pods(member)[0] ?? "";

  before(async () => {
    rig = await startEverywhere(scope);
    rig.put("m1", web("web", ["web", "side"], 2));
    rig.put("m2", web("web"));
    rig.put("m1", pod("alone", { labels: {} }));
    for (const name of ["m1", "m2"]) await rig.member(name).settled();
    write("m1", firstOf("m1"), "hello from m1");
    write("m2", firstOf("m2"), "hello from m2", Date.now() - 3_600_000);
    write("m1", firstOf("m1"), "from the side", Date.now(), "side");
  });

  it("shows a workload of all members by cluster and pod, and says which container it chose", async () => {
    const { out, err, code } = await rig.fedns("logs", "deployment/web", ...SHOP);
    const started = "web started, in name only: the sandbox runs no containers";
    const [one, two] = pods("m1");
    assert.deepEqual(lines(out), [
      `m1/${one} ${started}`,
      `m1/${one} hello from m1`,
      `m1/${two} ${started}`,
      `m2/${firstOf("m2")} ${started}`,
      `m2/${firstOf("m2")} hello from m2`,
    ]);
    assert.equal(err, `fedns: the log of web is shown; ${one} also has side, which -c chooses\n`);
    assert.equal(code, 0);
  });

  it("shows a pod where it is, a container that is chosen, and no more than is asked for", async () => {
    const printed = async (...args: readonly string[]): Promise<string[]> =>
      lines((await rig.fedns("logs", ...args, ...SHOP)).out).map((line) => line.replace(/^\S+ /, ""));
    const name = firstOf("m1");
    assert.equal((await printed("alone")).length, 1);
    assert.deepEqual(await printed(name, "-c", "side", "--tail", "1"), ["from the side"]);
    assert.deepEqual(await printed(`pod/${name}`, "--tail", "0"), []);
    assert.deepEqual(await printed("deploy/web", "--clusters", "m2", "--tail", "1", "--since", "2h"), [
      "hello from m2",
    ]);
    assert.ok(!(await printed("deploy/web", "--clusters", "m2", "--since", "30m")).includes("hello from m2"));
    assert.match(
      (await printed(name, "-c", "side", "--tail", "1", "--timestamps"))[0] ?? "",
      /^2\d{3}-\S+Z from the side$/,
    );
  });

  it("says what cannot be shown, and shows the others", async () => {
    const none = await rig.fedns("logs", "nothing", ...SHOP);
    assert.equal(
      none.err,
      "fedns: there is no pod nothing in the namespace shop in any of the 2 clusters that answered\n",
    );
    assert.equal(none.code, 1);
    const other = await rig.fedns("logs", "deploy/web", ...SHOP, "-c", "side");
    assert.match(other.out, /^m1\/\S+ side started/);
    assert.equal(
      other.err,
      `fedns: m2: ${firstOf("m2")}: the API server answered 400 BadRequest: container side is not valid for pod ${firstOf("m2")}\n`,
    );
    assert.equal(other.code, 1);
    const without = await rig.fedns("logs", "configmap/kube-root-ca.crt", ...SHOP, "--clusters", "m1");
    assert.match(without.err, /^fedns: m1: ConfigMap kube-root-ca.crt selects no pods; name a pod\n$/);
    assert.equal((await rig.fedns("logs", "a/b/c", ...SHOP)).code, 2);
  });

  it("follows all of them, and ends when the person has enough", async () => {
    const follow = rig.start(["logs", "deployment/web", ...SHOP, "-f", "-c", "web", "--tail", "0"]);
    const [one = "", two = ""] = pods("m1");
    // What is written before the log is open is not seen with --tail 0.
    const saysOf = async (member: string, name: string): Promise<void> => {
      let count = 0;
      const text = `${member}/${name} news`;
      const timer = setInterval(() => write(member, name, `news ${(count += 1)}`), 5);
      await follow.says(text).finally(() => clearInterval(timer));
    };
    for (const [member, name] of [
      ["m2", firstOf("m2")],
      ["m1", two],
      ["m1", one],
    ] as const)
      await saysOf(member, name);
    assert.equal(await follow.interrupt(), 130);
    assert.equal(follow.complained(), "");
  });

  it("ends with the pods that it follows", async () => {
    rig.put("m2", pod("brief"));
    await rig.member("m2").settled();
    const follow = rig.start(["logs", "brief", ...SHOP, "-f"]);
    await follow.says("web started");
    rig.member("m2").objects.delete({ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "brief" });
    assert.deepEqual([await follow.ended, follow.complained()], [0, ""]);
  });

  it("says it when a connection breaks, and goes on with the others", async () => {
    const follow = rig.start(["logs", "deployment/web", ...SHOP, "-f", "-c", "web"]);
    for (const member of ["m1", "m2"])
      for (const name of pods(member)) await follow.says(`${member}/${name} web started`);
    rig.member("m2").closeConnections();
    await follow.says(`fedns: m2: log of ${firstOf("m2")}: `);
    write("m1", firstOf("m1"), "still there");
    await follow.says("still there");
    assert.equal(await follow.interrupt(), 130);
  });

  it("follows no more at once than it may, and reads more in turn", async () => {
    const args = ["logs", "deploy/web", ...SHOP, "-c", "web", "--max-streams", "2"] as const;
    const { out, err, code } = await rig.fedns(...args, "-f");
    assert.deepEqual([out, code], ["", 1]);
    assert.match(err, /^fedns: 3 logs would be followed, and --max-streams is 2; /);
    const all = await rig.fedns(...args);
    const froms = [...new Set(lines(all.out).map((line) => line.split(" ")[0]))];
    assert.deepEqual(froms, [...pods("m1").map((name) => `m1/${name}`), `m2/${firstOf("m2")}`]);
    assert.equal(all.code, 0);
  });

  it("reads a log whole that is complete long before its turn", async () => {
    const slow = firstOf("m1");
    const remove = rig.member("m1").faults.add({
      effect: { kind: "delay", ms: 300 },
      when: ({ subresource, name }: any) => subresource === "log" && name === slow,
    });
    const { out, err, code } = await rig.fedns("logs", "deploy/web", ...SHOP, "-c", "web");
    remove();
    assert.deepEqual([err, code], ["", 0]);
    assert.match(out, /\nm2\/\S+ hello from m2\n/);
  });

  it("lets no line move the cursor of a terminal, and changes none for a program", async () => {
    const text = `a\t${ESC}[31mred${ESC}[0m${ESC}[2J\u009Bx\u0007\r`;
    rig.put("m2", pod("hostile"));
    await rig.member("m2").settled();
    write("m2", "hostile", text);
    const args = ["logs", "hostile", ...SHOP, "--tail", "1"];
    const terminal = rig.start(args, { isTerminal: true });
    await terminal.ended;
    assert.equal(terminal.printed(), `${ESC}[33mm2/hostile${ESC}[0m a\tred?[2J?x?\n`);
    const piped = rig.start(args);
    await piped.ended;
    assert.equal(piped.printed(), `m2/hostile ${text}\n`);
  });

  it("waits for the first line of a log that has none yet, and cuts lines without end", async () => {
    const sent: ((text: string) => void)[] = [];
    const plain = await startPlainServer(scope, {
      ...PLAIN_DISCOVERY,
      "/api/v1/namespaces/shop/pods/quiet": {
        ...pod("quiet"),
        metadata: { namespace: "shop", name: "quiet", uid: "u", resourceVersion: "1" },
      },
      // Headers come with the first line.
      "/api/v1/namespaces/shop/pods/quiet/log": (_request: any, response: any) => {
        sent.push((text) => response.write(text));
      },
    });
    await rig.addContext("plain", plain);
    rig.declare("plain", { apiEndpoint: plain });
    const clock = new FakeClock();
    const follow = rig.start(["logs", "quiet", ...SHOP, "-f", "--clusters", "plain"], { clock });
    await until("the log is asked for", () => sent.length === 1);
    clock.advance(3_600_000);
    const send = sent[0] as (text: string) => void;
    send("one\n\ntwo");
    await follow.says("plain/quiet one\nplain/quiet \n");
    send(`${"x".repeat(100_000)}\nlast\n`);
    await follow.says("last");
    await follow.interrupt();
    assert.deepEqual(
      lines(follow.printed()).map((line) => line.length - "plain/quiet ".length),
      [3, 0, 65_536, 100_003 - 65_536, 4],
    );
  });
});
