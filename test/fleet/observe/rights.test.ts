/** An observer requests exactly what deploy/member.yaml allows, source by source. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { SourceSettings } from "../../../src/fleet/sources/source-table.ts";
import { settingsOf } from "../../run/config/default-sources.ts";
import { memberRules, sourceNeeds } from "../../support/member-rights.ts";
import { until } from "../../support/until.ts";
import { world } from "./observed-cluster.ts";

const NAMES = Object.keys(sourceNeeds);

/** With selectors and annotations on, so that everything is read that a source may ask for. */
function settings(on: readonly string[]): SourceSettings {
  const isOn = (name: string): boolean => on.includes(name) || name === "externalDns";
  return settingsOf(isOn, { namespaceSelector: "team", labelSelector: "app" });
}

/** "group/resource verb", sorted: what is asked for until all has been read, every watch stands and nothing is new. */
async function asked(t: TestContext, on: readonly string[]): Promise<readonly string[]> {
  const here = await world(t, { sources: settings(on) });
  for (const { plural, versions } of NAMES.flatMap((name) => sourceNeeds[name] ?? []))
    here.transport.serve(plural, versions[0] as string);
  here.start();
  await until("it is read", () => here.reads() === 1);
  const rules = memberRules(on).flatMap(({ resources = [] }) => resources);
  await until("the watches stand", () => here.server.openWatches >= rules.length);
  const kinds = here.server.seen.map(({ kind, path, request }) => {
    const [, group = "", , plural = ""] = /^\/api(?:s\/([^/]+))?\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    return `${group}/${plural} ${request.method === "GET" ? kind : request.method}`;
  });
  return [...new Set(kinds)].sort();
}

function allowed(on: readonly string[]): readonly string[] {
  return memberRules(on)
    .flatMap(({ apiGroups = [], resources = [], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((plural) => verbs.map((verb) => `${group}/${plural} ${verb}`)),
      ),
    )
    .sort();
}

for (const on of [[], ...NAMES.map((name) => [name]), NAMES]) {
  test(`with ${on.join(", ") || "no source"} on, exactly the allowed resources are requested`, async (t) => {
    assert.deepEqual(await asked(t, on), allowed(on));
  });
}

test("each resource is watched once, whatever uses it", async (t) => {
  const here = await world(t, { sources: settings(NAMES) });
  for (const { plural, versions } of NAMES.flatMap((name) => sourceNeeds[name] ?? []))
    here.transport.serve(plural, versions[0] as string);
  here.start();
  await until("it is read", () => here.reads() === 1);
  const lists = here.server.seen.filter(({ kind }) => kind === "list").map(({ path }) => path);
  assert.deepEqual(lists.toSorted(), [...new Set(lists)].toSorted());
});
