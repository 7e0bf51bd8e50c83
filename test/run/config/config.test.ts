/** The configuration file: valid files, refusals and their messages. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { formatProblem, loadConfig, parseConfig } from "../../../src/run/config/file.ts";
import { readSettings, settingsSchema, type Config } from "../../../src/run/config/config.ts";
import { DEFAULT_SOURCES } from "./default-sources.ts";

const example = `
federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53, "2001:DB8:0::53"] }]
soa: { rname: hostmaster.example.com, negativeTtlSeconds: 30 }
listen: [{ address: "127.0.0.1", port: 1053 }]
admin: { address: "127.0.0.1", port: 9353 }
ttlSeconds: 30
stateDirectory: ./state
clusters:
  - { name: us-west, kubeconfig: ./us-west.kubeconfig, context: us-west }
  - { name: eu-central, kubeconfig: ./all.kubeconfig, context: eu, region: eu-central-1, zones: [a, b], location: { latitude: 50.1, longitude: 8.7 } }
`;
const least =
  "federations: [{ name: myfed, domain: example.com }]\nnameservers: [{ name: ns.example.net }]\n";

function accepted(text: string): Config {
  const result = parseConfig(text, "/etc/fedns/fedns.yaml");
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

function refused(text: string): string[] {
  const result = parseConfig(text, "fedns.yaml");
  assert.ok(result.kind === "problems", "the file is accepted");
  return result.problems.map((problem) => formatProblem(problem, "fedns.yaml"));
}

/** A file whose domain is so many octets long, final length octet and root not counted. */
function fileOf(octets: number): string {
  const domain = `${"a".repeat(58)}.${"b".repeat(octets - 59)}`;
  return `federations: [{ name: f, domain: ${domain} }]\nnameservers: [{ name: n.o }]`;
}

describe("parseConfig on a good file", () => {
  it("reads the example, and takes paths from the file's folder", () => {
    const config = accepted(example);
    assert.deepEqual(config.federations, [{ name: "myfed", domain: "example.com" }]);
    assert.deepEqual(config.nameservers[0]?.addresses, ["192.0.2.53", "2001:db8::53"]);
    assert.equal(config.stateDirectory, "/etc/fedns/state");
    assert.deepEqual(config.clusters[0], {
      name: "us-west",
      kubeconfig: "/etc/fedns/us-west.kubeconfig",
      context: "us-west",
      region: null,
      zones: null,
      location: null,
      addresses: { allow: [], deny: [] },
      namespaces: { allow: [], selector: "" },
    });
    assert.deepEqual(config.clusters[1]?.zones, ["a", "b"]);
    assert.deepEqual(config.clusters[1]?.location, { latitude: 50.1, longitude: 8.7 });
  });

  it("fills in every default", () => {
    assert.deepEqual(accepted(least), {
      filePath: "/etc/fedns/fedns.yaml",
      federations: [{ name: "myfed", domain: "example.com" }],
      nameservers: [{ name: "ns.example.net", addresses: [] }],
      soa: {
        mname: "ns.example.net",
        rname: "hostmaster.example.com",
        refreshSeconds: 14_400,
        retrySeconds: 3600,
        expireSeconds: 1_209_600,
        negativeTtlSeconds: 30,
      },
      listen: [
        { address: "0.0.0.0", port: 53, proxyProtocol: [] },
        { address: "::", port: 53, proxyProtocol: [] },
      ],
      admin: { address: "127.0.0.1", port: 9353, hosts: [] },
      ttlSeconds: 30,
      maxAnswers: 8,
      traffic: {
        policy: "geo",
        weights: {},
        failoverOrder: [],
        clusters: 1,
        halfDistanceKm: 500,
        spillBelow: 0.7,
      },
      health: {
        probes: [],
        intervalSeconds: 10,
        timeoutSeconds: 4,
        fall: 3,
        rise: 2,
        forgive: 5,
        holdSeconds: 30,
        slowStartSeconds: 60,
        guardShare: 0.7,
        probesPerAddress: 20,
        denyNetworks: [],
        allowNetworks: [],
        concurrency: 1024,
      },
      staleAfterSeconds: 86_400,
      placesKeptSeconds: 2_592_000,
      syncBoundSeconds: 30,
      unreadMembers: "bounded",
      replicas: 1,
      stateDirectory: "/etc/fedns/state",
      resolvers: [],
      identity: { nsid: null, version: "fedns", hostname: null, id: null },
      cookies: { secrets: [], secretsFile: null },
      rateLimit: { responsesPerSecond: 1000, slip: 1, exempt: [] },
      allowQuery: [],
      allowWhy: ["127.0.0.0/8", "::1/128"],
      maxAmplification: 4,
      minimalResponses: false,
      serve: {
        udp: "auto",
        workers: Math.max(1, availableParallelism() - 1),
        drainSeconds: 5,
        tcp: { maxConnections: 1000, maxConnectionsPerClient: 20, idleSeconds: 10, messageSeconds: 5 },
      },
      log: { level: "info", format: "auto" },
      state: { copySeconds: 300 },
      zones: null,
      clusters: [],
      host: null,
      propagation: {
        enabled: true,
        adoption: null,
        owner: null,
        deletionWaitSeconds: 600,
        drainWaitSeconds: 600,
        lossPercent: 30,
        lossObjects: 20,
        updatesPerMinute: 6000,
        removalsPerMinute: 300,
        clustersPerMinute: null,
        planner: "kubefed",
        federationV1: "disabled",
      },
      locate: { networks: [], database: "geoip-lite" },
      quota: { names: null, endpoints: null, objects: 500_000, keptMiB: null },
      sources: DEFAULT_SOURCES,
      hosts: [],
      kubeconfigs: { commands: [], folders: [], authProviders: [] },
    } satisfies Config);
  });

  it("is frozen in depth, and survives JSON", () => {
    const config = accepted(example);
    assert.ok(
      Object.isFrozen(config) &&
        Object.isFrozen(config.serve.tcp) &&
        Object.isFrozen(config.clusters[1]?.zones),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
  });

  it("lower-cases names and drops a final dot", () => {
    const config = accepted(
      "federations: [{ name: f, domain: Example.COM. }]\nnameservers: [{ name: NS.Example.Net. }]",
    );
    assert.equal(config.federations[0]?.domain, "example.com");
    assert.equal(config.nameservers[0]?.name, "ns.example.net");
  });

  it("lets several federations share a domain, and any number of listeners have port 0", () => {
    const text = `federations: [{ name: a, domain: x.org }, { name: b, domain: x.org }]
nameservers: [{ name: ns.example.net }]
listen: [{ address: 127.0.0.1, port: 0 }, { address: 127.0.0.1, port: 0 }]`;
    assert.equal(accepted(text).listen.length, 2);
  });
});

describe("parseConfig on a bad file", () => {
  it("reports all problems at once: wrong values hide neither each other nor the rules between settings", () => {
    const problems = refused(`federations: [{ name: A, domain: b.c }]
nameservers: [{ name: ns.b.c }]
ttl: 4
clusters:
  - { name: x, kubeconfig: 5 }
  - { name: x, kubeconfig: k }
`);
    assert.deepEqual(
      problems.map((line) => line.split(": ").slice(0, 2).join(": ")),
      [
        "fedns.yaml:1:17: federations[0].name",
        "fedns.yaml:2:15: nameservers[0]",
        "fedns.yaml:3:1: ttl",
        "fedns.yaml:5:16: clusters[0].kubeconfig",
        "fedns.yaml:6:5: clusters[1]",
      ],
    );
  });

  it("finds the place behind an alias", () => {
    const problems = refused(`${least}listen: [&one { address: nowhere }, *one]`);
    assert.deepEqual(
      problems.map((line) => line.split(": ").slice(0, 2).join(": ")),
      [
        "fedns.yaml:3:17: listen[0].address",
        "fedns.yaml:3:17: listen[1].address",
        "fedns.yaml:3:37: listen[1]",
      ],
    );
  });

  it("names what is missing in an empty file", () => {
    assert.deepEqual(
      refused("").map((line) => line.split(";")[0]),
      ["fedns.yaml:1:1: federations: is missing", "fedns.yaml:1:1: nameservers: is missing"],
    );
  });

  it("accepts zone files without a federation", () => {
    const config = accepted("zones: ./zones");
    assert.deepEqual([config.federations, config.nameservers, config.clusters], [[], [], []]);
  });

  it("refuses a domain that leaves no room for a service and a namespace of 63, and accepts the longest that does", () => {
    const room = 255 - 1 - 128 - 4 - 2 - 1;
    assert.equal(accepted(fileOf(room)).federations.length, 1);
    assert.match(refused(fileOf(room + 1)).join(), /is 1 octets too long/);
  });

  it("refuses a region and a zone whose names would not fit", () => {
    const long = "r".repeat(63);
    assert.match(
      refused(`${least}clusters: [{ name: a, kubeconfig: k, region: ${long}, zones: [${long}] }]`).join(),
      /clusters\[0\]: has names \d+ octets too long/,
    );
  });

  it("gives up on a bomb of aliases and on a file with endless nesting", () => {
    const bomb = [
      "a: &a [1,1,1,1,1,1,1,1,1,1]",
      ...["b", "c", "d", "e", "f", "g", "h"].map(
        (key, i) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${"abcdefg"[i]}`).join(",")}]`,
      ),
    ];
    assert.match(refused(bomb.join("\n")).join(), /cannot be read/);
    assert.ok(refused("{".repeat(20_000)).length <= 100);
  });

  it("never throws, whatever the text", () => {
    const keys = Object.keys(settingsSchema().properties ?? {});
    const line = fc.tuple(
      fc.constantFrom(...keys, "__proto__", "constructor", "? x", "- a"),
      fc.oneof(fc.json(), fc.string()),
    );
    const file = fc.array(line.map(([key, value]) => `${key}: ${value}`)).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), file), (text) => {
        const result = parseConfig(text, "fedns.yaml");
        assert.ok(result.kind === "config" || result.problems.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  it("never throws, whatever the values", () => {
    fc.assert(
      fc.property(
        fc.object({
          key: fc.constantFrom(...Object.keys(settingsSchema().properties ?? {}), "name", "zones"),
          maxDepth: 3,
        }),
        (value) => {
          readSettings(value, "fedns.yaml");
          parseConfig(JSON.stringify(value), "fedns.yaml");
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("loadConfig", () => {
  it("reads a file, and reports a missing one in one sentence", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fedns-config-"));
    try {
      const path = join(folder, "fedns.yaml");
      await assert.rejects(loadConfig(path), { name: "OperationalError", code: "CONFIG_UNREADABLE" });
      await writeFile(path, example);
      const result = await loadConfig(path);
      assert.ok(result.kind === "config");
      assert.equal(result.config.stateDirectory, join(folder, "state"));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
