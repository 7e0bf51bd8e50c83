#!/usr/bin/env node
/** The entry: checks the version of Node.js, then runs the command. */

const NODE_MAJOR_MIN = 24;
const major = Number(process.versions.node.split(".")[0]);

if (major >= NODE_MAJOR_MIN) {
  // Imported after the check, because an older Node.js cannot parse it.
  const { keepCompiledCode } = await import("../kernel/code-cache.ts");
  keepCompiledCode();
  const { main } = await import("./program.ts");
  const code = await main(process.argv.slice(2));
  // Set already where output was lost.
  process.exitCode ||= code;
} else {
  process.stderr.write(
    `fedns needs Node.js ${NODE_MAJOR_MIN} or newer; this is v${process.versions.node} ` +
      "(get it from https://nodejs.org, or run fedns with npx, which uses the Node that was installed with it)\n",
  );
  process.exitCode = 1;
}
