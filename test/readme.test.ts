/** The documents are executed: commands against one sandbox, settings and zone files by their parsers. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { freePort } from "../bench/load/free-port.ts";
import { parseName } from "../src/dns/message/name.ts";
import type { IncludedText } from "../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../src/dns/zonefile/zone-reader.ts";
import { parseKubeFedCluster } from "../src/fleet/host-objects/declared-member.ts";
import { parseConfig } from "../src/run/config/file.ts";
import { blocksOf, documents, top } from "./support/documents.ts";
import { needs } from "./support/programs.ts";

const run = promisify(execFile);

const PACKAGES: Readonly<Record<string, string>> = { dig: "bind9-dnsutils", kubectl: "kubernetes-client" };
const LANGUAGES = ["sh", "yaml", "manifest", "zone"];

const words = (line: string): string => line.trim().split(/\s+/).join(" ");
const linesOf = (text: string): string[] => text.trim().split("\n").map(words).sort();
const QUERY_TRIES = 100;
const isOther = (stdout: string, prints: string | null): boolean =>
  prints !== null && linesOf(stdout).join() !== linesOf(prints).join();

describe("the commands of the documents", () => {
  const directory = mkdtempSync(join(tmpdir(), "fedns-readme-"));
  let sandbox: ChildProcess;
  let dnsPort = 0;
  let adminPort = 0;
  let httpPort = 0;

  before(async () => {
    [dnsPort, adminPort, httpPort] = [await freePort(), await freePort(), await freePort()];
    const ports = { "--port": dnsPort, "--admin-port": adminPort, "--http-port": httpPort };
    const options = Object.entries({ ...ports, "--directory": directory }).flatMap(([option, value]) => [
      option,
      String(value),
    ]);
    sandbox = spawn("npm", ["start", "--", ...options], {
      cwd: top,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    await printsReady(sandbox);
    while (await isStale(adminPort)) await setTimeout(50);
  });

  after(async () => {
    const ended = new Promise((resolve) => sandbox.once("exit", resolve));
    // As Ctrl-C does: to the whole process group.
    process.kill(-(sandbox.pid as number), "SIGINT");
    await ended;
    rmSync(directory, { recursive: true });
  });

  let throughNpm: string | null = null;
  /** The first command that goes through npm does. */
  const isThroughNpm = (line: string): boolean => (throughNpm ??= line) === line;

  /** The command as it stands, with the ports and the folder that this test has chosen. */
  function adapted(line: string): string {
    return (
      line
        // What npm adds is seen once, and costs a quarter of a second each time.
        .replaceAll("npm run -s fedns --", (words) =>
          isThroughNpm(line) ? words : `${process.execPath} src/cli/fedns.ts`,
        )
        .replaceAll("-p 1053", `-p ${dnsPort}`)
        .replaceAll("127.0.0.1:9353", `127.0.0.1:${adminPort}`)
        .replaceAll("127.0.0.1:8053", `127.0.0.1:${httpPort}`)
        .replaceAll(".sandbox/", `${relative(top, directory)}/`)
        .replaceAll(/\bus-west\.(crt|kubeconfig)\b/g, `${directory}/us-west.$1`)
        .replace(
          /((?:fedns --|fedns\.ts) (?:ask|explain) (?!workload)\S+)/,
          `$1 --server 127.0.0.1:${dnsPort}`,
        )
    );
  }

  for (const path of documents())
    for (const { text, prints } of blocksOf(path).filter(({ language }) => language === "sh"))
      for (const line of text.trim().split("\n")) {
        const program = line.replace(/^until /, "").split(" ")[0] as string;
        it(`${path}: ${line}`, needs(program, PACKAGES[program] ?? program), async () => {
          // Contexts of the sandbox's kubeconfig stand for the reader's own.
          const env = { ...process.env, KUBECONFIG: join(directory, "kubeconfig") };
          const ask = async (): Promise<string> =>
            (await run("sh", ["-c", adapted(line)], { cwd: top, env })).stdout;
          let stdout = await ask();
          // A query has no effect. What the commands before it changed reaches DNS a moment later.
          for (let more = QUERY_TRIES; isOther(stdout, prints) && program === "dig" && more > 0; more--)
            stdout = await ask();
          if (!line.includes(" > ")) assert.notEqual(stdout, "");
          if (prints !== null) assert.deepEqual(linesOf(stdout), linesOf(prints));
        });
      }

  it("include the two that a newcomer types, and they are the package's", () => {
    const readme = readFileSync(join(top, "README.md"), "utf8");
    const { scripts } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const name of ["start", "test"]) {
      assert.ok(readme.includes(`    npm ci && npm ${name}\n`));
      assert.ok(scripts[name] !== undefined);
    }
    assert.ok(readFileSync(join(top, ".ci", "run"), "utf8").includes("\nnpm ci && npm test &&"));
  });
});

describe("the examples of the documents", () => {
  it("have a language that is checked here", () => {
    const others = documents().flatMap((path) =>
      blocksOf(path).filter((b) => !LANGUAGES.includes(b.language)),
    );
    assert.deepEqual(others, []);
  });

  for (const path of documents()) {
    const inDocument = (language: string): string[] =>
      blocksOf(path).flatMap((block) => (block.language === language ? [block.text] : []));

    for (const text of inDocument("yaml"))
      it(`${path}: these settings are valid: ${firstWords(text)}`, () => {
        const result = parseConfig(completed(text), "fedns.yaml");
        assert.equal(result.kind, "config", JSON.stringify(result));
      });

    for (const text of inDocument("manifest"))
      it(`${path}: these members are declared without a mistake: ${firstWords(text)}`, () => {
        const objects = parseAllDocuments(text).map((document) => document.toJS() as { kind: string });
        const clusters = objects.filter(({ kind }) => kind === "KubeFedCluster");
        assert.ok(clusters.length > 0);
        for (const cluster of clusters) assert.deepEqual(parseKubeFedCluster(cluster, null).problems, []);
      });

    for (const text of inDocument("zone"))
      it(`${path}: this zone file is sound: ${firstWords(text)}`, () => {
        const origin = parseName(/^\$ORIGIN (\S+)/.exec(text)?.[1] ?? "example.org.");
        assert.ok(origin !== null);
        const readInclude = (): IncludedText => ({ problem: "examples include no files" });
        const { problems } = parseZoneFile({ name: path, text, origin, readInclude });
        assert.deepEqual(problems, []);
      });
  }
});

/** A part of a configuration, with what it cannot be without. */
function completed(text: string): string {
  const given = parse(text) as Readonly<Record<string, unknown>>;
  const required = {
    federations: "[{ name: myfed, domain: example.com }]",
    nameservers: "[{ name: ns1.example.com, addresses: [192.0.2.53] }]",
    clusters: "[{ name: us-west, kubeconfig: ./us-west.kubeconfig }]",
  };
  const missing = Object.entries(required).filter(([key]) => !(key in given));
  return `${missing.map(([key, value]) => `${key}: ${value}\n`).join("")}${text}`;
}

function firstWords(text: string): string {
  return words(text).slice(0, 40);
}

function printsReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (printed.includes("Ctrl-C ends it.")) resolve();
    });
    child.once("exit", () => reject(new Error(`the sandbox ended: ${printed}`)));
  });
}

/** Some member was not read in this run: its answers may still change. */
async function isStale(adminPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/status`);
  return ((await response.json()) as { isStale: boolean }).isStale;
}
