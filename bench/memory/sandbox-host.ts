/**
 * The sandbox's API servers in a process of their own, so that the supervisor's memory is its own as well.
 *
 *   node bench/memory/sandbox-host.ts DIRECTORY DNS-PORT ADMIN-PORT
 *
 * Writes DIRECTORY/fedns.yaml as `fedns sandbox` does when the servers are there, and serves until SIGTERM.
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { federation } from "../../src/cli/sandbox/federation.ts";
import { sandboxConfig } from "../../src/cli/sandbox/sandbox-config.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";

const [directory = ".", port = "0", adminPort = "0"] = process.argv.slice(2);
const { clusters, host } = await startSandbox({ directory, federation });
const addresses = ["127.0.0.1"];
const text = sandboxConfig({
  directory,
  addresses,
  port: Number(port),
  adminPort: Number(adminPort),
  clusters,
  host,
});
// A reader that waits for the file finds it whole.
writeFileSync(join(directory, "fedns.yaml.new"), text);
renameSync(join(directory, "fedns.yaml.new"), join(directory, "fedns.yaml"));
