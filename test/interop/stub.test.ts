/** The generated dnsmasq stub configuration, with dnsmasq in front of a whole fedns. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeSession } from "../cli/fake-session.ts";
import { startClusters } from "../support/clusters.ts";
import { dataOf, dig, needsDig } from "../support/dig.ts";
import { startFedns, temporaryFolder } from "../support/fedns.ts";
import { freePort } from "../../bench/load/free-port.ts";
import { needs, startDaemon } from "../support/programs.ts";
import { HELLO_ADDRESSES, SETTINGS } from "../run/supervise/whole.ts";

const skip = needsDig.skip || needs("dnsmasq", "dnsmasq-base").skip;

it(
  "dnsmasq with the generated configuration resolves the federation's names and a pod's short ones",
  { skip },
  async (t) => {
    const directory = await temporaryFolder(t);
    const clusters = await startClusters(t, directory);
    await mkdir(join(directory, "zones"));
    const settings = { ...SETTINGS, zones: "./zones", clusters: clusters.settings };
    const fedns = await startFedns(t, { directory, settings });
    const print = async (...args: string[]): Promise<string> => {
      const session = fakeSession();
      const config = ["--config", join(directory, "fedns.yaml")];
      assert.equal(
        await main(["stub", "--cluster", "us-west", ...config, ...args], session),
        0,
        session.complained(),
      );
      return session.printed();
    };
    await writeFile(
      join(directory, "zones", "myfed.svc.cluster.local.zone"),
      await print("--for", "zone-file"),
    );
    assert.equal((await fedns.command({ command: "reload" })).ok, true);
    const file = join(directory, "dnsmasq.conf");
    await writeFile(file, await print("--for", "dnsmasq", "--server", `127.0.0.1:${fedns.port}`));
    const port = await freePort();
    const options = [
      "--no-resolv",
      "--no-hosts",
      "--listen-address=127.0.0.1",
      "--bind-interfaces",
      "--stop-dns-rebind",
    ];
    startDaemon(t, "dnsmasq", ["-k", "-p", String(port), "--pid-file", `--conf-file=${file}`, ...options]);
    const ask = async (...question: string[]): Promise<readonly string[]> => {
      for (let tries = 0; ; tries++) {
        const reply = await dig({ port }, ...question);
        if (reply.status === "NOERROR" && reply.answer.length > 0) return dataOf(reply);
        assert.ok(tries < 100, `${question.join(" ")}: ${reply.text}`);
      }
    };
    assert.deepEqual(await ask("hello.demo.myfed.svc.us-west.example.com"), HELLO_ADDRESSES);
    const short = await ask("invoices.billing.myfed.svc.cluster.local");
    assert.ok(short.includes("invoices.billing.myfed.svc.example.com."), short.join());
    assert.ok(
      short.some((data) => data.startsWith("198.51.100.")),
      short.join(),
    );
    assert.equal((await dig({ port }, "nobody.demo.myfed.svc.cluster.local")).status, "NXDOMAIN");
  },
);
