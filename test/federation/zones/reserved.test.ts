/** Zone files beside generated names: which of them is answered, and that conflicts are reported with file and line. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { reservedIn } from "../../../src/federation/zones/reserved.ts";
import { nameOf } from "../../../src/dns/message/name.ts";
import type { Place } from "../../../src/federation/members/cluster.ts";
import { checkZone } from "../../../src/dns/zonefile/check.ts";
import { generatedZone } from "../../../src/dns/zone/generated.ts";
import { mergeZones } from "../../../src/dns/zone/merge.ts";
import { formatProblem } from "../../../src/dns/zone/problem.ts";
import type { Zone } from "../../../src/dns/zone/zone.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";
import { fakeSession } from "../../cli/fake-session.ts";
import { startClusters } from "../../support/clusters.ts";
import { ask, openFront } from "../../support/worker-context.ts";
import { startFedns, temporaryFolder } from "../../support/fedns.ts";
import { parseFleet } from "../../support/fleet.ts";

const FLEET = `
  zone example.com
    ns ns1.example.com 192.0.2.53 2001:db8::53
    ns ns2.example.net
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17`;
const PLACES: readonly Place[] = [{ region: "us-west", zone: "a" }];
const generated = parseFleet(FLEET).zones.map(generatedZone);
const HELLO = "hello.demo.myfed.svc";
const REGIONAL = `${HELLO}.us-west.example.com`;
const ZONAL = `${HELLO}.a.us-west.example.com`;
const SERVICE = "A 192.0.2.17";

function merged(text: string): { readonly zone: Zone; readonly problems: readonly string[] } {
  const origin = nameOf("example.com");
  const readInclude = (): { readonly problem: string } => ({ problem: "no" });
  const parsed = parseZoneFile({ name: "z", text: `$TTL 60\n${text}\n`, origin, readInclude });
  assert.deepEqual(parsed.problems, []);
  const zone = mergeZones(generated[0] as Zone, parsed.zone);
  const reserved = reservedIn(generated, PLACES);
  const problems = checkZone({ zone, positionOf: parsed.positionOf, reserved }).map(formatProblem);
  return { zone, problems: problems.filter((line) => !line.includes("SOA: minimum")) };
}

/** The answers to A, as "TYPE DATA", or the response code. */
function answersWith(zone: Zone): (name: string) => string {
  const front = openFront(FLEET);
  front.publisher.setZones([zone], []);
  front.publisher.flush();
  return (name) => {
    const reply = ask(front, { name, type: 1 });
    if (reply.answer.length === 0) return reply.aa ? `rcode ${reply.rcode}` : "referral";
    return reply.answer.map(({ type, data }) => `${NAMES[type] ?? type} ${data}`).join(", ");
  };
}
const NAMES: Readonly<Record<number, string>> = { 1: "A", 5: "CNAME", 39: "DNAME" };

type Row = {
  readonly text: string;
  readonly problems: readonly string[];
  readonly holds: Readonly<Record<string, string>>;
};

const LED_AWAY = (name: string, type: string): string =>
  `z:2: warning: ${name} ${type} leads resolvers away from the names of services in svc.${name}`;

const ROWS: Readonly<Record<string, Row>> = {
  "records at svc and below": {
    text: `${HELLO} A 192.0.2.1`,
    problems: ["z:2: error: svc and all names below it belong to the federation's services"],
    holds: { [`${HELLO}.example.com`]: SERVICE },
  },
  "a DNAME at the top": {
    text: "@ DNAME elsewhere.example.",
    problems: [
      "z:2: error: DNAME leads all names of services in the federation's domain elsewhere",
      "z:0: error: ns1.example.com. is below the DNAME at example.com.; nothing may be there (RFC 6672 §2.4)",
    ],
    holds: { [`${HELLO}.example.com`]: SERVICE },
  },
  "records below svc of a region that is there": {
    text: `${HELLO}.us-west A 192.0.2.1`,
    problems: ["z:2: warning: hidden by the names of services in the region us-west"],
    holds: { [REGIONAL]: SERVICE },
  },
  "records below svc of a zone that is there": {
    text: `${HELLO}.a.us-west A 192.0.2.1`,
    problems: ["z:2: warning: hidden by the names of services in the zone a of us-west"],
    holds: { [ZONAL]: SERVICE },
  },
  "records below svc of a region that is not there": {
    text: `${HELLO}.mars A 192.0.2.1`,
    problems: ["z:2: warning: hidden wherever a region or zone of a cluster has this name"],
    holds: { [`${HELLO}.mars.example.com`]: "A 192.0.2.1" },
  },
  "svc further down than any zone has it": {
    text: "x.svc.c.b.a A 192.0.2.1",
    problems: [],
    holds: { "x.svc.c.b.a.example.com": "A 192.0.2.1" },
  },
  "a cut at a region": {
    text: "us-west NS ns.example.net.",
    problems: [LED_AWAY("us-west.example.com.", "NS")],
    holds: {
      [REGIONAL]: SERVICE,
      [ZONAL]: SERVICE,
      "us-west.example.com": "referral",
      "x.us-west.example.com": "referral",
    },
  },
  "a cut at a zone of a region": {
    text: "a.us-west NS ns.example.net.",
    problems: [LED_AWAY("a.us-west.example.com.", "NS")],
    holds: { [REGIONAL]: SERVICE, [ZONAL]: SERVICE, "x.a.us-west.example.com": "referral" },
  },
  "a cut where no region is": {
    text: "mars NS ns.example.net.",
    problems: [],
    holds: { [`${HELLO}.mars.example.com`]: "referral" },
  },
  "a DNAME at a region": {
    text: "us-west DNAME w.example.",
    problems: [LED_AWAY("us-west.example.com.", "DNAME")],
    holds: { [REGIONAL]: SERVICE, "x.us-west.example.com": "DNAME w.example., CNAME x.w.example." },
  },
  "a wildcard beside a region": {
    text: "* A 192.0.2.1",
    problems: [
      "z:2: warning: *.example.com. does not cover us-west.example.com., nor anything below: these exist for the clusters' services",
    ],
    holds: {
      "any.example.com": "A 192.0.2.1",
      [`${HELLO}.mars.example.com`]: "A 192.0.2.1",
      "us-west.example.com": "rcode 0",
      "x.us-west.example.com": "rcode 3",
      [`gone.demo.myfed.svc.example.com`]: "rcode 3",
      [REGIONAL]: SERVICE,
    },
  },
  "a wildcard in a region": {
    text: "*.us-west A 192.0.2.1",
    problems: [
      "z:2: warning: *.us-west.example.com. does not cover a.us-west.example.com., svc.us-west.example.com., nor anything below: these exist for the clusters' services",
    ],
    holds: {
      "any.us-west.example.com": "A 192.0.2.1",
      "a.us-west.example.com": "rcode 0",
      "x.svc.us-west.example.com": "rcode 3",
      [REGIONAL]: SERVICE,
    },
  },
  "an alias at a region": {
    text: "us-west CNAME www.example.net.",
    problems: [],
    holds: { "us-west.example.com": "CNAME www.example.net.", [REGIONAL]: SERVICE },
  },
  "an address at a region": {
    text: "us-west A 192.0.2.1",
    problems: [],
    holds: { "us-west.example.com": "A 192.0.2.1", [REGIONAL]: SERVICE },
  },
  "another address of a nameserver": {
    text: "ns1 A 192.0.2.1",
    problems: [
      "z:2: warning: ns1.example.com. A takes the place of the A records that the settings give this nameserver",
    ],
    holds: { "ns1.example.com": "A 192.0.2.1" },
  },
  "the same address of a nameserver": {
    text: "ns1 A 192.0.2.53",
    problems: [],
    holds: { "ns1.example.com": "A 192.0.2.53" },
  },
  "an alias in the place of a nameserver": {
    text: "ns1 CNAME www.example.net.",
    problems: [
      "z:0: warning: SOA: the primary nameserver ns1.example.com. is an alias",
      "z:0: warning: example.com. NS: ns1.example.com. is an alias; it should have addresses itself (RFC 2181 §10.3)",
      "z:2: warning: ns1.example.com. CNAME takes the place of the A records that the settings give this nameserver",
      "z:2: warning: ns1.example.com. CNAME takes the place of the AAAA records that the settings give this nameserver",
    ],
    holds: { "ns1.example.com": "CNAME www.example.net." },
  },
  "other nameservers and another SOA": {
    text: "@ SOA a.example.net. h.example.net. 9 14400 3600 604800 300\n@ NS a.example.net.\n@ NS b.example.net.",
    problems: [],
    holds: { [REGIONAL]: SERVICE },
  },
};

describe("beside generated names", () => {
  for (const [what, { text, problems, holds }] of Object.entries(ROWS)) {
    it(`${what}: the answer is as reported`, () => {
      const file = merged(text);
      assert.deepEqual(file.problems, problems);
      const answer = answersWith(file.zone);
      const seen = Object.fromEntries(Object.keys(holds).map((name) => [name, answer(name)]));
      assert.deepEqual(seen, holds);
    });
  }
});

describe("a conflict with generated names", () => {
  it("is reported by fedns check for the places in the settings", async (t) => {
    const directory = await temporaryFolder(t);
    await mkdir(join(directory, "zones"));
    await writeFile(
      join(directory, "zones", "example.com.zone"),
      "$TTL 60\nwww A 192.0.2.1\neu NS ns.example.net.\n",
    );
    const settings = `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }, { name: ns.example.org }]
zones: ./zones
clusters: [{ name: one, kubeconfig: ./k, region: eu, zones: [a] }]
`;
    await writeFile(join(directory, "fedns.yaml"), settings);
    const session = fakeSession();
    assert.equal(await main(["check", "--config", join(directory, "fedns.yaml")], session), 0);
    assert.match(
      session.printed(),
      /example\.com\.zone:3: warning: eu\.example\.com\. NS leads resolvers away/,
    );
  });

  it("is reported by a running server for the places of its clusters", async (t) => {
    const directory = await temporaryFolder(t);
    const clusters = await startClusters(t, directory);
    await mkdir(join(directory, "zones"));
    await writeFile(
      join(directory, "zones", "example.com.zone"),
      "$TTL 60\nmars NS ns.example.net.\nus-west NS ns.example.net.\n",
    );
    const fedns = await startFedns(t, {
      directory,
      settings: { zones: "./zones", clusters: clusters.settings },
    });
    const line = /example\.com\.zone:3: warning: us-west\.example\.com\. NS leads resolvers away/;
    for (let tries = 0; ; tries++) {
      // Null until the control process answers.
      const zones = (await fedns.status()).zones as { readonly problems: readonly string[] } | null;
      const problems = zones?.problems ?? [];
      if (problems.some((problem) => line.test(problem))) break;
      assert.ok(tries < 300, problems.join("\n"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const told = fedns.log
      .filter(({ msg }) => msg === "a zone file has warnings")
      .map((one) => JSON.stringify(one));
    assert.ok(told.some((one) => one.includes('"zone":"example.com"') && /3: warning: us-west\./.test(one)));
  });
});
