/** Mistakes in the usage of `fedns plan`: each has one sentence with its cure, and code 2. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const HOST = ["--host-context", "host"];

describe("fedns plan", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedConfigMap", "settings", { placement: { clusterSelector: {} }, template: {} });
  });

  for (const [claim, args, text, sentence] of [
    [
      "a kind that is none",
      ["deploment/web", "-n", "shop"],
      null,
      /federates no type "deploment"; did you mean deployment\?/,
    ],
    [
      "an object that is not there",
      ["cm/setings", "-n", "shop"],
      null,
      /does not exist; did you mean settings\?/,
    ],
    [
      "a name without namespace",
      ["cm/settings"],
      null,
      /FederatedConfigMap settings: name its namespace with -n/,
    ],
    ["nothing", [], null, /say what to plan: a file, - for standard input, KIND\/NAME, or --all/],
    [
      "a file that is none",
      ["nowhere.yaml"],
      null,
      /there is no file nowhere\.yaml, and it is no KIND\/NAME/,
    ],
    ["a file and all", ["x.yaml", "--all"], null, /--all plans all objects/],
    ["a damaged file", [], "kind: [\n", /bad\.yaml:\d+:\d+: /],
    ["a file without objects", [], "# nothing\n", /bad\.yaml: it has no object/],
    ["a text", [], "hello\n", /bad\.yaml: a document is no object; write apiVersion, kind and metadata/],
    [
      "an object without a name",
      [],
      "apiVersion: v1\nkind: ConfigMap\n",
      /a ConfigMap has no metadata\.name/,
    ],
    [
      "an object that is not federated",
      [],
      object("v1", "ConfigMap"),
      /ConfigMap x is no federated object; write a FederatedConfigMap/,
    ],
    [
      "another group",
      [],
      object("types.kubefed.io/v9", "FederatedConfigMp"),
      /federates no type "FederatedConfigMp"; did you mean federatedconfigmap\?/,
    ],
    [
      "a wrong group",
      [],
      object("kubefed.io/v1", "FederatedConfigMap"),
      /apiVersion is kubefed\.io\/v1; write types\.kubefed\.io\/v1beta1/,
    ],
    [
      "a context that is none",
      ["cm/x", "-n", "shop", "--host-context", "hst"],
      null,
      /there is no context "hst"/,
    ],
    [
      "a namespace that is no federation's",
      ["cm/x", "-n", "shop", "--kubefed-namespace", "nix"],
      null,
      /Namespace nix: it does not exist; run fedns init/,
    ],
  ] as const) {
    it(`refuses ${claim}, with the cure and code 2`, async () => {
      const target = text === null ? [] : [join(rig.folder, "bad.yaml")];
      if (text !== null) await writeFile(join(rig.folder, "bad.yaml"), text);
      const { code, out, err } = await rig.fedns("plan", ...HOST, ...target, ...args);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, sentence);
    });
  }
});

function object(apiVersion: string, kind: string): string {
  return `apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: x, namespace: shop }
spec: { placement: { clusterSelector: {} }, template: { data: { a: "1" } } }
`;
}
