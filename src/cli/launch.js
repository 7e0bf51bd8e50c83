#!/usr/bin/env node
/**
 * The command `fedns`, as npm links it and `npx fedns` runs it: in plain JavaScript, so that any Node.js can read it. An older
 * Node.js than fedns needs hands over to the one that was installed with fedns. In a checkout the sources run as they are.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const source = fileURLToPath(new URL("fedns.ts", import.meta.url));
const entry = existsSync(source)
  ? source
  : fileURLToPath(new URL("../../dist/src/cli/fedns.js", import.meta.url));

/** Null: it was not installed, or not for this machine. */
function installedNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return null;
  }
}

/** Ends as it ends, and passes on the signals that this process gets alone. */
function handOver(node) {
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    // The handlers would keep nothing alive, but a terminal that is read might.
    process.exit();
  });
}

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) {
  await import(entry);
} else {
  const node = installedNode();
  if (node === null) {
    process.stderr.write(
      `fedns needs Node.js ${NODE_MAJOR_MIN} or newer; this is v${process.versions.node}, and none was installed with fedns ` +
        "(get it from https://nodejs.org, or install again without --omit=optional)\n",
    );
    process.exitCode = 1;
  } else handOver(node);
}
