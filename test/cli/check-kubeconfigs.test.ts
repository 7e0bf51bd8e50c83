/** `fedns check` of kubeconfigs: what they ask for, with the setting to paste; and what is unsafe on the way to a server. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { main } from "../../src/cli/program.ts";
import { folder, type Settings, writeKubeconfig } from "../fleet/credentials/kubeconfig-folder.ts";
import { fakeSession } from "./fake-session.ts";

const V1 = "client.authentication.k8s.io/v1";
const server = "https://192.0.2.1:6443";

type Member = { readonly cluster?: Settings; readonly user?: Settings };

/** What a check finds of kubeconfigs, and the folder that was checked. */
async function foundOf(
  t: TestContext,
  members: Readonly<Record<string, Member>>,
  more = "",
): Promise<{ readonly found: readonly string[]; readonly directory: string }> {
  const directory = folder(t);
  const clusters = Object.entries(members).map(([name, { cluster = {}, user = {} }]) => {
    mkdirSync(join(directory, name));
    writeKubeconfig(join(directory, name), { server, ...cluster }, user);
    return `{ name: ${name}, kubeconfig: ./${name}/kubeconfig }`;
  });
  const file = join(directory, "fedns.yaml");
  const text = `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
listen: [{ address: 127.0.0.1, port: 0 }]
admin: { port: 0 }
clusters: [${clusters.join(", ")}]
${more}`;
  writeFileSync(file, text);
  const session = fakeSession();
  await main(["check", "--config", file], session);
  const about = /\b(?:clusters\[\d\]\.kubeconfig|host\.kubeconfig|kubeconfigs): .*/;
  const found = session
    .printed()
    .split("\n")
    .flatMap((line) => about.exec(line)?.[0] ?? []);
  return { directory, found };
}

describe("fedns check of kubeconfigs", () => {
  const eks = { user: { exec: { apiVersion: V1, command: "aws", args: ["eks", "get-token"] } } };
  const aks = { user: { exec: { apiVersion: V1, command: "/usr/local/bin/kubelogin" } } };

  it("has one setting that allows all that they ask for, and pasted it is enough", async (t) => {
    const outside = { cluster: { "certificate-authority": "/etc/corp ca/ca.pem" } };
    const { found } = await foundOf(
      t,
      { eks, aks, outside },
      "kubeconfigs: { commands: [gke-gcloud-auth-plugin] }",
    );
    assert.equal(found.length, 4, found.join("\n"));
    assert.match(found[0] ?? "", /^clusters\[0\].* runs the command aws, which is not allowed/);
    const setting =
      'kubeconfigs: { commands: [gke-gcloud-auth-plugin, aws, /usr/local/bin/kubelogin], folders: ["/etc/corp ca"] }';
    assert.equal(
      found[3],
      `kubeconfigs: one setting allows what all of these kubeconfigs ask for: ${setting}`,
    );
    const pasted = await foundOf(t, { eks, aks }, setting);
    assert.deepEqual(pasted.found, []);
  });

  it("names the host's too, and takes folders relative to the file", async (t) => {
    const first = await foundOf(t, { keys: {}, a: { user: { tokenFile: "../keys/kubeconfig" } } });
    assert.match(first.found[0] ?? "", new RegExp(`reads files in ${first.directory}/keys`));
    const more = "host: { kubeconfig: ./a/kubeconfig }\nkubeconfigs: { folders: [./keys] }";
    const { found } = await foundOf(t, { keys: {}, a: { user: { tokenFile: "../keys/kubeconfig" } } }, more);
    assert.deepEqual(
      found.map((line) => line.split(": ")[0]),
      ["clusters[1].kubeconfig", "host.kubeconfig"],
    );
    assert.match(found[0] ?? "", /tokenFile holds no token but an object in JSON$/);
  });

  it("tells what everybody on the way can do", async (t) => {
    const { found } = await foundOf(t, {
      plain: { cluster: { server: "http://192.0.2.1" } },
      open: { cluster: { "insecure-skip-tls-verify": true } },
      named: { cluster: { "tls-server-name": "k8s.test" } },
      good: {},
    });
    assert.deepEqual(
      found.map((line) =>
        line.replace(/^clusters\[(\d)\].*?(not encrypted|not checked|any authority).*$/, "$1 $2"),
      ),
      ["0 not encrypted", "1 not checked", "2 any authority"],
    );
  });
});
