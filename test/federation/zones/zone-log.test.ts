/** ZoneLog: a broken file is one line of the log, whose fields say which file, zone and line. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { ZoneLog } from "../../../src/federation/zones/zone-log.ts";
import type { LogFields } from "../../../src/kernel/log.ts";
import { silentLog } from "../../../src/kernel/log.ts";

type Line = readonly [level: string, message: string, fields: LogFields];

function open(): { readonly log: ZoneLog; readonly take: () => Line[] } {
  let lines: Line[] = [];
  const into =
    (level: string) =>
    (fields: LogFields, message: string): void =>
      void lines.push([level, message, fields]);
  const log = new ZoneLog({ ...silentLog, warn: into("warn"), error: into("error") });
  return {
    log,
    take: () => {
      const taken = lines;
      lines = [];
      return taken;
    },
  };
}

const problem = (file: string, line: number, severity: "error" | "warning", message: string) => ({
  file,
  line,
  severity,
  message,
});

it("ten faults of one file are one line, with file, zone and the line of the first error", () => {
  const { log, take } = open();
  const warning = problem("/zones/a.example.zone", 3, "warning", "SOA: refresh 2 is below 14400 seconds");
  const errors = Array.from({ length: 9 }, (_, count) =>
    problem("/zones/a.example.zone", 5 + count, "error", `fault ${count}`),
  );
  log.note([warning, ...errors]);
  assert.deepEqual(take(), [
    [
      "error",
      "a zone file has errors; its zone stays as it was",
      {
        file: "/zones/a.example.zone",
        zone: "a.example",
        line: 5,
        errors: 9,
        warnings: 1,
        problems: [0, 1, 2, 3, 4].map((count) => `${5 + count}: error: fault ${count}`),
      },
    ],
  ]);
});

it("files have lines of their own; what is known already is not said again, and what returns is", () => {
  const { log, take } = open();
  const one = problem("/zones/a.example.zone", 3, "warning", "old");
  const other = problem("/zones/part.inc", 0, "error", "there is no such file");
  const told = (): string[] =>
    take().map(([level, , { file, zone }]) => `${level} ${String(file)} ${String(zone)}`);
  log.note([one, other]);
  assert.deepEqual(told(), ["warn /zones/a.example.zone a.example", "error /zones/part.inc null"]);
  log.note([one, other]);
  log.note([one]);
  assert.deepEqual(told(), []);
  log.note([one, other]);
  assert.deepEqual(told(), ["error /zones/part.inc null"]);
});
