/** Where no probe may go: what tenants might have fedns connect to, what settings deny and allow, and that nothing is sent. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import { Denial } from "../../../src/traffic/health/probe-failure.ts";
import {
  createDenial,
  denialIn,
  type DenialSettings,
  type ProbeSurroundings,
  surroundingsIn,
} from "../../../src/traffic/probe/denial.ts";
import { createProber } from "../../../src/traffic/probe/prober.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { question } from "../tracker/meeting.ts";
import { silent, startServer } from "./servers.ts";

const NONE: DenialSettings = { denyNetworks: [], allowNetworks: [] };
const LAPTOP: ProbeSurroundings = { interfaces: ["192.168.1.7/24", "fd00:1::7/64"], clusterAddresses: null };
const POD: ProbeSurroundings = {
  interfaces: ["10.244.1.7/24", "fd00:244:1::7/64"],
  clusterAddresses: ["10.96.0.1", "10.96.0.10"],
};
const words = (text: string): string[] => text.trim().split(/\s+/);

function denies(
  what: string,
  settings: DenialSettings,
  at: ProbeSurroundings,
  list: string,
  denial: string | null,
): void {
  it(`${denial === null ? "may go" : "may not go"} to ${what}`, () => {
    for (const address of words(list)) assert.equal(denialIn(settings, at)(address), denial, address);
  });
}

describe("a probe, wherever fedns runs and whatever is allowed,", () => {
  const everything = { denyNetworks: [], allowNetworks: ["0.0.0.0/0", "::/0"] };
  const attacks: Readonly<Record<string, string>> = {
    "a metadata service that is link-local": "169.254.169.254 169.254.170.2 fe80::a9fe:a9fe",
    "a metadata service that is not link-local":
      "168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254 fd20:ce::254",
    "this server's own services by loopback": "127.0.0.1 127.1.2.3 ::1 0.0.0.0 ::",
    "loopback as a mapped or compatible address":
      "::ffff:127.0.0.1 ::127.0.0.1 ::ffff:7f00:1 ::ffff:0:127.0.0.1",
    "metadata through NAT64": "64:ff9b::169.254.169.254 64:ff9b::a83f:8110 64:ff9b:1::169.254.169.254",
    "metadata through 6to4, ISATAP and Teredo":
      "2002:a9fe:a9fe::1 2001:db8::5efe:169.254.169.254 2001:0:1:2::5601:5601",
    "everyone on the link": "224.0.0.1 255.255.255.255 ff02::1",
    "what is reserved": "240.0.0.1 192.0.0.8 fec0::1",
    "what is no address": "localhost 127.1 0x7f.0.0.1 2130706433 169.254.169.254.nip.example fe80::1%eth0",
  };
  for (const [what, list] of Object.entries(attacks)) denies(what, everything, POD, list, Denial.Never);
});

describe("a probe from a pod", () => {
  denies("the pod itself", NONE, POD, "10.244.1.7 fd00:244:1::7 ::ffff:10.244.1.7", Denial.Own);
  denies("other pods beside it", NONE, POD, "10.244.1.8 10.244.1.255 fd00:244:1::8", Denial.Own);
  denies("the API server and the DNS service of its cluster", NONE, POD, "10.96.0.1 10.96.0.10", Denial.Own);
  denies("these through a translator", NONE, POD, "64:ff9b::10.96.0.1 2002:af4:108::1", Denial.Own);
  denies("load balancers elsewhere", NONE, POD, "192.168.1.7 10.1.0.1 203.0.113.1 2001:db8::1", null);
  const denied = { ...NONE, denyNetworks: ["10.244.0.0/16", "10.96.0.0/12", "fd00:244::/32"] };
  denies(
    "networks that settings deny",
    denied,
    POD,
    "10.244.200.1 10.100.0.1 fd00:244:9::1",
    Denial.Settings,
  );
  const inLan: ProbeSurroundings = { interfaces: ["192.168.1.7/24"], clusterAddresses: ["10.96.0.1"] };
  denies(
    "load balancers in the network of the Nodes, with hostNetwork",
    NONE,
    inLan,
    "192.168.1.240",
    Denial.Own,
  );
  const lan = { ...NONE, allowNetworks: ["192.168.1.0/24"] };
  denies("these, where settings allow it", lan, inLan, "192.168.1.240", null);
  const both = { denyNetworks: ["192.168.1.0/28"], allowNetworks: ["192.168.1.0/24"] };
  denies("what settings deny and allow", both, inLan, "192.168.1.1", Denial.Settings);
  denies("the API server, where only the network is allowed", lan, inLan, "10.96.0.1", Denial.Own);
});

describe("a probe from a laptop or server", () => {
  denies("itself", NONE, LAPTOP, "192.168.1.7 fd00:1::7 64:ff9b::192.168.1.7", Denial.Own);
  denies("load balancers of clusters in its own network", NONE, LAPTOP, "192.168.1.8 fd00:1::8", null);
  const own = { ...NONE, allowNetworks: ["192.168.1.7/32"] };
  denies(
    "itself, where settings allow it, as with a balancer on the Node itself",
    own,
    LAPTOP,
    "192.168.1.7",
    null,
  );
});

describe("the surroundings", () => {
  it("are those of this machine, and a pod's where it was told an API server", () => {
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const expected = own.flatMap(({ cidr }) => cidr ?? []);
    assert.deepEqual(surroundingsIn({}), { interfaces: expected, clusterAddresses: null });
    const { clusterAddresses } = surroundingsIn({ KUBERNETES_SERVICE_HOST: "10.96.0.1" });
    assert.equal(clusterAddresses?.[0], "10.96.0.1");
  });

  it("are read again after some seconds, and settings count at once", () => {
    const clock = new FakeClock();
    let interfaces = ["192.0.2.1/24"];
    let settings = NONE;
    let reads = 0;
    const surroundings = (): ProbeSurroundings => {
      reads += 1;
      return { interfaces, clusterAddresses: null };
    };
    const denialOf = createDenial({ settings: () => settings, surroundings, clock });
    for (let i = 0; i < 100; i++) assert.equal(denialOf("192.0.2.1"), Denial.Own);
    assert.equal(reads, 1);
    interfaces = ["192.0.2.2/24"];
    clock.advance(5000);
    assert.deepEqual(["192.0.2.1", "192.0.2.2"].map(denialOf), [null, Denial.Own]);
    settings = { ...NONE, denyNetworks: ["192.0.2.0/24"] };
    assert.equal(denialOf("192.0.2.1"), Denial.Settings);
  });
});

it("a probe that is denied connects to nobody, of whatever kind it is", async () => {
  const server = await startServer(silent());
  const asked: string[] = [];
  const prober = createProber({
    denialOf: (address) => {
      asked.push(address);
      return Denial.Never;
    },
  });
  for (const kind of ["tcp", "tls", "http", "https", "grpc", "grpcs"])
    assert.deepEqual(
      await prober(question(`${kind}://:${server.port}`), "127.0.0.1", AbortSignal.timeout(3000)),
      { kind: "denied", reason: Denial.Never },
    );
  assert.deepEqual(asked, Array(6).fill("127.0.0.1"));
  assert.equal(server.counts.accepted, 0);
  await server.close();
});
