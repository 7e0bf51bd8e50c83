/** The CustomResourceDefinitions that come with fedns, and their installation: added to, never cut. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type Clock, pause } from "../../kernel/clock.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Resource } from "../../fleet/kube/resource.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { extendDefinition } from "../membership/extend-definition.ts";
import { objectTitle } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";
import type { StepRunner } from "./runner.ts";
import { stepError, stepRefused } from "./step-error.ts";

export const DEFINITIONS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
};
export const DEFINITION_KIND = "CustomResourceDefinition";

type Definition = {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** What is required by the installed definition and not by this one, is required no more. */
  readonly isLoosened?: boolean;
};

/** Of a checkout, and of the package, where the code is one folder deeper. */
const FOLDERS = [join("..", "..", ".."), join("..", "..", "..", "..")].map((up) =>
  join(import.meta.dirname, up, "deploy", "crds"),
);
const SERVED_WAIT_MS = 10_000;
const SERVED_LOOK_MS = 100;

/** Those in deploy/crds, by file. */
export async function bundledDefinitions(): Promise<readonly Definition[]> {
  const folder = FOLDERS.find((path) => existsSync(path));
  if (folder === undefined) throw stepRefused("deploy/crds", "the folder is missing; install fedns again");
  const definitions: Definition[] = [];
  for (const file of (await readdir(folder)).sort().filter((name) => name.endsWith(".yaml"))) {
    const text = await readFile(join(folder, file), "utf8");
    for (const document of parseAllDocuments(text)) {
      const value: unknown = document.toJS();
      if (!isRecord(value) || !isRecord(value["metadata"]) || !isRecord(value["spec"])) continue;
      definitions.push({ name: String(value["metadata"]["name"]), spec: value["spec"] });
    }
  }
  return definitions;
}

type InstallOptions = {
  readonly runner: StepRunner;
  readonly labels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

export async function installDefinition(
  host: ClusterConnection,
  { name, spec, isLoosened = false }: Definition,
  options: InstallOptions,
): Promise<void> {
  const { runner, labels } = options;
  const key = { resource: DEFINITIONS, namespace: "", name };
  const planned = {
    key,
    manifest: { kind: DEFINITION_KIND, metadata: { labels }, spec },
    ifForeign: "refuse",
  } as const;
  const installed = await runner.read(host, DEFINITION_KIND, key);
  if (installed === null) {
    await runner.apply(host, planned);
    if (!runner.isDryRun) await untilServed(host, spec, options);
    return;
  }
  const title = objectTitle(DEFINITION_KIND, key);
  runner.show(planned);
  const before = isRecord(installed["spec"]) ? installed["spec"] : {};
  const { spec: extended, added } = extendDefinition(before, spec, { isLoosened });
  if (added.length === 0) {
    runner.say(host.name, "unchanged", title);
    return;
  }
  const { uid, resourceVersion } = installed.metadata;
  const what = added.join(", ");
  try {
    const patch = { metadata: { uid, resourceVersion }, spec: extended };
    await mergePatch(host.transport, key, patch, { ...runner.writing, isDryRun: runner.isDryRun });
    runner.say(host.name, `${runner.isDryRun ? "would be extended" : "extended"} by ${what}`, title);
  } catch (error) {
    // Fields that it lacks are only for people: fedns works without them.
    runner.note(
      `${stepError(`${host.name}: ${title}`, error, DEFINITIONS.plural).message}. It stays as it is, without ${what}: ` +
        "what it has no room for is in Events and in fedns status",
    );
  }
}

/** An API server takes a moment to serve a new definition. */
async function untilServed(
  host: ClusterConnection,
  spec: Definition["spec"],
  { runner, clock, signal }: InstallOptions,
): Promise<void> {
  const names = isRecord(spec["names"]) ? spec["names"] : {};
  const [group, plural] = [String(spec["group"]), String(names["plural"])];
  const endMs = clock.nowMs() + SERVED_WAIT_MS;
  for (let look = 1; ; look++) {
    if (look === 10)
      runner.note(`waiting until ${plural}.${group} is served, up to ${SERVED_WAIT_MS / 1000} s`);
    host.discovery.invalidate();
    const { state } = await host.discovery.find(group, plural);
    if (state === "served") return;
    if (clock.nowMs() >= endMs)
      throw stepRefused(
        `${host.name}: ${DEFINITION_KIND} ${plural}.${group}`,
        `it is not served after ${SERVED_WAIT_MS / 1000} s; see its conditions with kubectl describe crd ${plural}.${group}`,
      );
    await pause(clock, SERVED_LOOK_MS, signal);
  }
}
