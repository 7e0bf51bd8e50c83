/** A server with only zone files: no federation, no nameservers in the settings, no cluster. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { dataOf, dig, needsDig } from "../../support/dig.ts";
import { type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import { fakeSession } from "../../cli/fake-session.ts";

const ZONE = `$TTL 300
@ SOA ns.example.org. hostmaster.example.org. 7 14400 3600 604800 300
@ NS ns
@ NS ns.example.net.
ns A 192.0.2.53
www A 192.0.2.80
`;

async function startZonesOnly(t: TestContext): Promise<Fedns> {
  const directory = await temporaryFolder(t);
  await mkdir(join(directory, "zones"));
  await writeFile(join(directory, "zones", "example.org.zone"), ZONE);
  const none = { federations: undefined, nameservers: undefined, soa: undefined };
  return startFedns(t, { directory, settings: { ...none, zones: "./zones" } });
}

describe("a server with only zone files", () => {
  it("is ready at once, answers from them, and refuses the rest", needsDig, async (t) => {
    const fedns = await startZonesOnly(t);
    const answer = await dig(fedns, "www.example.org");
    assert.deepEqual([answer.status, dataOf(answer)], ["NOERROR", ["192.0.2.80"]]);
    assert.ok(answer.flags.includes("aa"));
    const missing = await dig(fedns, "gone.example.org");
    assert.deepEqual([missing.status, missing.authority.length], ["NXDOMAIN", 1], missing.text);
    assert.match(missing.authority[0] ?? "", / 7 14400 /);
    assert.equal((await dig(fedns, "hello.demo.myfed.svc.example.com")).status, "REFUSED");
    assert.equal((await dig(fedns, ".", "NS")).status, "REFUSED");
  });

  it("serves a changed file, and keeps the old zone when the next change is broken", needsDig, async (t) => {
    const fedns = await startZonesOnly(t);
    const file = join(fedns.directory, "zones", "example.org.zone");
    await writeFile(file, ZONE.replace(" 7 ", " 8 ").replace("192.0.2.80", "192.0.2.81"));
    fedns.signal("SIGHUP");
    const seen = async (): Promise<string> => dataOf(await dig(fedns, "www.example.org")).join();
    await becomes("the new address is answered", async () => (await seen()) === "192.0.2.81");
    await writeFile(file, `${ZONE}www A nonsense\n`);
    await fedns.command({ command: "reload" });
    await becomes("the problem is reported", async () => {
      const { problems } = (await fedns.status()).zones;
      return problems.some((line: string) => line.includes("example.org.zone:7: error"));
    });
    assert.equal(await seen(), "192.0.2.81");
  });

  it("serves zone files that fedns check finds sound", async (t) => {
    const directory = await temporaryFolder(t);
    await mkdir(join(directory, "zones"));
    await writeFile(join(directory, "zones", "example.org.zone"), ZONE);
    await writeFile(join(directory, "fedns.yaml"), "zones: ./zones\n");
    const session = fakeSession();
    assert.equal(await main(["check", "--config", join(directory, "fedns.yaml")], session), 0);
    assert.match(session.printed(), /fedns\.yaml is valid: zone files only; DNS on /);
    assert.match(session.printed(), /is valid: 1 zone with 5 records/);
  });
});

async function becomes(claim: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 200, claim);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
