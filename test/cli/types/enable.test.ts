/** `fedns enable`: kinds that become propagated, definitions that are brought up to date, and what is refused before anything is written. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { suiteScope } from "../../support/programs.ts";
import { definitionIn, type Loose, NAMESPACE, typeConfigIn } from "../clusters/host-content.ts";
import { recordRequests, type Rig, startRig, writesIn } from "../clusters/rig.ts";

function schemaOf(definition: Loose | undefined): Loose {
  return definition?.["spec"].versions[0].schema.openAPIV3Schema.properties;
}

/** As kubefedctl made it: no room for messages, and overrides by name alone. */
function kubefedDefinition(): KubeObject {
  const text = { type: "string" };
  const free = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const override = { clusterName: text, clusterOverrides: { type: "array", items: free } };
  const line = { name: text, status: text, remoteStatus: free };
  const properties = {
    spec: {
      type: "object",
      properties: {
        template: free,
        overrides: {
          type: "array",
          items: { type: "object", required: ["clusterName"], properties: override },
        },
      },
    },
    status: {
      type: "object",
      properties: {
        clusters: { type: "array", items: { type: "object", required: ["name"], properties: line } },
      },
    },
  };
  const kind = "FederatedSecret";
  const names = { plural: "federatedsecrets", kind, singular: "federatedsecret", listKind: `${kind}List` };
  const version = { name: "v1beta1", served: true, storage: true, subresources: { status: {} } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "federatedsecrets.types.kubefed.io" },
    spec: {
      group: "types.kubefed.io",
      scope: "Namespaced",
      names,
      versions: [{ ...version, schema: { openAPIV3Schema: { type: "object", properties } } }],
    },
  };
}

/** A custom resource: `replicas` as the schema of `spec.replicas`. */
function gadgets(replicas: { readonly type: string }): KubeObject {
  const spec = { type: "object", properties: { replicas } };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget", singular: "gadget", listKind: "GadgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

describe("fedns enable", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
  });

  it("needs a host, and shows what it would make in a cluster that is none", async () => {
    const refused = await rig.fedns("enable", "configmaps");
    assert.equal(refused.code, 1);
    const shown = await rig.fedns("enable", "configmaps", "-o", "yaml");
    assert.equal(shown.code, 0, shown.err);
    assert.deepEqual(
      parseAllDocuments(shown.out).map((document) => (document.toJS() as Loose)["kind"]),
      ["CustomResourceDefinition", "FederatedTypeConfig"],
    );
    assert.match(refused.err, /run fedns init first/);
    assert.equal((await rig.fedns("init")).code, 0);
  });

  it("makes the definition and the FederatedTypeConfig, and changes nothing the second time", async () => {
    const first = await rig.fedns("enable", "deploy", "Namespace");
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(first.steps, [
      "CustomResourceDefinition federateddeployments.types.kubefed.io created",
      `FederatedTypeConfig ${NAMESPACE}/deployments.apps created`,
      "CustomResourceDefinition federatednamespaces.types.kubefed.io created",
      `FederatedTypeConfig ${NAMESPACE}/namespaces created`,
    ]);
    assert.deepEqual(typeConfigIn(host, "deployments.apps")?.["spec"], {
      targetType: {
        group: "apps",
        version: "v1",
        kind: "Deployment",
        pluralName: "deployments",
        scope: "Namespaced",
      },
      propagation: "Enabled",
      federatedType: {
        group: "types.kubefed.io",
        version: "v1beta1",
        kind: "FederatedDeployment",
        pluralName: "federateddeployments",
        scope: "Namespaced",
      },
      statusCollection: "Disabled",
    });
    const { federatedType, targetType } = typeConfigIn(host, "namespaces")?.["spec"] ?? {};
    assert.deepEqual([targetType.scope, federatedType.scope], ["Cluster", "Namespaced"]);
    const definition = definitionIn(host, "federateddeployments.types.kubefed.io");
    assert.deepEqual(definition?.["spec"].names.shortNames, ["fdeploy"]);
    assert.ok(schemaOf(definition)["spec"].properties.retainReplicas !== undefined);
    const second = await rig.fedns("enable", "deployments.apps", "ns");
    assert.ok(
      second.steps.every((step) => step.endsWith(" unchanged")),
      second.out,
    );
  });

  it("gives a definition of KubeFed room for messages and for overrides by selector, and says so", async () => {
    host.objects.put(kubefedDefinition());
    await host.settled();
    const { code, out, err } = await rig.fedns("enable", "secrets");
    assert.equal(code, 0, err);
    assert.match(
      out,
      /federatedsecrets\.types\.kubefed\.io extended by .*field v1beta1\.status\.clusters\[\]\.message/,
    );
    assert.match(out, /optional v1beta1\.spec\.overrides\[\]\.clusterName/);
    const { spec, status } = schemaOf(definitionIn(host, "federatedsecrets.types.kubefed.io"));
    assert.ok("code" in status.properties.clusters.items.properties);
    assert.equal(spec.properties.overrides.items.required, undefined);
    assert.ok("clusterSelector" in spec.properties.overrides.items.properties);
    const again = await rig.fedns("enable", "secrets");
    assert.ok(
      again.steps.every((step) => step.endsWith(" unchanged")),
      again.out,
    );
  });

  it("propagates again what was disabled, and says what changed", async () => {
    const stored = typeConfigIn(host, "secrets") as Loose;
    host.objects.put({ ...stored, spec: { ...stored["spec"], propagation: "Disabled" } } as never);
    const { code, err } = await rig.fedns("enable", "secrets", "--collect-status");
    assert.equal(code, 0, err);
    assert.match(
      err,
      /note: FederatedTypeConfig secrets: propagation from Disabled to Enabled, statusCollection from Disabled to Enabled/,
    );
    assert.equal((await rig.fedns("enable", "secrets")).code, 0);
    assert.equal(typeConfigIn(host, "secrets")?.["spec"].statusCollection, "Enabled");
    assert.equal((await rig.fedns("enable", "secrets", "--no-collect-status")).code, 0);
    assert.equal(typeConfigIn(host, "secrets")?.["spec"].statusCollection, "Disabled");
  });

  it("gives fedns the rights to a federated type of another group", async () => {
    const { code, err } = await rig.fedns("enable", "services", "--federated-group", "types.example.com");
    assert.equal(code, 0, err);
    const rbac = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      name: "fedns:federatedservices.types.example.com",
    };
    const role = host.objects.get({ ...rbac, kind: "ClusterRole" }) as Loose;
    assert.deepEqual(role["rules"], [
      {
        apiGroups: ["types.example.com"],
        resources: ["federatedservices", "federatedservices/status"],
        verbs: ["get", "list", "watch", "patch"],
      },
    ]);
    const binding = host.objects.get({ ...rbac, kind: "ClusterRoleBinding" }) as Loose;
    assert.deepEqual(binding["subjects"], [{ kind: "ServiceAccount", namespace: "fedns", name: "fedns" }]);
    const again = await rig.fedns("enable", "services");
    assert.ok(
      again.steps.every((step) => step.endsWith(" unchanged")),
      again.out,
    );
    assert.equal(typeConfigIn(host, "services")?.["spec"].federatedType.group, "types.example.com");
  });

  it("reads retainReplicas from the schema of a custom resource", async () => {
    for (const [type, isScaled] of [
      ["string", false],
      ["integer", true],
    ] as const) {
      host.objects.put(gadgets({ type }));
      await host.settled();
      const { code, out, err } = await rig.fedns("enable", "gadget", "-o", "yaml");
      assert.equal(code, 0, err);
      assert.equal(out.includes("retainReplicas"), isScaled, type);
    }
  });

  it("takes an EnableTypeDirective of kubefedctl", async () => {
    const path = join(rig.folder, "directive.yaml");
    const spec = "spec: { federatedGroup: types.kubefed.io, federatedVersion: v1beta1 }";
    await writeFile(path, `kind: EnableTypeDirective\nmetadata: { name: jobs.batch }\n${spec}\n`);
    const { code, steps, err } = await rig.fedns("enable", "-f", path);
    assert.equal(code, 0, err);
    assert.ok(steps.includes(`FederatedTypeConfig ${NAMESPACE}/jobs.batch created`));
  });

  const refused: readonly (readonly [what: string, args: readonly string[], sentence: RegExp])[] = [
    ["a typo", ["deploymnts"], /serves no kind deploymnts that can be created; did you mean deployments\?/],
    ["a kind that cannot be kept", ["tokenreviews"], /cannot be propagated: its API has no get, list/],
    ["a kind of the federation", ["kubefedclusters"], /belongs to the federation itself/],
    [
      "a version that is not served",
      ["secrets", "--target-version", "v9"],
      /is not served as v9; there are v1/,
    ],
    ["another federated type", ["secrets", "--federated-group", "a.b"], /run fedns disable secrets first/],
    ["one kind that is wrong among others", ["cronjobs", "nothing"], /serves no kind nothing/],
  ];
  for (const [what, args, sentence] of refused)
    it(`refuses ${what}, and writes nothing`, async () => {
      const { sent, stop } = recordRequests(scope);
      const { code, err } = await rig.fedns("enable", ...args);
      stop();
      assert.equal(code, 1);
      assert.match(err, sentence);
      assert.deepEqual(writesIn(sent), []);
    });

  it("refuses files that are none", async () => {
    const path = join(rig.folder, "bad.yaml");
    for (const [text, sentence] of [
      ["kind: Deployment\n", /document 1: it is no EnableTypeDirective/],
      [
        "kind: EnableTypeDirective\nmetadata: { name: a }\nspec: { group: b }\n",
        /spec\.group is unknown; there are targetVersion/,
      ],
      ["a: [\n", /document 1 is not YAML \(line 2\)/],
      ["\n", /has no manifest/],
    ] as const) {
      await writeFile(path, text);
      const { code, err } = await rig.fedns("enable", "-f", path);
      assert.equal(code, 1);
      assert.match(err, sentence);
    }
    const missing = await rig.fedns("enable", "-f", join(rig.folder, "none.yaml"));
    assert.match(missing.err, /none\.yaml cannot be read: there is no such file/);
    const both = await rig.fedns("enable", "secrets", "-f", path);
    assert.match(both.err, /name no kinds, groups and versions beside it/);
  });
});
