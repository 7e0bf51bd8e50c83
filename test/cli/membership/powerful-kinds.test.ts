/** Which kinds `fedns join --kinds` gives without asking for a word of their own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { powerNotes, powerProblems } from "../../../src/cli/membership/powerful-kinds.ts";
import type { GrantedKind } from "../../../src/cli/membership/rights.ts";
import { OTHER_TYPES, USUAL_TYPES } from "../../../src/fleet/host-objects/usual-types.ts";

const RBAC = "rbac.authorization.k8s.io";
const kind = (group: string, plural: string, isNamespaced = true): GrantedKind => ({
  group,
  plural,
  isNamespaced,
});
const none = { areRolesAllowed: false, areClusterKindsAllowed: false };
const both = { areRolesAllowed: true, areClusterKindsAllowed: true };
const granted = (types: typeof USUAL_TYPES): readonly GrantedKind[] =>
  types.map(({ group, pluralName: plural, isNamespaced }) => ({ group, plural, isNamespaced }));

describe("kinds that need a word of their own", () => {
  for (const [word, given, kinds] of [
    ["--allow-rbac", "areRolesAllowed", [kind(RBAC, "roles"), kind(RBAC, "clusterrolebindings", false)]],
    ["--allow-rbac", "areRolesAllowed", [kind("authorization.openshift.io", "rolebindings")]],
    [
      "--allow-cluster-kinds",
      "areClusterKindsAllowed",
      [
        kind("admissionregistration.k8s.io", "mutatingwebhookconfigurations", false),
        kind("apiregistration.k8s.io", "apiservices", false),
        kind("apiextensions.k8s.io", "customresourcedefinitions", false),
        kind("", "persistentvolumes", false),
        kind("", "nodes", false),
        kind("other.example.com", "namespaces", false),
      ],
    ],
  ] as const)
    it(`are ${kinds.map(({ plural }) => plural).join(", ")}: ${word}`, () => {
      for (const one of kinds) {
        const [problem, ...others] = powerProblems([one], none);
        assert.ok(problem?.includes(word) === true && problem.includes(one.plural), one.plural);
        assert.deepEqual(others, []);
        assert.deepEqual(powerProblems([one], { ...none, [given]: true }), []);
        assert.equal(powerProblems([one], { ...both, [given]: false }).length, 1);
      }
    });

  it("are none of the usual ones, and of KubeFed's other defaults only ClusterRoles", () => {
    assert.deepEqual(powerProblems(granted(USUAL_TYPES), none), []);
    const [problem, ...others] = powerProblems(granted(OTHER_TYPES), none);
    assert.match(problem ?? "", /^clusterroles\.rbac\.authorization\.k8s\.io: .* --allow-rbac/);
    assert.deepEqual(others, []);
  });
});

describe("notes about kinds", () => {
  it("say that the token is an administrator's, where it reaches every namespace", () => {
    const kinds = [
      kind("", "secrets"),
      kind("apps", "deployments"),
      kind("batch", "jobs"),
      kind("", "services"),
    ];
    const notes = powerNotes(kinds, null);
    assert.match(notes[0] ?? "", /reads every Secret of the cluster/);
    assert.match(notes[1] ?? "", /^with deployments\.apps, jobs\.batch and without --namespaces/);
    assert.equal(notes.length, 2);
    assert.deepEqual(powerNotes(kinds, ["shop"]), []);
    assert.deepEqual(powerNotes([kind("", "services"), kind("", "configmaps")], null), []);
  });
});
