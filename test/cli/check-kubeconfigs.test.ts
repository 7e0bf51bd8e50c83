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

/** The notes of a check, and the file that was checked. */
async function notesOf(
  t: TestContext,
  members: Readonly<Record<string, Member>>,
  more = "",
): Promise<{ readonly notes: readonly string[]; readonly directory: string }> {
  const directory = folder(t);
  const clusters = Object.entries(members).map(([name, { cluster = {}, user = {} }]) => {
    mkdirSync(join(directory, name));
    writeKubeconfig(join(directory, name), { server, ...cluster }, user);
    return `{ name: ${name}, kubeconfig: ./${name}/kubeconfig }`;
  });
  const file = join(directory, "fedns.yaml");
  const text = `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
clusters: [${clusters.join(", ")}]
${more}`;
  writeFileSync(file, text);
  const session = fakeSession();
  assert.equal(await main(["check", "--config", file], session), 0, session.printed());
  const [, ...lines] = session.printed().trimEnd().split("\n");
  return { directory, notes: lines.map((line) => line.replace(/^note: /, "")) };
}

describe("fedns check of kubeconfigs", () => {
  const eks = { user: { exec: { apiVersion: V1, command: "aws", args: ["eks", "get-token"] } } };
  const aks = { user: { exec: { apiVersion: V1, command: "/usr/local/bin/kubelogin" } } };

  it("has one setting that allows all that they ask for, and pasted it is enough", async (t) => {
    const outside = { cluster: { "certificate-authority": "/etc/corp ca/ca.pem" } };
    const { notes } = await notesOf(
      t,
      { eks, aks, outside },
      "kubeconfigs: { commands: [gke-gcloud-auth-plugin] }",
    );
    assert.equal(notes.length, 4);
    assert.match(
      notes[0] ?? "",
      /^the kubeconfig of cluster eks cannot be used now: .* runs the command aws, which is not allowed/,
    );
    const setting =
      'kubeconfigs: { commands: [gke-gcloud-auth-plugin, aws, /usr/local/bin/kubelogin], folders: ["/etc/corp ca"] }';
    assert.equal(
      notes[3],
      `if you trust who writes these kubeconfigs, put this into the settings: ${setting}`,
    );
    const pasted = await notesOf(t, { eks, aks }, setting);
    assert.deepEqual(pasted.notes, []);
  });

  it("names the host's too, and takes folders relative to the file", async (t) => {
    const first = await notesOf(t, { keys: {}, a: { user: { tokenFile: "../keys/kubeconfig" } } });
    assert.match(first.notes[0] ?? "", new RegExp(`reads files in ${first.directory}/keys`));
    const more = "host: { kubeconfig: ./a/kubeconfig }\nkubeconfigs: { folders: [./keys] }";
    const { notes } = await notesOf(t, { keys: {}, a: { user: { tokenFile: "../keys/kubeconfig" } } }, more);
    assert.deepEqual(
      notes.map((note) => note.split(": ")[0]),
      ["the kubeconfig of cluster a cannot be used now", "the kubeconfig of the host cannot be used now"],
    );
    assert.match(notes[0] ?? "", /tokenFile holds no token but an object in JSON$/);
  });

  it("tells what everybody on the way can do", async (t) => {
    const { notes } = await notesOf(t, {
      plain: { cluster: { server: "http://192.0.2.1" } },
      open: { cluster: { "insecure-skip-tls-verify": true } },
      named: { cluster: { "tls-server-name": "k8s.test" } },
      good: {},
    });
    assert.deepEqual(
      notes.map((note) =>
        note.replace(
          /^the kubeconfig of cluster (\S+): .*?(not encrypted|not checked|any authority).*$/,
          "$1 $2",
        ),
      ),
      ["plain not encrypted", "open not checked", "named any authority"],
    );
  });
});
