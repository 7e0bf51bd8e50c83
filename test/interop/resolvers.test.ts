/** Other projects' resolvers in front of fedns, like cluster DNS: they follow the ladder over UDP and TCP. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type DataPlane, HELLO, startDataPlane, WIDE } from "../answer/serve/data-plane.ts";
import { dataOf, dig, type DigTarget, needsDig } from "../support/dig.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { freePort } from "../../bench/load/free-port.ts";
import { needs, type Scope, startDaemon, suiteScope } from "../support/programs.ts";

const LADDER = "hello.demo.myfed.svc.a.eu-central.example.com";
const CLIMB = [
  `${LADDER}. 30 IN CNAME hello.demo.myfed.svc.eu-central.example.com.`,
  `hello.demo.myfed.svc.eu-central.example.com. 30 IN CNAME ${HELLO}.`,
  `${HELLO}. 30 IN A 192.0.2.1`,
];

type Resolver = {
  readonly program: string;
  readonly debianPackage: string;
  readonly start: (scope: Scope, port: number, upstream: number) => Promise<void>;
};

const RESOLVERS: readonly Resolver[] = [
  {
    program: "unbound",
    debianPackage: "unbound",
    async start(scope, port, upstream) {
      const folder = await temporaryFolder(scope);
      await mkdir(join(folder, "etc"));
      const file = join(folder, "unbound.conf");
      await writeFile(file, unboundConf(folder, port, upstream));
      startDaemon(scope, "unbound", ["-d", "-c", file]);
    },
  },
  {
    program: "dnsmasq",
    debianPackage: "dnsmasq-base",
    async start(scope, port, upstream) {
      const options = ["--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--listen-address=127.0.0.1"];
      const server = `--server=/example.com/127.0.0.1#${upstream}`;
      startDaemon(scope, "dnsmasq", [
        "-k",
        "-p",
        String(port),
        "--bind-interfaces",
        "--pid-file",
        ...options,
        server,
      ]);
    },
  },
];

/** Questions are in mixed case (0x20), which answers must preserve; names are asked label by label. */
function unboundConf(folder: string, port: number, upstream: number): string {
  return `
server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: "${folder}/pid"
  use-syslog: no
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "iterator"
  use-caps-for-id: yes
  qname-minimisation: yes
  qname-minimisation-strict: yes
  local-zone: "example.com." nodefault
remote-control:
  control-enable: no
stub-zone:
  name: "example.com"
  stub-addr: 127.0.0.1@${upstream}
`;
}

for (const { program, debianPackage, start } of RESOLVERS) {
  const skip = needsDig.skip || needs(program, debianPackage).skip;
  describe(program, { skip }, () => {
    const scope = suiteScope();
    let plane: DataPlane;
    let resolver: DigTarget;
    before(async () => {
      plane = await startDataPlane(scope);
      resolver = { port: await freePort() };
      await start(scope, resolver.port, plane.port);
      let status = "";
      for (let tries = 0; status !== "NOERROR"; tries++) {
        status = (await dig(resolver, "example.com", "SOA")).status;
        assert.ok(tries < 50, `${program} does not answer`);
      }
    });

    it("follows the ladder", async () => {
      const { status, answer } = await dig(resolver, LADDER);
      assert.equal(status, "NOERROR");
      assert.deepEqual(
        answer.map(withoutTtl),
        CLIMB.map(withoutTtl).toSorted((a, b) => (a < b ? -1 : 1)),
      );
    });

    it("gets IPv6 addresses, NODATA, NXDOMAIN and empty non-terminals right", async () => {
      assert.deepEqual(dataOf(await dig(resolver, HELLO, "AAAA")), ["2001:db8:1::1"]);
      const noData = await dig(resolver, HELLO, "MX");
      assert.deepEqual([noData.status, noData.answer], ["NOERROR", []]);
      assert.equal((await dig(resolver, "nobody.demo.myfed.svc.example.com")).status, "NXDOMAIN");
      const between = await dig(resolver, "demo.myfed.svc.example.com");
      assert.deepEqual([between.status, between.answer], ["NOERROR", []]);
    });

    it("gets a long answer, over TCP if necessary", async () => {
      assert.equal((await dig(resolver, "+tcp", WIDE)).answer.length, 40);
      assert.equal((await dig(resolver, "+bufsize=4096", WIDE)).answer.length, 40);
    });

    it("sees a change when its cached answer expires", async () => {
      const name = "later.demo.myfed.svc.example.com";
      plane.setBackend("us-west", "demo/later", "ready=1 192.0.2.99");
      assert.deepEqual(dataOf(await dig(resolver, name)), ["192.0.2.99"]);
    });
  });
}

function withoutTtl(record: string): string {
  return record.replace(/ \d+ IN /, " IN ");
}
