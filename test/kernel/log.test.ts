/** The log: what its fields may be called, and that none of them is lost on a terminal. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { silentLog } from "../../src/kernel/log.ts";

it("a field that the log has a meaning for is refused by its type", () => {
  // @ts-expect-error: terminals would show no such line's host name, and log collectors another one.
  silentLog.warn({ hostname: "lb.example.net" }, "host name lookup failed; trying again");
  // @ts-expect-error: it would take the place of the process that writes.
  silentLog.warn({ process: "x" }, "anything");
  silentLog.warn({ host: "lb.example.net" }, "host name lookup failed; trying again");
});

it("a terminal shows every field", () => {
  const program = `
    import { createLog } from ${JSON.stringify(new URL("../../src/kernel/log.ts", import.meta.url).href)};
    const log = createLog({ level: "info", process: "control", pretty: true });
    log.warn({ host: "lb.example.net", reason: "refused" }, "host name lookup failed; trying again");`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  // Without colours.
  // eslint-disable-next-line no-control-regex
  const text = stderr.replaceAll(/\u001B\[\d+m/g, "");
  for (const part of ['host: "lb.example.net"', 'reason: "refused"', 'process: "control"'])
    assert.ok(text.includes(part), text);
});
