#!/usr/bin/env node
/** The entry: says in one line when this Node is too old to read the rest; otherwise runs the command. */

const NODE_MAJOR_MIN = 24;
const major = Number(process.versions.node.split(".")[0]);

if (major >= NODE_MAJOR_MIN) {
  // Nothing else may be imported before the check: an older Node could not even read it.
  const { keepCompiledCode } = await import("../kernel/code-cache.ts");
  keepCompiledCode();
  const { main } = await import("./program.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write(
    `fedns needs Node.js ${NODE_MAJOR_MIN} or newer; this is v${process.versions.node} ` +
      "(get it from https://nodejs.org, or run fedns with npx, which finds the one that came with the install)\n",
  );
  process.exitCode = 1;
}
