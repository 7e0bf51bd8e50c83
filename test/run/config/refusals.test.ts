/** Every refusal of the configuration, word for word, with its position and its cure. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { POLICY_NAMES } from "../../../src/federation/policy/policies.ts";
import { formatProblem, parseConfig } from "../../../src/run/config/file.ts";

const least =
  "federations: [{ name: myfed, domain: example.com }]\nnameservers: [{ name: ns.example.net }]\n";

function refused(text: string): string[] {
  const result = parseConfig(text, "fedns.yaml");
  assert.ok(result.kind === "problems", "the file is accepted");
  return result.problems.map((problem) => formatProblem(problem, "fedns.yaml"));
}

const refusals: readonly (readonly [claim: string, text: string, problem: string])[] = [
  [
    "a mistyped setting",
    `${least}ttlSecond: 5`,
    "fedns.yaml:3:1: ttlSecond: is not a setting; did you mean ttlSeconds?",
  ],
  [
    "a mistyped setting inside",
    `${least}serve: { tcp: { idleSecs: 5 } }`,
    "fedns.yaml:3:17: serve.tcp.idleSecs: is not a setting; did you mean idleSeconds?",
  ],
  [
    "a setting like no other",
    `${least}quux: 5`,
    "fedns.yaml:3:1: quux: is not a setting; remove it (`fedns config` lists all settings)",
  ],
  [
    "a TTL of zero",
    `${least}ttlSeconds: 0`,
    "fedns.yaml:3:1: ttlSeconds: must be a whole number from 1 to 2147483647, not 0",
  ],
  [
    "a TTL of text",
    `${least}ttlSeconds: 30s`,
    'fedns.yaml:3:1: ttlSeconds: must be a whole number from 1 to 2147483647, not "30s"',
  ],
  [
    "a setting without a value",
    `${least}ttlSeconds:`,
    "fedns.yaml:3:1: ttlSeconds: has no value; it must be a whole number from 1 to 2147483647",
  ],
  [
    "a relative path as a command",
    `${least}kubeconfigs: { commands: [bin/aws] }`,
    'fedns.yaml:3:27: kubeconfigs.commands[0]: must be the name of a command like "aws", or an absolute path, not "bin/aws"',
  ],
  [
    "an auth-provider that runs commands",
    `${least}kubeconfigs: { authProviders: [gcp] }`,
    'fedns.yaml:3:32: kubeconfigs.authProviders[0]: must be one of oidc, not "gcp"',
  ],
  [
    "an unknown policy",
    `${least}traffic: { policy: fair }`,
    `fedns.yaml:3:12: traffic.policy: must be one of ${POLICY_NAMES.join(", ")}, not "fair"`,
  ],
  [
    "weights as a list",
    `${least}traffic: { weights: [a] }`,
    "fedns.yaml:3:12: traffic.weights: must be a group of clusters and weights, not a list; write { us-west: 3, eu-central: 1 }",
  ],
  [
    "a weight below zero",
    `${least}traffic: { weights: { a: -1 } }\nclusters: [{ name: a, kubeconfig: k }]`,
    "fedns.yaml:3:23: traffic.weights.a: must be a whole number from 0 to 10000, not -1",
  ],
  [
    "a weight of a cluster that is not there",
    `${least}traffic: { weights: { us-wst: 1 } }\nclusters: [{ name: us-west, kubeconfig: k }]`,
    "fedns.yaml:3:23: traffic.weights.us-wst: names no cluster of this file; did you mean us-west?",
  ],
  [
    "a cluster that has two turns",
    `${least}traffic: { failoverOrder: [a, a] }\nclusters: [{ name: a, kubeconfig: k }]`,
    "fedns.yaml:3:31: traffic.failoverOrder[1]: is a duplicate; remove it",
  ],
  [
    "a threshold that nothing is below",
    `${least}traffic: { spillBelow: 0 }`,
    "fedns.yaml:3:12: traffic.spillBelow: must be a number from 0.01 to 1, not 0",
  ],
  [
    "a cookie secret of the wrong length",
    `${least}cookies: { secrets: ["0001"] }`,
    'fedns.yaml:3:22: cookies.secrets[0]: must be 32 hex digits in quotes, not "0001"; openssl rand -hex 16 makes one',
  ],
  [
    "a third cookie secret",
    `${least}cookies: { secrets: ["${"00".repeat(16)}", "${"01".repeat(16)}", "${"02".repeat(16)}"] }`,
    "fedns.yaml:3:12: cookies.secrets: must be a list of at most 2 secrets (the new one and the one before), not a list",
  ],
  [
    "cookie secrets here and in a file",
    `${least}cookies: { secrets: ["${"00".repeat(16)}"], secretsFile: cookies }`,
    "fedns.yaml:3:1: cookies: has secrets and secretsFile; remove one of the two",
  ],
  [
    "a file of secrets in a home",
    `${least}cookies: { secretsFile: ~root/cookies }`,
    "fedns.yaml:3:12: cookies.secretsFile: begins with ~, which only a shell knows; write the whole path",
  ],
  [
    "an empty name of the server",
    `${least}identity: { nsid: "" }`,
    'fedns.yaml:3:13: identity.nsid: must be a text of at most 128 octets, or null, not ""',
  ],
  [
    "a server version that is a number",
    `${least}identity: { version: 1.0 }`,
    "fedns.yaml:3:13: identity.version: must be a text of at most 128 octets, or null, not 1",
  ],
  [
    "an address where a network must be",
    `${least}allowQuery: [192.0.2.1]`,
    'fedns.yaml:3:14: allowQuery[0]: must be a network like "192.0.2.0/24" or "2001:db8::/32", not "192.0.2.1"',
  ],
  [
    "a rate below nothing",
    `${least}rateLimit: { responsesPerSecond: -1 }`,
    "fedns.yaml:3:14: rateLimit.responsesPerSecond: must be a whole number from 0 to 1000000, not -1",
  ],
  [
    "a port that is none",
    `${least}admin: { port: 65536 }`,
    "fedns.yaml:3:10: admin.port: must be a whole number from 0 to 65535, not 65536",
  ],
  [
    "a host name to listen on",
    `${least}listen: [{ address: localhost }]`,
    'fedns.yaml:3:12: listen[0].address: must be an IP address like "192.0.2.53" or "2001:db8::53", not "localhost"',
  ],
  [
    "a scoped address",
    `${least}listen: [{ address: "fe80::1%lo" }]`,
    'fedns.yaml:3:12: listen[0].address: must be an IP address like "192.0.2.53" or "2001:db8::53", not "fe80::1%lo"',
  ],
  [
    "one address twice in two spellings",
    `${least}listen: [{ address: "::1" }, { address: "0:0::1" }]`,
    "fedns.yaml:3:30: listen[1]: repeats listen[0] (::1 port 53); remove one of the two",
  ],
  [
    "admin on a DNS port",
    `${least}listen: [{ address: 127.0.0.1, port: 9353 }]\nadmin: {}`,
    "fedns.yaml:4:1: admin: has the address and port of listen[0]; choose another port",
  ],
  [
    "clusters of one name",
    `${least}clusters: [{ name: a, kubeconfig: k }, { name: a, kubeconfig: l }]`,
    "fedns.yaml:3:40: clusters[1]: repeats clusters[0] (a); remove one of the two",
  ],
  [
    "a federation twice",
    "federations: [{ name: a, domain: b.c }, { name: a, domain: B.c. }]\nnameservers: [{ name: n.o }]",
    "fedns.yaml:1:41: federations[1]: repeats federations[0] (a in b.c); remove one of the two",
  ],
  [
    "a federation name that is no label",
    "federations: [{ name: My Fed, domain: b.c }]\nnameservers: [{ name: n.o }]",
    'fedns.yaml:1:17: federations[0].name: must be a DNS label (a-z, 0-9 and -, at most 63, no - at the ends), not "My Fed"; write "my-fed"',
  ],
  [
    "a domain in Unicode",
    "federations: [{ name: a, domain: bücher.example }]\nnameservers: [{ name: n.o }]",
    'fedns.yaml:1:26: federations[0].domain: must be a DNS name (labels of a-z, 0-9 and -, joined by dots), not "bücher.example"; write "xn--bcher-kva.example"',
  ],
  [
    "a nameserver of our domain without addresses",
    "federations: [{ name: a, domain: b.c }]\nnameservers: [{ name: ns.b.c }]",
    "fedns.yaml:2:15: nameservers[0]: needs addresses: ns.b.c is inside b.c, so its addresses must be given here; add addresses: [ ... ]",
  ],
  [
    "a nameserver among the services",
    "federations: [{ name: a, domain: b.c }]\nnameservers: [{ name: ns.svc.b.c, addresses: [192.0.2.1] }]",
    "fedns.yaml:2:17: nameservers[0].name: is under svc.b.c, which is reserved for services; choose a name like ns1.b.c",
  ],
  [
    "no nameserver",
    "federations: [{ name: a, domain: b.c }]\nnameservers: []",
    "fedns.yaml:2:1: nameservers: must be a list with at least one nameserver, not an empty list",
  ],
  [
    "a federation and no word of nameservers",
    "federations: [{ name: a, domain: b.c }]\nzones: ./zones",
    "fedns.yaml:1:1: nameservers: is missing; it must be a list with at least one nameserver",
  ],
  [
    "nothing to answer",
    "federations: []\nnameservers: [{ name: ns.b.c }]",
    "fedns.yaml:1:1: federations: is an empty list; add a federation, or serve zone files alone (zones: ./zones)",
  ],
  [
    "members of no federation",
    "zones: ./zones\nclusters: [{ name: a, kubeconfig: k }]",
    "fedns.yaml:2:1: clusters: is a list of clusters without a federation; add federations, or remove the clusters",
  ],
  [
    "a mailbox with an @",
    `${least}soa: { rname: me@b.c }`,
    'fedns.yaml:3:8: soa.rname: must be a DNS name (labels of a-z, 0-9 and -, joined by dots), not "me@b.c"; write a dot instead of the @',
  ],
  [
    "a retry slower than the refresh",
    `${least}soa: { retrySeconds: 14400 }`,
    "fedns.yaml:3:1: soa: retrySeconds (14400) must be less than refreshSeconds (14400)",
  ],
  [
    "a latitude beyond the pole",
    `${least}clusters: [{ name: a, kubeconfig: k, location: { latitude: 90.1, longitude: 0 } }]`,
    "fedns.yaml:3:50: clusters[0].location.latitude: must be a number of degrees from -90 to 90, not 90.1",
  ],
  [
    "a network of 33 bits",
    `${least}clusters: [{ name: a, kubeconfig: k, addresses: { allow: [10.0.0.0/33] } }]`,
    'fedns.yaml:3:59: clusters[0].addresses.allow[0]: must be a network like "192.0.2.0/24" or "2001:db8::/32", not "10.0.0.0/33"',
  ],
  [
    "a zone that YAML takes for a number",
    `${least}clusters: [{ name: a, kubeconfig: k, region: r, zones: [1] }]`,
    "fedns.yaml:3:57: clusters[0].zones[0]: must be a DNS label (a-z, 0-9 and -, at most 63, no - at the ends), not 1; put it in quotes",
  ],
  [
    "zones without a region",
    `${least}clusters: [{ name: a, kubeconfig: k, zones: [b] }]`,
    "fedns.yaml:3:38: clusters[0].zones: needs a region: the names are ZONE.REGION; add region",
  ],
  [
    "a cluster without a kubeconfig",
    `${least}clusters:\n  - name: a`,
    "fedns.yaml:4:5: clusters[0].kubeconfig: is missing; it must be a path",
  ],
  [
    "a resolver that is no address",
    `${least}resolvers: ["dns.example:53"]`,
    'fedns.yaml:3:13: resolvers[0]: must be an address with an optional port, like "10.0.0.10", "10.0.0.10:53" or "[::1]:53", not "dns.example:53"',
  ],
  [
    "a single thing where a list is due",
    `${least}listen: { address: 127.0.0.1 }`,
    'fedns.yaml:3:1: listen: must be a list, not a group; write [ ... ] or start each entry with "- "',
  ],
  [
    "a key twice",
    `${least}ttlSeconds: 1\nttlSeconds: 2`,
    "fedns.yaml:4:1: is not YAML: Map keys must be unique",
  ],
  [
    "two documents",
    `${least}---\na: 1`,
    "fedns.yaml:3:1: a second document starts here; keep one, without another --- line",
  ],
];

describe("parseConfig on one mistake", () => {
  for (const [claim, text, problem] of refusals) {
    it(`refuses ${claim}, with the position and how to fix it`, () => {
      assert.deepEqual(refused(text), [problem]);
    });
  }
});
