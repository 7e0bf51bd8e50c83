/** Secrets, KubeFedConfigs and FederatedTypeConfigs from outside, as tables. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseKubeFedConfig,
  STANDARD_HEALTH,
  STANDARD_PROPAGATION,
} from "../../../src/fleet/host-objects/kubefed-config.ts";
import { parseMemberSecret } from "../../../src/fleet/host-objects/member-secret.ts";
import { parseFederatedTypeConfig } from "../../../src/fleet/host-objects/type-config.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the Secret of a member", () => {
  const cases: readonly (readonly [what: string, secret: unknown, expected: string | RegExp])[] = [
    ["a token", { data: { token: base64("abc.def.ghi") } }, "abc.def.ghi"],
    ["a token with a line end", { data: { token: base64("abc\n") } }, "abc"],
    ["no data", {}, /has no key token \(it is empty\); write/],
    ["other keys", { data: { kubeconfig: base64("x"), "ca.crt": "" } }, /it has kubeconfig, ca.crt/],
    [
      "a kubeconfig that runs a command",
      { data: { kubeconfig: base64('{"users":[{"name":"u","user":{"exec":{"command":"sh"}}}]}') } },
      /has no key token \(it has kubeconfig\); write/,
    ],
    [
      "a kubeconfig for a token",
      { data: { token: base64("apiVersion: v1\nkind: Config\n") } },
      /no text for an HTTP header/,
    ],
    ["an empty token", { data: { token: "" } }, /empty token; run fedns join/],
    ["a token that is a number", { data: { token: 7 } }, /empty token/],
    ["a token with a line end inside", { data: { token: base64("abc\ndef") } }, /no text for an HTTP header/],
    ["a token of 9 kB", { data: { token: base64("a".repeat(9000)) } }, /no text for an HTTP header/],
    ["no Secret at all", null, /has no key token/],
  ];
  for (const [what, secret, expected] of cases)
    it(`with ${what} gives ${typeof expected === "string" ? "the token" : "a problem with its cure"}`, () => {
      const content = parseMemberSecret(secret);
      if (typeof expected === "string") assert.deepEqual(content, { token: expected });
      else assert.match("problem" in content ? content.problem : "", expected);
    });
});

describe("a KubeFedConfig", () => {
  const config = (clusterHealthCheck: unknown, scope: unknown = "Cluster"): unknown => ({
    spec: { scope, clusterHealthCheck },
  });

  it("sets how members are probed", () => {
    const given = { period: "5s", timeout: "500ms", failureThreshold: 4, successThreshold: 2 };
    assert.deepEqual(parseKubeFedConfig(config(given)), {
      health: { periodMs: 5000, timeoutMs: 500, failureThreshold: 4, successThreshold: 2 },
      propagation: STANDARD_PROPAGATION,
      problems: [],
    });
  });

  it("has KubeFed's defaults", () => {
    const propagation = STANDARD_PROPAGATION;
    assert.deepEqual(parseKubeFedConfig({}), { health: STANDARD_HEALTH, propagation, problems: [] });
    assert.deepEqual(parseKubeFedConfig(null).health, STANDARD_HEALTH);
  });

  const wrong: readonly (readonly [check: unknown, says: RegExp])[] = [
    [{ period: "soon" }, /clusterHealthCheck.period is "soon" .* until then it is 10s/],
    [{ period: "0s" }, /must be a duration like 10s/],
    [{ timeout: 3 }, /clusterHealthCheck.timeout is 3/],
    [{ failureThreshold: 0 }, /failureThreshold is 0 .* until then it is 3/],
    [{ successThreshold: 1.5 }, /successThreshold is 1.5/],
    [{ failureThreshold: 1e9 }, /whole number from 1 to 1000/],
  ];
  for (const [check, says] of wrong)
    it(`with ${JSON.stringify(check)} is reported, and the default counts`, () => {
      const { health, problems } = parseKubeFedConfig(config(check));
      assert.match(problems.map(({ sentence }) => sentence).join(), says);
      assert.deepEqual(health, STANDARD_HEALTH);
    });

  const propagations: readonly (readonly [spec: object, scope: string, adoptResources: boolean | null])[] = [
    [{}, "Cluster", null],
    [{ scope: "Namespaced" }, "Namespaced", null],
    [{ scope: "Cluster", syncController: { adoptResources: "Disabled" } }, "Cluster", false],
    [{ syncController: { adoptResources: "Enabled" } }, "Cluster", true],
    [{ scope: "World", syncController: { adoptResources: "maybe" } }, "Cluster", null],
    [{ syncController: null }, "Cluster", null],
  ];
  for (const [spec, scope, adoptResources] of propagations)
    it(`with ${JSON.stringify(spec)} has scope ${scope} and adopts: ${adoptResources}`, () => {
      const { propagation, problems } = parseKubeFedConfig({ spec });
      assert.deepEqual(propagation, { scope, adoptResources });
      assert.equal(problems.length, "scope" in spec && spec.scope === "World" ? 2 : 0);
    });
});

describe("a FederatedTypeConfig", () => {
  const target = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    pluralName: "deployments",
    scope: "Namespaced",
  };
  const federated = {
    group: "types.kubefed.io",
    version: "v1beta1",
    kind: "FederatedDeployment",
    pluralName: "federateddeployments",
    scope: "Namespaced",
  };
  const typeConfig = (own: object, name = "deployments.apps"): unknown => ({
    metadata: { name },
    spec: { targetType: target, federatedType: federated, propagation: "Enabled", ...own },
  });

  it("is a type that is propagated, or not", () => {
    const { value, problems } = parseFederatedTypeConfig(typeConfig({}));
    assert.deepEqual(problems, []);
    assert.equal(value?.isPropagated, true);
    assert.equal(value.targetType.isNamespaced, true);
    assert.equal(
      parseFederatedTypeConfig(typeConfig({ propagation: "Disabled" })).value?.isPropagated,
      false,
    );
  });

  it("of a core type has the plural as its name", () => {
    const core = { ...target, group: undefined, kind: "Secret", pluralName: "secrets" };
    assert.deepEqual(parseFederatedTypeConfig(typeConfig({ targetType: core }, "secrets")).problems, []);
  });

  const wrong: readonly (readonly [own: object, says: RegExp])[] = [
    [{ targetType: undefined }, /spec.targetType.version is nothing; write a version/],
    [
      { targetType: { ...target, scope: "Everywhere" } },
      /scope is "Everywhere"; write Namespaced or Cluster/,
    ],
    [{ targetType: { ...target, pluralName: "Deployments" } }, /pluralName is "Deployments"/],
    [{ federatedType: { ...federated, group: "types" } }, /must have a dot/],
    [{ propagation: "On" }, /spec.propagation is "On"; write Enabled or Disabled/],
    [{ targetType: { ...target, group: "extensions" } }, /must be named deployments.extensions/],
    [{ targetType: { ...target, scope: "Cluster" } }, /federatedType.scope must be Cluster for Deployment/],
    [{ federatedType: { ...federated, scope: "Cluster" } }, /federatedType.scope must be Namespaced for/],
  ];
  for (const [own, says] of wrong)
    it(`with ${JSON.stringify(own).slice(0, 60)} has no effect, and says what to do`, () => {
      const { value, problems } = parseFederatedTypeConfig(typeConfig(own));
      assert.equal(value, null);
      assert.match(problems.map(({ sentence }) => sentence).join("\n"), says);
    });

  it("of Namespaces has its federated objects in namespaces", () => {
    const ofNamespaces = {
      ...target,
      group: undefined,
      kind: "Namespace",
      pluralName: "namespaces",
      scope: "Cluster",
    };
    assert.deepEqual(
      parseFederatedTypeConfig(typeConfig({ targetType: ofNamespaces }, "namespaces")).problems,
      [],
    );
  });

  it("is none when the object is none", () => {
    for (const hostile of [null, 7, { spec: [] }])
      assert.equal(parseFederatedTypeConfig(hostile).value, null);
  });
});
