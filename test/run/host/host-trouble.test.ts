/** What goes wrong with a host and its members: tokens that are refused, objects that become unusable, clusters that are not what they were. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { MemberConnection } from "../../../src/fleet/members/member-connection.ts";
import { startApiServer } from "../../../src/sandbox/api-server.ts";
import { clusterRef, installDefinitions, putCluster, putSecret } from "../../support/host-cluster.ts";
import { atEnd } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { HostRig } from "./host-rig.ts";

describe("control with a host cluster in trouble", () => {
  const rig = new HostRig();

  it("reads the Secret again as soon as a token is refused", async (t) => {
    const { host, directory } = await rig.host(t, ["a"]);
    const { fleet } = rig.start(t, directory);
    await until("a is reached", () => fleet.isReady("a"));
    const server = rig.member("a");
    const account = "system:serviceaccount:fedns-system:fedns-reader";
    server.setTokens({ [server.token]: "sandbox-admin", rotated: account });
    putSecret(host, "a", "rotated");
    const { transport } = (fleet.members[0] as { connection: MemberConnection }).connection;
    const { signal } = new AbortController();
    const ask = (): Promise<boolean> =>
      transport.request({ path: "/api/v1/namespaces", signal }).then(
        ({ status }) => status === 200,
        () => false,
      );
    // Long before the Secret would be read in its turn.
    let isAccepted = false;
    await until(
      "the new token is used",
      () => {
        void ask().then((accepted) => (isAccepted ||= accepted));
        return isAccepted;
      },
      10_000,
    );
    await rig.renewToken("a");
  });

  it("leaves a member as it was when its object becomes unusable, and all members when the definition is removed", async (t) => {
    const { host, directory } = await rig.host(t, ["a", "b"]);
    const { fleet, says } = rig.start(t, directory);
    await until("both are members", () => fleet.names === "a b");
    host.objects.patch(clusterRef("b"), { spec: { caBundle: "aGVsbG8=" } });
    await until("the mistake is reported", () =>
      says(/KubeFedCluster b: spec.caBundle holds no certificate; write/),
    );
    assert.equal(fleet.names, "a b");
    host.objects.delete({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "kubefedclusters.core.kubefed.io",
    });
    await until("the loss is reported", () =>
      says(/KubeFedCluster a: the host lost it together with other members/),
    );
    assert.equal(fleet.names, "a b");
    await installDefinitions(host);
    rig.declare(host, "a");
    rig.declare(host, "b");
    await until("the members are back", () => !says(/lost it/), 60_000);
    assert.equal(fleet.names, "a b");
  });

  it("notices two members that are one cluster, and lets the older one be written to", async (t) => {
    const { host, directory } = await rig.host(t, ["a"]);
    const { fleet, runner, says } = rig.start(t, directory);
    await until("a is a member", () => fleet.names === "a");
    putSecret(host, "twin", rig.tokens["a"] as string);
    putCluster(host, "twin", rig.member("a"));
    await until("the twin is reported", () => says(/KubeFedCluster twin: it is the same cluster as a/));
    assert.equal(runner.mayWriteTo("a"), true);
    assert.equal(runner.mayWriteTo("twin"), false);
  });

  it("does not write to a cluster that was replaced under its name, until it joins again", async (t) => {
    const { host, directory } = await rig.host(t, ["a"]);
    const { fleet, runner, says } = rig.start(t, directory);
    const uidOf = (name: string): string | null =>
      runner.report.members.find((one) => one.name === name)?.clusterUid ?? null;
    const saved = join(directory, "host-members.json");
    const isSaved = (): boolean =>
      /"clusterUid":"/.test(existsSync(saved) ? readFileSync(saved, "utf8") : "");
    await until("the uid of a is known and saved", () => uidOf("a") !== null && isSaved());
    const before = uidOf("a");
    putSecret(host, "a", rig.tokens["b"] as string);
    putCluster(host, "a", rig.member("b"));
    await until("the other cluster is noticed", () =>
      says(/KubeFedCluster a: it is not the cluster that joined/),
    );
    assert.equal(runner.mayWriteTo("a"), false);
    assert.equal(fleet.names, "a", "it is read all the same");
    const now = uidOf("a") ?? "";
    assert.notEqual(now, before);
    putCluster(host, "a", rig.member("b"), { annotations: { "fedns.io/cluster-uid": now } });
    await until("it has joined again", () => runner.mayWriteTo("a"));
  });

  it("says what to do when the host has no definitions", async (t) => {
    const host = await startApiServer({ name: "host" });
    atEnd(t, () => host.close());
    const directory = rig.directory(t, host);
    const { fleet, says } = rig.start(t, directory);
    await until("it is said", () =>
      says(/kubefedclusters.core.kubefed.io: the host does not serve v1beta1 of it; run fedns init/),
    );
    assert.equal(fleet.wanted, null, "nothing is known of the members");
  });
});
