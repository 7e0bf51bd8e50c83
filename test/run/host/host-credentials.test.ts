/** The kubeconfig of a host, by the settings: what it may do, and who hears of a plug-in that fails. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import { type LogFields, silentLog } from "../../../src/kernel/log.ts";
import { hostCredentials, kubeconfigTerms } from "../../../src/run/host/host-credentials.ts";
import { folder, writeKubeconfig, writeScript } from "../../fleet/credentials/kubeconfig-folder.ts";

describe("hostCredentials", { timeout: 20_000 }, () => {
  const context = null;
  const settings = { context, inCluster: false, namespace: "n", dnsEndpoints: "none" } as const;

  it("run a command that the settings list, and tell its standard error to the log alone", async (t) => {
    const directory = folder(t);
    const command = writeScript(directory, "plugin", "echo 'hunter2 is wrong' >&2; exit 3");
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command };
    const kubeconfig = writeKubeconfig(directory, { server: "https://127.0.0.1:1" }, { exec });
    const logged: LogFields[] = [];
    const log = { ...silentLog, warn: (fields: LogFields) => void logged.push(fields) };
    const load = (commands: readonly string[]) => {
      const kubeconfigs = { commands, folders: [], authProviders: [] };
      const host = { ...settings, kubeconfig };
      return hostCredentials(host, systemClock, kubeconfigTerms({ kubeconfigs }, log)).load();
    };
    await assert.rejects(load([]), { code: "KUBE_NOT_ALLOWED" });
    const { credentials } = await load([join(directory, "plugin")]);
    await assert.rejects(credentials.authenticate(), (error: Error) => {
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    assert.deepEqual(logged, [{ command, complaint: "hunter2 is wrong" }]);
  });
});
