/** What the account of a member lacks, the member refuses, and its line says so. Other members go on. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { federatedDefinition, federatedTypeOf } from "../../src/fleet/host-objects/federated-definition.ts";
import { USUAL_TYPES } from "../../src/fleet/host-objects/usual-types.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { joinedAccount } from "./joined-account.ts";
import { federated, type Rig, startRig } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const CONFIG_MAPS = { group: "", plural: "configmaps", isNamespaced: true };
const NAMESPACES = { group: "", plural: "namespaces", isNamespaced: false };
const GRANTS: Readonly<Record<string, Parameters<typeof joinedAccount>[1]>> = {
  wide: { kinds: [NAMESPACES, CONFIG_MAPS], namespaces: null },
  narrow: { kinds: [CONFIG_MAPS], namespaces: ["shop"] },
  reader: { kinds: [], namespaces: null },
};
const WEB = {
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  },
};

describe("members that were joined with different rights", () => {
  const scope = suiteScope();
  let rig: Rig;
  before(async () => {
    rig = await startRig(scope, {
      members: Object.keys(GRANTS),
      accountIn: (member) => joinedAccount(member, GRANTS[member.name] ?? assert.fail()),
    });
    for (const type of USUAL_TYPES.filter(({ kind }) =>
      ["Namespace", "ConfigMap", "Deployment"].includes(kind),
    ))
      rig.host.objects.put(federatedDefinition(type, federatedTypeOf(type)) as never);
    for (const name of ["shop", "blog"]) {
      for (const server of [rig.host, ...rig.members.values()])
        server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      put("FederatedNamespace", name, name);
      put("FederatedConfigMap", name, "settings", { data: { a: "1" } });
    }
    put("FederatedDeployment", "shop", "web", WEB);
  });
  const put = (
    kind: string,
    namespace: string,
    name: string,
    template: object = {},
    more: object = ALL,
  ): void => void rig.host.objects.put(federated(kind, namespace, name, { ...more, template }) as never);
  const inHost = (kind: string, namespace: string, name: string): any =>
    rig.host.objects.get({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace, name });
  const copy = (member: string, namespace: string): any =>
    rig.members
      .get(member)
      ?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "settings" });
  /** "member: status" of those that are not as wanted. */
  const failing = (kind: string, namespace: string, name: string): readonly string[] =>
    (inHost(kind, namespace, name)?.status?.clusters ?? []).flatMap(({ name: member, status }: any) =>
      status === undefined ? [] : [`${member}: ${status}`],
    );
  const has = (kind: string, namespace: string, name: string, lines: readonly string[]): Promise<void> =>
    until(
      `${kind} ${namespace}/${name} has ${lines.join(", ")}`,
      () =>
        inHost(kind, namespace, name)?.status !== undefined &&
        failing(kind, namespace, name).join() === lines.join(),
    );
  const messageOf = (kind: string, namespace: string, name: string, member: string): string =>
    inHost(kind, namespace, name).status.clusters.find((line: any) => line.name === member).message;

  it("get what they allow, in the namespaces where they allow it", async () => {
    await until("both have it in shop", () =>
      ["wide", "narrow"].every((member) => copy(member, "shop")?.data.a === "1"),
    );
    await until("one has it in blog", () => copy("wide", "blog")?.data.a === "1");
    await has("FederatedConfigMap", "shop", "settings", ["reader: RetrievalFailed"]);
    await has("FederatedConfigMap", "blog", "settings", [
      "narrow: RetrievalFailed",
      "reader: RetrievalFailed",
    ]);
    for (const member of ["narrow", "reader"]) assert.equal(copy(member, "blog"), undefined);
  });

  it("say what is missing, with the cure", async () => {
    const message = messageOf("FederatedConfigMap", "blog", "settings", "narrow");
    assert.match(
      message,
      /^its account may not read configmaps in the namespace blog \(.*cannot list.*\): join the cluster/,
    );
    const all = Object.keys(GRANTS).toSorted((x, y) => x.localeCompare(y));
    await has(
      "FederatedDeployment",
      "shop",
      "web",
      all.map((member) => `${member}: RetrievalFailed`),
    );
  });

  it("refuse what may be read and not written, in their own words", async () => {
    await has("FederatedNamespace", "shop", "shop", ["narrow: CreationFailed", "reader: CreationFailed"]);
    assert.match(
      messageOf("FederatedNamespace", "shop", "shop", "narrow"),
      /cannot \w+ resource "namespaces"/,
    );
  });

  it("have changes of copies undone where only one namespace may be read", async () => {
    await rig
      .client("narrow")
      .patch("/api/v1/namespaces/shop/configmaps/settings", { data: { a: "foreign" } });
    await until("the value is back", () => copy("narrow", "shop").data.a === "1");
  });

  it("lose copies where only one namespace may be read", async () => {
    put(
      "FederatedConfigMap",
      "shop",
      "settings",
      { data: { a: "1" } },
      { placement: { clusters: [{ name: "wide" }] } },
    );
    await until("it is gone", () => copy("narrow", "shop") === undefined);
    assert.equal(copy("wide", "shop").data.a, "1");
    await has("FederatedConfigMap", "shop", "settings", []);
  });
});

describe("a member that lets Deployments be placed, and no ConfigMaps", () => {
  const scope = suiteScope();
  it("gets a Deployment that names a federated ConfigMap, without a minute of waiting for it", async () => {
    const deployments = { group: "apps", plural: "deployments", isNamespaced: true };
    const rig = await startRig(scope, {
      members: ["runner"],
      accountIn: (member) => joinedAccount(member, { kinds: [NAMESPACES, deployments], namespaces: null }),
    });
    const put = (kind: string, name: string, template: object): void =>
      void rig.host.objects.put(federated(kind, "shop", name, { ...ALL, template }) as never);
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    put("FederatedNamespace", "shop", {});
    put("FederatedConfigMap", "settings", { data: { a: "1" } });
    const container = { name: "web", image: "web:1", envFrom: [{ configMapRef: { name: "settings" } }] };
    const { selector, template } = WEB.spec;
    put("FederatedDeployment", "web", {
      spec: { selector, template: { ...template, spec: { containers: [container] } } },
    });
    const key = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
    await until("it is there", () => rig.members.get("runner")?.objects.get(key) !== undefined);
  });
});
