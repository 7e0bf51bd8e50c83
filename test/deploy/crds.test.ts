/** The definitions in deploy/crds: closed schemas, KubeFed's names and columns, and a real kubectl that uses them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { startApiServer, type ApiServer } from "../../src/sandbox/api-server.ts";
import { openKubectl, type Kubectl } from "../sandbox/kubectl.ts";
import { needs } from "../support/programs.ts";

const folder = join(import.meta.dirname, "..", "..", "deploy", "crds");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly description?: string;
};
type Version = {
  readonly name: string;
  readonly subresources?: unknown;
  readonly additionalPrinterColumns?: readonly { readonly name: string }[];
  readonly schema: { readonly openAPIV3Schema: Schema };
};
type Definition = {
  readonly spec: {
    readonly names: { readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly Version[];
  };
};

function definitionIn(file: string): Definition {
  return parse(readFileSync(join(folder, file), "utf8")) as Definition;
}

/** Paths of what lets any value through: no type, no items, or an object without properties below the metadata. */
function openLevels(schema: Schema, path: string): readonly string[] {
  const { type, properties = {}, items, additionalProperties } = schema;
  const below = [
    ...Object.entries(properties).map(([name, own]) => openLevels(own, `${path}.${name}`)),
    ...[items, additionalProperties].flatMap((own) =>
      own === undefined ? [] : [openLevels(own, `${path}[]`)],
    ),
  ].flat();
  const isEnvelope = path === ".metadata";
  const isOpen =
    type === undefined ||
    (type === "array" && items === undefined) ||
    (type === "object" && !isEnvelope && below.length === 0 && Object.keys(properties).length === 0);
  const marks = Object.keys(schema).filter((key) => key.startsWith("x-kubernetes-preserve"));
  return [...(isOpen && additionalProperties === undefined ? [path] : []), ...marks, ...below];
}

describe("the definitions in deploy/crds", () => {
  for (const file of files) {
    it(`${file} types every level, and every version has a schema`, () => {
      for (const { schema } of definitionIn(file).spec.versions)
        assert.deepEqual(openLevels(schema.openAPIV3Schema, ""), []);
    });
  }

  it("carry KubeFed's names, versions, columns and short names", () => {
    const facts = ["kubefedclusters", "kubefedconfigs", "federatedtypeconfigs"].map((plural) => {
      const { names, versions } = definitionIn(`${plural}.yaml`).spec;
      const [version] = versions as [Version];
      const columns = version.additionalPrinterColumns?.map(({ name }) => name) ?? [];
      return [names.plural, version.name, names.shortNames ?? [], columns, "subresources" in version];
    });
    assert.deepEqual(facts, [
      ["kubefedclusters", "v1beta1", ["kfc"], ["age", "ready", "kubernetes-version"], true],
      ["kubefedconfigs", "v1beta1", [], [], false],
      ["federatedtypeconfigs", "v1beta1", ["ftc"], [], true],
    ]);
  });
});

const cluster = (spec: string): string => `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: { name: c1, namespace: kube-federation-system }
spec: ${spec}
`;
const config = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: { name: kubefed, namespace: kube-federation-system }
spec: { scope: Cluster, clusterHealthCheck: { period: 10s, failureThreshold: 3 } }
`;
const typeConfig = `
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: { name: deployments.apps, namespace: kube-federation-system }
spec:
  propagation: Enabled
  targetType: { group: apps, version: v1, kind: Deployment, pluralName: deployments, scope: Namespaced }
  federatedType:
    { group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced }
`;

describe("an API server with the definitions in deploy/crds", needs("kubectl", "kubernetes-client"), () => {
  let server: ApiServer;
  let kubectl: Kubectl;
  before(async () => {
    server = await startApiServer();
    kubectl = await openKubectl("kubectl", server);
  });
  after(async () => {
    await kubectl.close();
    await server.close();
  });
  const says = async (command: string, pattern: RegExp, input?: string): Promise<void> => {
    const { out } = await kubectl.run(command.split(" "), input);
    assert.match(out, pattern);
  };

  it("takes all of them, twice, and objects of every kind", async () => {
    const { code, out } = await kubectl.run(["apply", "-f", folder]);
    assert.equal(code, 0, out);
    assert.equal(out.trim().split("\n").length, files.length);
    await server.settled();
    await says(`apply -f ${folder}`, /kubefedclusters.core.kubefed.io unchanged/);
    await says("create ns kube-federation-system", /created/);
    const sound = cluster("{ apiEndpoint: https://c1.example.net:6443, secretRef: { name: c1 } }");
    await says("create -f -", /kubefedcluster.core.kubefed.io\/c1 created/, sound);
    await says("create -f -", /kubefedconfig.core.kubefed.io\/kubefed created/, config);
    await says("create -f -", /federatedtypeconfig.core.kubefed.io\/deployments.apps created/, typeConfig);
    await says("-n kube-federation-system get kfc", /NAME +AGE +READY +KUBERNETES-VERSION\nc1 /);
    await says("-n kube-federation-system get kubefed", /kubefedconfig.core.kubefed.io\/kubefed/);
  });

  const refused: readonly (readonly [what: string, object: string, says: RegExp])[] = [
    ["a KubeFedCluster without a Secret", cluster("{ apiEndpoint: https://a }"), /spec.secretRef: Required/],
    ["an endpoint that is no URL", cluster("{ apiEndpoint: a:6443, secretRef: { name: a } }"), /apiEndpoint/],
    [
      "a check that does not exist",
      cluster("{ apiEndpoint: https://a, secretRef: { name: a }, disabledTLSValidations: [Name] }"),
      /Unsupported value: "Name"/,
    ],
    ["a threshold of 0", config.replace("failureThreshold: 3", "failureThreshold: 0"), /failureThreshold/],
    ["an unknown scope", config.replace("scope: Cluster", "scope: All"), /Unsupported value: "All"/],
    [
      "a federated group without a dot",
      typeConfig.replace("types.kubefed.io", "types"),
      /federatedType.group/,
    ],
  ];
  for (const [what, object, pattern] of refused) {
    it(`refuses ${what}`, () => says("create -f -", pattern, object));
  }
});
