/** The settings of client locations: valid values, refusals and their messages. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatProblem, parseConfig } from "../../../src/run/config/file.ts";
import type { LocateConfig } from "../../../src/run/config/types.ts";

const file = (locate: string): string => `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
clusters: [{ name: eu-central, kubeconfig: k }, { name: us-west, kubeconfig: k }]
locate: ${locate}
`;

function accepted(locate: string): LocateConfig {
  const result = parseConfig(file(locate), "/etc/fedns/fedns.yaml");
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config.locate;
}

function refused(locate: string): string[] {
  const result = parseConfig(file(locate), "f.yaml");
  assert.ok(result.kind === "problems", "the file is accepted");
  return result.problems.map((problem) => formatProblem(problem, "f").replace(/^f:4:\d+: /, ""));
}

describe("locate", () => {
  it("reads networks of all three kinds", () => {
    const { networks } = accepted(`
  networks:
    - { cidr: 10.8.0.0/16, cluster: eu-central }
    - { cidr: 10.8.1.0/24, cluster: us-west }
    - { cidr: 193.206.0.0/16, region: eu-south-1 }
    - { cidr: "2001:db8::/32", location: { latitude: 50.1, longitude: 8.7 } }`);
    assert.deepEqual(networks, [
      { cidr: "10.8.0.0/16", cluster: "eu-central", region: null, location: null },
      { cidr: "10.8.1.0/24", cluster: "us-west", region: null, location: null },
      { cidr: "193.206.0.0/16", cluster: null, region: "eu-south-1", location: null },
      { cidr: "2001:db8::/32", cluster: null, region: null, location: { latitude: 50.1, longitude: 8.7 } },
    ]);
  });

  it("takes the database from a file beside the settings, or the built-in one, or none", () => {
    assert.equal(accepted("{}").database, "geoip-lite");
    assert.equal(accepted("{ database: geoip-lite }").database, "geoip-lite");
    assert.equal(accepted("{ database: none }").database, null);
    assert.equal(accepted("{ database: ./GeoLite2-City.mmdb }").database, "/etc/fedns/GeoLite2-City.mmdb");
    assert.equal(accepted("{ database: /var/lib/cities.mmdb }").database, "/var/lib/cities.mmdb");
  });

  it("refuses a network without a location, or with two", () => {
    assert.deepEqual(refused("{ networks: [{ cidr: 10.0.0.0/8 }] }"), [
      "locate.networks[0]: has no location; give exactly one of cluster, region and location",
    ]);
    assert.deepEqual(refused("{ networks: [{ cidr: 10.0.0.0/8, cluster: us-west, region: us-west-2 }] }"), [
      "locate.networks[0]: has cluster and region; give exactly one of cluster, region and location",
    ]);
  });

  it("refuses a cluster that is not in the file, and guesses which was meant", () => {
    assert.deepEqual(refused("{ networks: [{ cidr: 10.0.0.0/8, cluster: us-wset }] }"), [
      "locate.networks[0].cluster: names no cluster of this file; did you mean us-west?",
    ]);
    assert.match(
      refused("{ networks: [{ cidr: 10.0.0.0/8, cluster: tokyo }] }").join(),
      /add the cluster, or give a region/,
    );
  });

  it("refuses a network twice, however it is written", () => {
    const networks = "{ cidr: 10.8.0.0/16, cluster: us-west }, { cidr: 10.8.9.9/16, region: a }";
    assert.deepEqual(refused(`{ networks: [${networks}] }`), [
      "locate.networks[1].cidr: repeats locate.networks[0] (10.8.9.9/16); remove one of the two",
    ]);
    const ipv6 = '{ cidr: "2001:db8::/32", region: a }, { cidr: "2001:0DB8:0:1::/32", region: b }';
    assert.match(refused(`{ networks: [${ipv6}] }`).join(), /repeats locate\.networks\[0\]/);
  });

  it("refuses an IPv6 network longer than /64, mapped IPv4 and malformed values", () => {
    assert.match(
      refused('{ networks: [{ cidr: "2001:db8::/65", region: a }] }').join(),
      /write its first 64 bits/,
    );
    assert.match(
      refused('{ networks: [{ cidr: "::ffff:10.0.0.0/104", region: a }] }').join(),
      /IPv4 written as IPv6/,
    );
    assert.match(refused("{ networks: [{ cidr: 10.0.0.0/33, region: a }] }").join(), /must be a network/);
    assert.match(
      refused(
        "{ networks: [{ cidr: 10.0.0.0/8, region: a, location: { latitude: 91, longitude: 0 } }] }",
      ).join(),
      /from -90 to 90/,
    );
  });
});
