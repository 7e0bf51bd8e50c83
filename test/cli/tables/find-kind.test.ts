/** Which kind a word means, in one server and in several that differ. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServedKind } from "../../../src/fleet/objects/discovery-document.ts";
import { findCommonKind, findKind, suggestKind } from "../../../src/cli/tables/find-kind.ts";

const READ = ["get", "list", "watch"];

function served(
  name: string,
  kind: string,
  changes: Partial<ServedKind> & { versions?: any } = {},
): ServedKind {
  const [plural = "", ...group] = name.split(".");
  return {
    group: group.join("."),
    kind,
    plural,
    isNamespaced: true,
    shortNames: [],
    versions: [{ version: "v1", verbs: READ, subresources: [] }],
    ...changes,
  };
}

const versions = (...names: readonly string[]): ServedKind["versions"] =>
  names.map((version) => ({ version, verbs: READ, subresources: [] }));

const KINDS = [
  served("events", "Event", { shortNames: ["ev"] }),
  served("pods", "Pod", { shortNames: ["po"] }),
  served("deployments.apps", "Deployment", { shortNames: ["deploy"] }),
  served("events.events.k8s.io", "Event", { shortNames: ["ev"] }),
  served("horizontalpodautoscalers.autoscaling", "HorizontalPodAutoscaler", {
    shortNames: ["hpa"],
    versions: versions("v2", "v1"),
  }),
  served("mice.example.com", "Rodent", { singular: "mouse", shortNames: ["po"] }),
  served("tokenreviews.authentication.k8s.io", "TokenReview", {
    versions: [{ version: "v1", verbs: ["create"], subresources: [] }],
  }),
];

describe("a word for a type", () => {
  for (const [word, expected] of [
    ["pods", "pods/v1"],
    ["Pod", "pods/v1"],
    ["po", "pods/v1"],
    ["events", "events/v1"],
    ["events.events.k8s.io", "events.events.k8s.io/v1"],
    ["ev.events.k8s.io", "events.events.k8s.io/v1"],
    ["deploy.apps", "deployments.apps/v1"],
    ["Deployment.v1.apps", "deployments.apps/v1"],
    ["hpa", "horizontalpodautoscalers.autoscaling/v2"],
    ["hpa.v1.autoscaling", "horizontalpodautoscalers.autoscaling/v1"],
    ["hpa.v3.autoscaling", null],
    ["pods.v1", "pods/v1"],
    ["mouse", "mice.example.com/v1"],
    ["rodent", "mice.example.com/v1"],
    ["po.example.com", "mice.example.com/v1"],
    ["deployments.example.com", null],
    ["tokenreviews", null],
    ["", null],
  ] as const)
    it(`is read as kubectl reads it: ${word}`, () => {
      const found = findKind(word, KINDS);
      const name = found && `${found.plural}${found.group === "" ? "" : `.${found.group}`}/${found.version}`;
      assert.equal(name, expected);
    });

  it("that is mistyped has a suggestion", () => {
    assert.equal(suggestKind("deploymnts", KINDS), "deployments");
    assert.equal(suggestKind("zzzzzzzzz", KINDS), null);
  });
});

describe("a word for several servers", () => {
  const groupsOf = (word: string, servers: readonly (readonly ServedKind[])[]): (string | null)[] =>
    findCommonKind(word, servers).map((kind) => kind && `${kind.group}/${kind.version}`);
  const istio = served("gateways.networking.istio.io", "Gateway", { shortNames: ["gw"] });
  const gateway = served("gateways.gateway.networking.k8s.io", "Gateway", { shortNames: ["gtw"] });

  it("means the kind that most of them have", () => {
    assert.deepEqual(groupsOf("gateways", [[istio], [gateway], [gateway]]), [
      null,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1",
    ]);
    assert.deepEqual(groupsOf("gateways.networking.istio.io", [[istio], [gateway], [gateway, istio]]), [
      "networking.istio.io/v1",
      null,
      "networking.istio.io/v1",
    ]);
  });

  it("need be known to one of them only, and each has its own version", () => {
    const older = { ...gateway, shortNames: [], versions: versions("v1beta1") };
    assert.deepEqual(groupsOf("gtw", [[older], [gateway]]), [
      "gateway.networking.k8s.io/v1beta1",
      "gateway.networking.k8s.io/v1",
    ]);
    assert.deepEqual(groupsOf("none", [[older], [gateway]]), [null, null]);
  });
});
