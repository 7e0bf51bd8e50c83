/** Clusters of Federation v1 become KubeFedClusters that are accepted, and nothing is lost without a word. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { importClusters } from "../../../src/cli/import/federation-cluster.ts";
import { main } from "../../../src/cli/program.ts";
import { parseKubeFedCluster } from "../../../src/fleet/host-objects/declared-member.ts";
import { parseMemberSecret } from "../../../src/fleet/host-objects/member-secret.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { fakeSession } from "../fake-session.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const secret = (data: object, name = "s1"): object => ({ kind: "Secret", metadata: { name }, data });
const cluster = (spec: object, more: object = {}): object => ({
  apiVersion: "federation/v1beta1",
  kind: "Cluster",
  metadata: { name: "c1" },
  spec: {
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "https://c1.example.net" }],
    secretRef: { name: "s1" },
    ...spec,
  },
  ...more,
});
const withToken = secret({ token: base64("abc"), "ca.crt": base64("pem") });
const notesOf = (...objects: object[]): string => importClusters(objects, "ns").notes.join("\n");

describe("the import of Federation v1", () => {
  it("makes a Secret and a KubeFedCluster that fedns accepts", async () => {
    const { caPem } = await createAuthority();
    const given = cluster(
      {},
      { metadata: { name: "c1", labels: { env: "prod" } }, status: { region: "EU", zones: ["EU a", "b"] } },
    );
    const { objects, failed } = importClusters(
      [given, secret({ token: base64("abc"), "ca.crt": base64(caPem) })],
      "ns",
    );
    assert.equal(failed, 0);
    const [carried, declared] = objects;
    assert.deepEqual(parseMemberSecret(carried), { token: "abc" });
    const { value, problems } = parseKubeFedCluster(declared, null);
    assert.deepEqual(problems, []);
    assert.equal(value?.apiEndpoint, "https://c1.example.net/");
    assert.equal(value.caBundle?.trim(), caPem.trim());
    assert.deepEqual([value.region, value.zones, value.labels], ["eu", ["eu-a", "b"], { env: "prod" }]);
    assert.equal(value.secretName, "c1");
  });

  it("takes token and CA out of a kubeconfig", () => {
    const kubeconfig = JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [
        {
          name: "c",
          cluster: {
            server: "https://x",
            "certificate-authority-data": "UEVN",
            "insecure-skip-tls-verify": true,
          },
        },
      ],
      users: [{ name: "u", user: { token: "abc" } }],
    });
    const { objects } = importClusters([cluster({}), secret({ kubeconfig: base64(kubeconfig) })], "ns");
    const { spec } = objects[1] as { spec: object };
    assert.deepEqual(spec, {
      apiEndpoint: "https://c1.example.net/",
      caBundle: "UEVN",
      disabledTLSValidations: ["*"],
      secretRef: { name: "c1" },
    });
  });

  const addresses = (...listed: (readonly [string, string])[]): object => ({
    serverAddressByClientCIDRs: listed.map(([clientCIDR, serverAddress]) => ({ clientCIDR, serverAddress })),
  });
  const cases: readonly (readonly [what: string, objects: object[], note: RegExp])[] = [
    ["a Secret that is not there", [cluster({})], /its Secret "s1" is not in the input; add it/],
    [
      "no Secret",
      [cluster({ secretRef: undefined })],
      /has no Secret, by which v1 meant an insecure connection/,
    ],
    [
      "a Secret without credentials",
      [cluster({}), secret({})],
      /neither a kubeconfig nor a token; run fedns join/,
    ],
    [
      "a kubeconfig that is none",
      [cluster({}), secret({ kubeconfig: base64("][") })],
      /cannot be used .*; run fedns join/,
    ],
    [
      "several addresses",
      [cluster(addresses(["10.0.0.0/8", "https://in"], ["0.0.0.0/0", "https://out"])), withToken],
      /address https:\/\/in for clients in 10\.0\.0\.0\/8 has no field; https:\/\/out\/ is used/,
    ],
    ["no address", [cluster(addresses()), withToken], /no serverAddress that is a URL; add one/],
    [
      "annotations",
      [
        cluster(
          {},
          {
            metadata: {
              name: "c1",
              annotations: { "federation.kubernetes.io/servive-account-name": "x", team: "y" },
            },
          },
        ),
        withToken,
      ],
      /may do everything; fedns join makes one with fewer rights[^]*annotation team means nothing/,
    ],
    ["another kind", [{ kind: "Service", metadata: { name: "web" } }], /^Service web: it is no Cluster/],
    [
      "a name that is none",
      [cluster({}, { metadata: { name: "C 1" } })],
      /not the name of an object; rename it/,
    ],
  ];
  for (const [what, objects, note] of cases)
    it(`says what is lost with ${what}`, () => assert.match(notesOf(...objects), note));

  it("assumes https, as v1 did", () => {
    const { objects } = importClusters(
      [cluster(addresses(["0.0.0.0/0", "192.0.2.1:6443"])), withToken],
      "ns",
    );
    assert.equal(
      (objects[1] as { spec: { apiEndpoint: string } }).spec.apiEndpoint,
      "https://192.0.2.1:6443/",
    );
  });

  it("survives objects of any shape", () => {
    for (const odd of [null, 7, [], { items: 3 }, { kind: "Cluster", apiVersion: "federation/v1beta1" }])
      assert.equal(importClusters([odd], "ns").objects.length, 0);
  });
});

describe("fedns import", () => {
  it("reads files of several documents and Lists, and prints manifests", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "fedns-import-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "all.json");
    writeFileSync(
      file,
      `${JSON.stringify({ kind: "List", items: [cluster({})] })}\n---\n${JSON.stringify(withToken)}\n`,
    );
    const session = fakeSession();
    assert.equal(await main(["import", file, "-n", "fed"], session), 0, session.complained());
    const kinds = parseAllDocuments(session.printed()).map((one) => {
      const { kind, metadata } = one.toJS() as { kind: string; metadata: { namespace: string } };
      return `${kind} in ${metadata.namespace}`;
    });
    assert.deepEqual(kinds, ["Secret in fed", "KubeFedCluster in fed"]);
    const json = fakeSession();
    await main(["import", file, "-o", "json"], json);
    assert.equal((JSON.parse(json.printed()) as { items: unknown[] }).items.length, 2);
  });

  it("fails with the file and the line, and without a part of it", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "fedns-import-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "bad.yaml");
    writeFileSync(file, "token: [secret\n");
    const session = fakeSession();
    assert.equal(await main(["import", file], session), 1);
    assert.match(session.complained(), /bad\.yaml is not YAML \(line \d+\)/);
    assert.doesNotMatch(session.complained(), /secret/);
    assert.equal(await main(["import", join(directory, "none.yaml")], session), 1);
    assert.match(session.complained(), /none\.yaml cannot be read/);
  });
});
