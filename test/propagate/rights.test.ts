/** What the account of a member lacks, the member refuses, and the line of the member says so. Other members go on. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
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

describe("members that were joined with fewer rights", () => {
  const scope = suiteScope();
  let rig: Rig;
  before(async () => {
    rig = await startRig(scope, {
      members: Object.keys(GRANTS),
      accountIn: async (member) => joinedAccount(member, GRANTS[member.name] ?? assert.fail()),
    });
    for (const name of ["shop", "blog"]) {
      rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      for (const member of rig.members.values())
        member.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      put("FederatedNamespace", name, name);
      put("FederatedConfigMap", name, "settings", { data: { a: "1" } });
    }
    put("FederatedDeployment", "shop", "web", {
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    });
  });
  const put = (kind: string, namespace: string, name: string, template: object = {}): void =>
    void rig.host.objects.put(federated(kind, namespace, name, { ...ALL, template }) as never);
  const lines = async (
    kind: string,
    namespace: string,
    name: string,
  ): Promise<Readonly<Record<string, any>>> => {
    const status = (): any =>
      rig.host.objects.get({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace, name })?.["status"];
    await until(`${kind} ${namespace}/${name} has its lines`, () => status()?.clusters?.length === 3);
    await rig.settled();
    return Object.fromEntries(status().clusters.map((line: any) => [line.name, line.status ?? ""]));
  };
  const copy = (member: string, namespace: string): unknown =>
    rig.members
      .get(member)
      ?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "settings" });

  it("get what they allow", async () => {
    await until("both members have it", () =>
      ["wide", "narrow"].every((member) => copy(member, "shop") !== undefined),
    );
    console.log(await lines("FederatedConfigMap", "shop", "settings"));
    console.log(await lines("FederatedConfigMap", "blog", "settings"));
    console.log(await lines("FederatedDeployment", "shop", "web"));
    console.log(await lines("FederatedNamespace", "shop", "shop"));
    console.log(
      JSON.stringify(
        (
          rig.host.objects.get({
            apiVersion: "types.kubefed.io/v1beta1",
            kind: "FederatedDeployment",
            namespace: "shop",
            name: "web",
          }) as any
        ).status.conditions[0],
      ),
    );
  });
});
