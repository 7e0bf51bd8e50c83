/** A folder of zone files: which files count, which links are followed, and what `fedns check` prints. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { soaRdata } from "../../../src/dns/message/record.ts";
import { readZoneFolder } from "../../../src/federation/zones/zone-folder.ts";
import { formatProblem, hasErrors } from "../../../src/dns/zone/problem.ts";
import { Zone } from "../../../src/dns/zone/zone.ts";
import { fakeSession } from "../../cli/fake-session.ts";

const ZONE =
  "$TTL 1h\n@ SOA ns.example.net. h.example.net. 7 4h 1h 2w 5m\n NS ns.example.net.\n NS ns.example.com.\n";

const SETTINGS = `federations: [{ name: myfed, domain: fed.example }]
nameservers: [{ name: ns1.fed.example, addresses: [192.0.2.53] }]
clusters: [{ name: west, kubeconfig: ./west, region: us, zones: [a] }]
`;

const SOA = soaRdata({
  mname: nameOf("ns.c.example"),
  rname: nameOf("h.c.example"),
  serial: 0,
  refreshSeconds: 14_400,
  retrySeconds: 3600,
  expireSeconds: 1_209_600,
  negativeTtlSeconds: 300,
});

let top = "";
let folder = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "fedns-zones-"));
  folder = join(top, "zones");
  mkdirSync(folder);
});
afterEach(() => rmSync(top, { recursive: true }));

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const origins = (): string[] => readZoneFolder(folder).zones.map(({ zone }) => formatName(zone.origin));
const problems = (): string[] =>
  readZoneFolder(folder).problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ""));

describe("readZoneFolder", () => {
  it("reads NAME.zone as the zone NAME, in the order of the names, and nothing else", () => {
    put("b.example.zone", ZONE);
    put("A.example.zone", `${ZONE}$INCLUDE hosts.inc\n`);
    put("hosts.inc", "www A 192.0.2.1\n");
    put(".hidden.zone", "no zone");
    put("notes.txt", "no zone");
    put("other.zone", `$ORIGIN c.example.\n${ZONE}`);
    assert.deepEqual(origins(), ["a.example.", "b.example.", "c.example."]);
    const { zones } = readZoneFolder(folder);
    assert.deepEqual(
      zones.map(({ recordCount, serial }) => [recordCount, serial]),
      [
        [4, 7],
        [3, 7],
        [3, 7],
      ],
    );
  });

  it("follows links inside the folder, as in mounted ConfigMaps, and no others", () => {
    mkdirSync(join(folder, "..2026"));
    put("..2026/a.example.zone", ZONE);
    symlinkSync("..2026", join(folder, "..data"));
    symlinkSync("..data/a.example.zone", join(folder, "a.example.zone"));
    writeFileSync(join(top, "b.example.zone"), ZONE);
    symlinkSync("../b.example.zone", join(folder, "b.example.zone"));
    put("c.example.zone", `${ZONE}$INCLUDE out.inc\n`);
    symlinkSync("/etc/hostname", join(folder, "out.inc"));
    assert.deepEqual(origins(), ["a.example."]);
    assert.deepEqual(problems(), [
      "b.example.zone:0: error: leads out of the zones' folder",
      'c.example.zone:5: error: $INCLUDE "out.inc": leads out of the zones\' folder',
    ]);
  });

  it("reports files that cannot be read, and does not wait for pipes", () => {
    execFileSync("mkfifo", [join(folder, "pipe.zone")]);
    mkdirSync(join(folder, "dir.zone"));
    put("a..b.zone", ZONE);
    symlinkSync("nowhere", join(folder, "gone.zone"));
    assert.deepEqual(problems(), [
      "a..b.zone:0: error: its name is not the name of a zone and .zone",
      "dir.zone:0: error: is not a file",
      "gone.zone:0: error: cannot be read: there is no such file",
      "pipe.zone:0: error: is not a file",
    ]);
    assert.deepEqual(
      readZoneFolder(join(top, "none")).problems.map(({ message }) => message),
      ["cannot be read: there is no such file"],
    );
  });

  it("reports a zone that is in two files", () => {
    put("a.example.zone", ZONE);
    put("b.zone", `$ORIGIN A.example.\n${ZONE}`);
    assert.deepEqual(origins(), ["a.example."]);
    assert.deepEqual(problems(), ["b.zone:0: error: the zone a.example. is in a.example.zone already"]);
  });

  it("sorts all problems of a zone by line", () => {
    put("a.example.zone", `${ZONE}a CNAME b.\na TXT x\nc A nonsense\n@ NS d.\n@ NS D.\n`);
    assert.deepEqual(problems(), [
      "a.example.zone:5: error: a.a.example. CNAME: is beside TXT; an alias has no other records",
      'a.example.zone:7: error: A: address: "nonsense" is not an IPv4 address',
      "a.example.zone:9: warning: a.example. NS: the same record is in a.example.zone:8; this one is dropped",
    ]);
  });

  it("warns of a changed zone whose serial has not increased", () => {
    put("a.example.zone", ZONE);
    const previous = new Map(readZoneFolder(folder).zones.map((loaded) => [loaded.file, loaded]));
    const messages = (): string[] =>
      readZoneFolder(folder, { previous }).problems.map(({ message }) => message);
    assert.deepEqual(messages(), []);
    put("a.example.zone", `${ZONE}a A 192.0.2.1\n`);
    assert.deepEqual(messages(), ["SOA: the serial 7 is not higher than 7, which is served now"]);
    put("a.example.zone", `${ZONE.replace(" 7 ", " 8 ")}a A 192.0.2.1\n`);
    assert.deepEqual(messages(), []);
  });
});

describe("a file for a zone that is generated", () => {
  const base = new Zone(nameOf("c.example"));
  base.put(base.origin, { type: 6, ttlSeconds: 30, rdatas: [SOA] });
  base.put(base.origin, {
    type: 2,
    ttlSeconds: 30,
    rdatas: [nameOf("ns1.example.net"), nameOf("ns2.example.net")],
  });
  const generated = [base];

  it("needs neither SOA nor NS of its own, and adds its records", () => {
    put("c.example.zone", "$TTL 1h\n@ MX 10 mail\nmail A 192.0.2.1\n");
    const { zones, problems: found } = readZoneFolder(folder, { generated });
    assert.deepEqual(found, []);
    assert.ok(zones[0]?.zone.has(nameOf("mail.c.example")));
    assert.deepEqual(
      zones[0]?.zone
        .node(nameOf("c.example"))
        .rrsets.map(({ type }) => type)
        .sort((a, b) => a - b),
      [2, 6, 15],
    );
    assert.ok(!base.has(nameOf("mail.c.example")), "the generated zone stays as it is");
  });

  it("wins with the SOA and NS that it has", () => {
    put("c.example.zone", ZONE);
    const { zones, problems: found } = readZoneFolder(folder, { generated });
    assert.deepEqual(found, []);
    // But for the serial: fedns adds names to the zone, and counts.
    assert.equal(zones[0]?.serial, null);
  });

  it("causes no warning about what the settings say, and one about what it says itself", () => {
    put("c.example.zone", "$TTL 1h\n@ MX 10 mail\n");
    // One nameserver, and a negative TTL of 30 seconds as it is by default, would be warnings in a file.
    const poor = new Zone(nameOf("c.example"));
    const soa = Uint8Array.from([...SOA.subarray(0, -4), 0, 0, 0, 30]);
    poor.put(poor.origin, { type: 6, ttlSeconds: 30, rdatas: [soa] });
    poor.put(poor.origin, { type: 2, ttlSeconds: 30, rdatas: [nameOf("ns1.example.net")] });
    const options = { generated: [poor] };
    const told = (): string[] => readZoneFolder(folder, options).problems.map(formatProblem);
    const own = `${folder}/c.example.zone:2: warning: c.example. MX: mail.c.example. has no address (A or AAAA)`;
    assert.deepEqual(told(), [own]);
    const before = readZoneFolder(folder, options).zones;
    put("c.example.zone", "$TTL 1h\n@ MX 10 mail\n@ TXT new\n");
    const previous = new Map(before.map((zone) => [zone.file, zone]));
    assert.deepEqual(readZoneFolder(folder, { ...options, previous }).problems.map(formatProblem), [own]);
  });

  it("needs a SOA where nothing is generated", () => {
    put("d.example.zone", "$TTL 1h\n@ MX 10 mail\nmail A 192.0.2.1\n");
    assert.ok(hasErrors(readZoneFolder(folder, { generated }).problems));
  });
});

describe("fedns check --zones", () => {
  it("prints each problem with file and line, and returns 1 for errors", async () => {
    put("a.example.zone", `${ZONE}a MX 1 b\na MX x\n`);
    const session = fakeSession();
    assert.equal(await main(["check", "--zones", folder], session), 1);
    assert.equal(
      session.printed(),
      `${folder}/a.example.zone:6: error: MX: preference: "x" is not a number from 0 to 65535\n`,
    );
  });

  it("takes the settings into account where they are named, as check --config does", async () => {
    put("fed.example.zone", "$TTL 1h\n@ MX 10 mail\nmail A 192.0.2.1\n");
    const settings = join(folder, "fedns.yaml");
    writeFileSync(settings, SETTINGS);
    const alone = fakeSession();
    assert.equal(await main(["check", "--zones", folder], alone), 1);
    assert.match(
      alone.printed(),
      /^note: no settings were read; --config names them.*\n(.*\n)*.*has no SOA record/,
    );
    const named = fakeSession();
    assert.equal(await main(["check", "--zones", folder, "--config", settings], named), 0);
    assert.equal(
      named.printed(),
      `note: checked with the settings of ${settings}.\n${folder} is valid: 1 zone with 2 records.\n`,
    );
    writeFileSync(settings, "nonsense: 1\n");
    assert.equal(await main(["check", "--zones", folder, "--config", settings], fakeSession()), 1);
  });

  it("returns 0 for warnings alone, and prints what it has read", async () => {
    put("a.example.zone", `${ZONE}a MX 1 b\n`);
    const session = fakeSession();
    assert.equal(await main(["check", "--zones", folder], session), 0);
    assert.deepEqual(session.printed().split("\n"), [
      `${folder}/a.example.zone:5: warning: a.a.example. MX: b.a.example. has no address (A or AAAA)`,
      `${folder} is valid: 1 zone with 4 records.`,
      "",
    ]);
  });
});
