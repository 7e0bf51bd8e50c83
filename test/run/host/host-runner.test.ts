/** Members that a host declares: they join, change and leave, and what is known of them is written to the host. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ClusterStatus } from "../../../src/fleet/member-status/cluster-status.ts";
import { clusterRef, NAMESPACE, putCluster, putSecret } from "../../support/host-cluster.ts";
import { until } from "../../support/until.ts";
import { HostRig, savedNames } from "./host-rig.ts";

describe("control with a host cluster", () => {
  const rig = new HostRig();

  it("has the members that the host declares, and follows it", async (t) => {
    const { host, directory } = await rig.host(t, ["a", "b"]);
    const { fleet } = rig.start(t, directory);
    await until("both are members", () => fleet.names === "a b");
    await until("both are reached", () => fleet.isReady("a") && fleet.isReady("b"));
    rig.declare(host, "b", {
      "fedns.io/region": "eu",
      "fedns.io/zones": "x,y",
      "fedns.io/addresses": "192.0.2.0/24",
      "fedns.io/addresses-deny": "192.0.2.128/25",
    });
    await until("b has moved", () => fleet.wanted?.[1]?.region === "eu");
    assert.deepEqual(fleet.wanted?.[1]?.zones, ["x", "y"]);
    assert.deepEqual(fleet.wanted?.[1]?.addresses, { allow: ["192.0.2.0/24"], deny: ["192.0.2.128/25"] });
    rig.declare(host, "c");
    await until("c has joined", () => fleet.names === "a b c");
    host.objects.delete(clusterRef("a"));
    await until("a has left", () => fleet.names === "b c");
  });

  it("writes what it knows of a member to the host, and nothing while nothing changes", async (t) => {
    const { host, directory } = await rig.host(t, ["a"]);
    putCluster(host, "b", rig.member("b"));
    host.objects.put({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedConfig",
      metadata: { name: "kubefed", namespace: NAMESPACE },
      spec: { scope: "Cluster", clusterHealthCheck: { period: "1s" } },
    });
    const { fleet, runner } = rig.start(t, directory);
    const statusOf = (name: string): ClusterStatus | undefined =>
      host.objects.get(clusterRef(name))?.["status"] as ClusterStatus | undefined;
    const conditionsOf = (name: string): string => {
      return (statusOf(name)?.conditions ?? []).map(({ type, status: is }) => `${type}=${is}`).join(" ");
    };
    await until("a is ready", () => conditionsOf("a") === "Ready=True Offline=False");
    await until("b is malformed", () => conditionsOf("b") === "ConfigMalformed=True Ready=False");
    await until("its version is known", () => statusOf("a")?.kubernetesVersion !== undefined);
    const events = (): readonly string[] =>
      host.objects.list("v1", "Event", NAMESPACE).map(({ message }) => JSON.stringify(message));
    await until("b's mistake is an Event", () => events().some((text) => text.includes("the Secret b")));
    const { statusesWritten } = runner.report;
    assert.ok(statusesWritten <= 4, `${statusesWritten} writes`);
    const { resourceVersion } = host.objects.get(clusterRef("a"))?.metadata ?? {};
    const probedAtMs = (): number =>
      fleet.members[0]?.connection.health.reachability.checkedAtMs ?? Number.POSITIVE_INFINITY;
    const sinceMs = Date.now();
    await until("a is probed again, every second", () => probedAtMs() > sinceMs + 1_000);
    assert.equal(host.objects.get(clusterRef("a"))?.metadata.resourceVersion, resourceVersion);
  });

  it("takes a member when its Secret comes, and says what is missing until then", async (t) => {
    const { host, directory } = await rig.host(t, ["a"]);
    putCluster(host, "b", rig.member("b"));
    const { fleet, says } = rig.start(t, directory);
    await until("a is a member", () => fleet.names === "a");
    await until("b's Secret is missed", () => says(/KubeFedCluster b: the Secret b, .* does not exist/));
    putSecret(host, "b", "");
    await until("the Secret is empty", () => says(/KubeFedCluster b: .* has an empty token; run fedns join/));
    putSecret(host, "b", rig.tokens["b"] as string);
    await until("b has joined", () => fleet.names === "a b");
    assert.equal(says(/KubeFedCluster b/), false);
  });

  it("starts without the host, with the members and tokens of the run before", async (t) => {
    const { host, directory } = await rig.host(t, ["a", "b"]);
    const first = rig.start(t, directory);
    await until("both are reached", () => first.fleet.isReady("a") && first.fleet.isReady("b"));
    const issued = join(directory, "member-tokens", "control");
    const areIssued = (): boolean => {
      try {
        return readdirSync(issued).sort().join() === "a.json,b.json";
      } catch {
        return false;
      }
    };
    await until(
      "both have issued a token and are saved",
      () => areIssued() && savedNames(directory).length === 2,
    );
    assert.equal(statSync(join(directory, "host-members.json")).mode & 0o777, 0o600);
    assert.equal(statSync(join(issued, "a.json")).mode & 0o777, 0o600);
    await first.stop();
    await host.close();
    // The token in the Secret has expired meanwhile; the one that member a issued has not.
    const { token } = JSON.parse(readFileSync(join(issued, "a.json"), "utf8")) as { token: string };
    const server = rig.member("a");
    server.setTokens({ [token]: "system:serviceaccount:fedns-system:fedns-reader" });
    const second = rig.start(t, directory);
    await until(
      "both are reached without a host",
      () => second.fleet.isReady("a") && second.fleet.isReady("b"),
    );
    await until("the host is reported", () => second.says(/^host: the host cluster is not reachable/));
    server.setTokens({ [server.token]: "sandbox-admin" });
    await rig.renewToken("a");
  });
});
