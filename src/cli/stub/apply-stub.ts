/** Writes a stub into the ConfigMap of a member's DNS, or takes it out: read, compare, show the difference, write against what was read. */
import { OperationalError } from "../../kernel/error.ts";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { create } from "../../fleet/objects/create.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { read } from "../../fleet/objects/read.ts";
import { unifiedDiff } from "../text/unified-diff.ts";
import { missingLabels } from "./node-labels.ts";
import { type AppliedKind, withoutStub, withStub } from "./merge-stub.ts";
import { serverNotes, type StubPlan } from "./plan.ts";

const WRITE_TIMEOUT_SECONDS = 15;

type StubWrite = {
  readonly kind: AppliedKind;
  readonly plan: StubPlan;
  readonly isRemoval: boolean;
  /** Everything but the write. */
  readonly isDryRun: boolean;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
};

/** Throws OperationalError (STUB), and as requests do. A ConfigMap that changed meanwhile is refused. */
export async function applyStub(options: StubWrite): Promise<void> {
  const { kind, plan, isRemoval, print } = options;
  await writeMap(options);
  if (kind !== "kube-dns" || isRemoval) return;
  const commands = await missingLabels(options.transport, plan.cluster, options.signal);
  if (commands.length === 0) return;
  print(
    `${plan.cluster}: Nodes lack labels by which kube-dns finds its region and zone; short names are empty without:\n`,
  );
  for (const command of commands) print(`  ${command}\n`);
}

async function writeMap(options: StubWrite): Promise<void> {
  const { kind, plan, isRemoval, isDryRun, transport, signal, print } = options;
  const [loopback] = isRemoval ? [] : serverNotes(plan);
  if (loopback !== undefined) throw new OperationalError("STUB", loopback.replace(/^CHANGE: /, ""));
  const key: ObjectKey = {
    resource: { group: "", version: "v1", plural: "configmaps" },
    namespace: "kube-system",
    name: kind,
  };
  const where = `${plan.cluster}: ConfigMap kube-system/${kind}`;
  const before = await read(transport, key, { signal });
  if (before === null && (kind === "coredns" || isRemoval)) {
    if (isRemoval) return print(`${where} is not there\n`);
    throw new OperationalError(
      "STUB",
      `${where} is not there: is the DNS of this cluster another one? --for names it`,
    );
  }
  const data = before === null ? {} : dataOf(before);
  const after = isRemoval ? withoutStub(kind, data, plan) : withStub(kind, data, plan);
  const diff = unifiedDiff(textOf(data), textOf(after));
  if (diff === "") return print(`${where} is as it should be\n`);
  print(`--- ${where}\n+++ ${where}\n${diff}`);
  if (isDryRun) return print(`${where} not written: --dry-run\n`);
  const writing = { permit: freePermit(WRITE_TIMEOUT_SECONDS), signal };
  if (before === null) await create(transport, key, { kind: "ConfigMap", data: after }, writing);
  else {
    const gone = Object.keys(data).filter((name) => !(name in after));
    const { resourceVersion } = before.metadata;
    const patch = { ...after, ...Object.fromEntries(gone.map((name) => [name, null])) };
    await mergePatch(transport, key, { metadata: { resourceVersion }, data: patch }, writing);
  }
  print(`${where} written\n`);
}

function dataOf(object: ApiObject): Readonly<Record<string, string>> {
  const data = isRecord(object["data"]) ? object["data"] : {};
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** As people read it: each key, and its lines. */
function textOf(data: Readonly<Record<string, string>>): string {
  return Object.entries(data)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `${name}:\n${text.replace(/\n?$/, "\n")}`)
    .join("");
}
