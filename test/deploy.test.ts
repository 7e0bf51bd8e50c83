/** Every manifest in deploy/ is accepted by an API server and agrees with the rest of the project. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { parseConfig } from "../src/run/config/file.ts";
import { type Sandbox, startSandbox } from "../src/sandbox/sandbox.ts";
import { VERSION } from "../src/kernel/version.ts";
import { memberRules, sourceNeeds, withRights } from "./support/member-rights.ts";
import { needs, run } from "./support/programs.ts";

const folder = join(import.meta.dirname, "..", "deploy");
const read = (file: string): string => readFileSync(join(folder, file), "utf8");
type Manifest = { readonly kind: string; readonly [key: string]: any };
const manifests = (file: string): Manifest[] =>
  parseAllDocuments(read(file)).map((d) => d.toJS() as Manifest);
const ofKind = (file: string, kind: string): Manifest =>
  manifests(file).find((m) => m.kind === kind) as Manifest;

describe("deploy/", () => {
  const directory = mkdtempSync(join(tmpdir(), "fedns-deploy-"));
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ directory });
  });
  after(async () => {
    await sandbox.close();
    rmSync(directory, { recursive: true });
  });

  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    // Applied, not created: the host of the sandbox has the namespace of host.yaml already.
    it(`kubectl applies all of ${file}`, needs("kubectl", "kubernetes-client"), async () => {
      const common = [
        "--kubeconfig",
        sandbox.kubeconfigPath,
        "--context",
        "host",
        "--cache-dir",
        join(directory, "cache"),
      ];
      const { code, out, err } = await run("kubectl", [...common, "apply", "-f", join(folder, file)]);
      assert.equal(code, 0, err);
      assert.equal(out.trim().split("\n").length, manifests(file).length);
    });
  }

  it("carries settings that are valid, with ports that the containers open", () => {
    const text = ofKind("install.yaml", "ConfigMap")["data"]["fedns.yaml"] as string;
    const result = parseConfig(text, "/etc/fedns/fedns.yaml");
    assert.equal(result.kind, "config");
    const container = ofKind("install.yaml", "Deployment")["spec"].template.spec.containers[0];
    const ports = container.ports.map((port: any) => port.containerPort);
    const { listen, admin } = parse(text) as { listen: { port: number }[]; admin: { port: number } };
    assert.deepEqual(ports, [listen[0]?.port, listen[0]?.port, admin.port]);
    assert.equal(container.image, `fedns:${VERSION}`);
  });

  it("answers on port 53 over UDP and TCP, and lets clients keep their addresses", () => {
    const { spec } = ofKind("install.yaml", "Service");
    assert.deepEqual(
      spec.ports.map((port: any) => `${port.port}/${port.protocol}`),
      ["53/UDP", "53/TCP"],
    );
    assert.equal(spec.externalTrafficPolicy, "Local");
  });

  it("gives a pod the time it needs to leave", () => {
    const { spec } = ofKind("install.yaml", "Deployment")["spec"].template;
    const { serve } = parse(ofKind("install.yaml", "ConfigMap")["data"]["fedns.yaml"]);
    // Two readiness probes that fail, and some seconds for load balancers.
    const { periodSeconds, failureThreshold } = spec.containers[0].readinessProbe;
    assert.ok(serve.drainSeconds > periodSeconds * failureThreshold + 2);
    assert.ok(spec.terminationGracePeriodSeconds >= serve.drainSeconds + 10, "a margin for the end itself");
  });

  it("asks members for reading only, and for what the sources of names say they read", () => {
    const rules = ofKind("member.yaml", "ClusterRole")["rules"] as { verbs: string[] }[];
    assert.ok(rules.every(({ verbs }) => verbs.every((verb) => ["get", "list", "watch"].includes(verb))));
    assert.deepEqual(rules, memberRules(Object.keys(sourceNeeds)));
    const manifest = read("member.yaml");
    assert.equal(manifest, withRights(manifest), "node test/support/member-rights.ts writes them");
  });

  it("asks members for one thing more, in a role of its own that may be left out: to create Events about objects it looks at", () => {
    const [, optional, ...others] = manifests("member.yaml").filter(({ kind }) => kind === "ClusterRole");
    assert.deepEqual(others, []);
    assert.deepEqual(optional?.["rules"], [
      { apiGroups: [""], resources: ["events"], verbs: ["create"] },
      { apiGroups: [""], resources: ["services", "namespaces"], verbs: ["get"] },
    ]);
  });

  it("builds its image from what the project has", () => {
    const dockerfile = read("Dockerfile");
    for (const [, copied = ""] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const path of copied.split(" ")) assert.ok(existsSync(join(folder, "..", path)), path);
    }
    assert.match(dockerfile, /node:24/);
  });
});
