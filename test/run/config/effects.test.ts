/** When each setting takes effect: no setting is without a row, and changes are found by the row that they belong to. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, settingsSchema } from "../../../src/run/config/config.ts";
import type { SettingSchema } from "../../../src/run/config/values.ts";
import { changesOf, EFFECTS, effectOf, withRunningValues } from "../../../src/run/config/effects.ts";
import { parseConfig } from "../../../src/run/config/file.ts";

const LEAST = {
  federations: [{ name: "myfed", domain: "example.com" }],
  nameservers: [{ name: "ns.example.net" }],
};

function configOf(settings: object): Config {
  const result = parseConfig(JSON.stringify({ ...LEAST, ...settings }), "/etc/fedns/fedns.yaml");
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

/** The paths of all settings that have no settings below them; lists count as one. */
function leaves(schema: SettingSchema, path: readonly string[] = []): (readonly string[])[] {
  const inner = Object.entries(schema.properties ?? {});
  return inner.length === 0 ? [path] : inner.flatMap(([key, setting]) => leaves(setting, [...path, key]));
}

const NOTHING = {
  "at once": [],
  "hand-over": [],
  "control restarts": [],
  "propagator restarts": [],
  "restart of fedns": [],
};

describe("the effect of a changed setting", () => {
  it("is known for every setting", () => {
    const unknown = leaves(settingsSchema()).filter((path) => effectOf(path) === null);
    assert.deepEqual(unknown, []);
  });

  it("is null for what is no setting, and for a group whose settings differ", () => {
    assert.equal(effectOf(["colour"]), null);
    assert.equal(effectOf(["serve"]), null);
    assert.equal(effectOf(["serve", "tcp", "idleSeconds"]), "hand-over");
  });
});

describe("changesOf", () => {
  const before = configOf({});

  it("finds nothing in an equal file, wherever that file is", () => {
    assert.deepEqual(changesOf(before, { ...configOf({}), filePath: "/elsewhere" }), NOTHING);
  });

  it("finds every setting that has another value, under its effect", () => {
    const changes = changesOf(before, configOf(EVERYTHING_ELSE));
    const tops = new Set(Object.values(changes).flatMap((paths) => paths.map((path) => path.split(".")[0])));
    assert.deepEqual(tops, new Set(Object.keys(settingsSchema().properties ?? {})));
    for (const [effect, paths] of Object.entries(changes))
      for (const path of paths) assert.equal(effectOf(path.split(".")), effect, path);
    assert.deepEqual(Object.keys(changes), Object.keys(EFFECTS));
  });

  const cases: readonly [object, Partial<typeof NOTHING> | object][] = [
    [{ ttlSeconds: 31 }, { "at once": ["ttlSeconds"] }],
    [{ rateLimit: { slip: 2 } }, { "hand-over": ["rateLimit.slip"] }],
    [{ allowQuery: ["192.0.2.0/24"] }, { "hand-over": ["allowQuery"] }],
    [{ propagation: { enabled: false } }, { "propagator restarts": ["propagation.enabled"] }],
    [{ federations: [{ name: "other", domain: "example.com" }] }, { "control restarts": ["federations"] }],
    [{ listen: [{ address: "192.0.2.53" }] }, { "restart of fedns": ["listen"] }],
    [
      { serve: { workers: 3, drainSeconds: 9, tcp: { idleSeconds: 4 } }, log: { level: "debug" } },
      {
        "at once": ["serve.drainSeconds", "log.level"],
        "hand-over": ["serve.tcp.idleSeconds"],
        "restart of fedns": before.serve.workers === 3 ? [] : ["serve.workers"],
      },
    ],
  ];
  for (const [settings, expected] of cases)
    it(`names ${Object.values(expected).flat().join(", ")}`, () => {
      assert.deepEqual(changesOf(before, configOf(settings)), { ...NOTHING, ...expected });
    });
});

describe("withRunningValues", () => {
  it("keeps what only a restart of fedns changes, and takes everything else", () => {
    const [running, wanted] = [configOf({}), configOf(EVERYTHING_ELSE)];
    const inForce = withRunningValues(wanted, running);
    assert.deepEqual(changesOf(running, inForce)["restart of fedns"], []);
    const left = changesOf(inForce, wanted);
    assert.deepEqual(left, {
      ...NOTHING,
      "restart of fedns": changesOf(running, wanted)["restart of fedns"],
    });
    assert.ok(left["restart of fedns"].length >= 6);
  });
});

/** A value other than the default for every setting. */
const EVERYTHING_ELSE = {
  federations: [{ name: "other", domain: "example.net" }],
  nameservers: [{ name: "ns2.example.org" }],
  soa: { refreshSeconds: 14_401 },
  listen: [{ address: "192.0.2.1", port: 5353 }],
  admin: { address: "127.0.0.2", port: 1, hosts: ["admin.example.com"] },
  ttlSeconds: 31,
  maxAnswers: 9,
  traffic: { policy: "weighted" },
  health: { fall: 4 },
  staleAfterSeconds: 1,
  placesKeptSeconds: 1,
  syncBoundSeconds: 1,
  unreadMembers: "wait",
  replicas: 2,
  stateDirectory: "./other",
  state: { copySeconds: 1 },
  resolvers: ["192.0.2.2"],
  identity: { nsid: "a" },
  cookies: { secrets: ["00112233445566778899aabbccddeeff"] },
  rateLimit: { slip: 2 },
  allowQuery: ["192.0.2.0/24"],
  allowWhy: ["192.0.2.0/24"],
  maxAmplification: 5,
  minimalResponses: true,
  serve: { udp: "dgram", workers: 77, drainSeconds: 6, tcp: { maxConnections: 7 } },
  log: { level: "debug", format: "json" },
  zones: "./zones",
  clusters: [{ name: "us-west", kubeconfig: "./us-west" }],
  kubeconfigs: { commands: ["aws"] },
  host: { inCluster: true },
  propagation: { enabled: false, adoption: "never", owner: "old" },
  locate: { database: "none" },
  quota: { names: 1 },
  sources: { ingresses: { enabled: true } },
  hosts: [{ suffix: "apps.example.com" }],
};
