/** All targets by name, with their corpora: inputs that were of interest once, as hex text. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { pictureTarget } from "./target-picture.ts";
import { queryTarget } from "./target-query.ts";
import { tcpTarget } from "./target-tcp.ts";
import { zoneFileTarget } from "./target-zone-file.ts";
import type { Target } from "./target.ts";

const TARGETS: Readonly<Record<TargetName, () => Target>> = {
  query: queryTarget,
  tcp: tcpTarget,
  "zone-file": zoneFileTarget,
  picture: pictureTarget,
};
export const TARGET_NAMES = ["query", "tcp", "zone-file", "picture"] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

export function openTarget(name: TargetName): Target {
  return TARGETS[name]();
}

function folderOf(name: TargetName): string {
  return join(import.meta.dirname, "corpus", name);
}

/** One file, one input; white space and line ends do not matter. Zone files are stored as text. */
export function readCorpus(name: TargetName): Uint8Array[] {
  return readdirSync(folderOf(name))
    .sort()
    .map((file) => {
      const bytes = readFileSync(join(folderOf(name), file));
      if (!file.endsWith(".hex")) return new Uint8Array(bytes);
      return new Uint8Array(Buffer.from(bytes.toString("latin1").replaceAll(/\s/g, ""), "hex"));
    });
}

/** Keeps an input that found a fault, for the test that comes with the fix. Returns the file's name. */
export function keepInput(name: TargetName, input: Uint8Array): string {
  const file = `fault-${createHash("sha256").update(input).digest("hex").slice(0, 12)}.hex`;
  mkdirSync(folderOf(name), { recursive: true });
  const lines =
    Buffer.from(input)
      .toString("hex")
      .match(/.{1,80}/g) ?? [];
  writeFileSync(join(folderOf(name), file), `${lines.join("\n")}\n`);
  return file;
}
