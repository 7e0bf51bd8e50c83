/** The location database is read only where an answer can depend on it, and its reader ends with the process that started it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { Config } from "../../../src/run/config/config.ts";
import { parseConfig } from "../../../src/run/config/file.ts";
import { dependsOnClients } from "../../../src/run/control/client-places.ts";
import { isAlive } from "../../support/programs.ts";
import { until } from "../../support/until.ts";

function configOf(settings: object): Config {
  const result = parseConfig(JSON.stringify(settings), "/etc/fedns/fedns.yaml");
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

const FEDERATION = {
  federations: [{ name: "myfed", domain: "example.com" }],
  nameservers: [{ name: "ns.example.net" }],
};
const clusters = (count: number): object => ({
  clusters: Array.from({ length: count }, (_, i) => ({ name: `c${i}`, kubeconfig: "./kubeconfig" })),
});

describe("answers depend on where the client is", () => {
  for (const [what, settings, depends] of [
    ["with zone files alone", { zones: "./zones" }, false],
    ["without a cluster", FEDERATION, false],
    ["with one cluster", { ...FEDERATION, ...clusters(1) }, false],
    ["with two clusters", { ...FEDERATION, ...clusters(2) }, true],
    ["with a host, which may know many", { ...FEDERATION, host: { kubeconfig: "./host" } }, true],
  ] as const)
    it(`${depends ? "yes" : "no"}: ${what}`, () => {
      assert.equal(dependsOnClients(configOf(settings)), depends);
    });
});

it("a process that computes without a pause ends with the one that started it", async () => {
  const parentUrl = new URL("../../../src/kernel/native/process-end.ts", import.meta.url);
  const busy = `import { endWithParent } from ${JSON.stringify(parentUrl.href)};
endWithParent(process.ppid);
console.log(process.pid);
for (;;);`;
  const starter = `const { spawn } = require("node:child_process");
spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(busy)}], { stdio: ["ignore", "inherit", "inherit"] });
setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ["-e", starter], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  try {
    assert.equal(isAlive(pid), true);
    parent.kill("SIGKILL");
    await until("the busy process is gone", () => !isAlive(pid));
  } finally {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }
});
