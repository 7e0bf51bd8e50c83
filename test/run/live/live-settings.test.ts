/** The settings in force: a right file comes into force as a whole, and one with an error changes nothing and is reported. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Config } from "../../../src/run/config/config.ts";
import type { Changes } from "../../../src/run/config/effects.ts";
import { parseConfig } from "../../../src/run/config/file.ts";
import { LiveSettings } from "../../../src/run/live/live-settings.ts";
import type { SettingsReading } from "../../../src/run/live/settings-file.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const LEAST = {
  federations: [{ name: "myfed", domain: "example.com" }],
  nameservers: [{ name: "ns.example.net" }],
};

function configOf(settings: object): Config {
  const result = parseConfig(JSON.stringify({ ...LEAST, ...settings }), "/etc/fedns/fedns.yaml");
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

const fileWith = (settings: object): SettingsReading => ({ kind: "config", config: configOf(settings) });
const brokenFile = (problem: string): SettingsReading => ({ kind: "problems", problems: [problem] });

function rig(started: object = {}) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const applied: { readonly config: Config; readonly changes: Changes }[] = [];
  let gate: Promise<void> = Promise.resolve();
  const write = (_: unknown, message: string): void => void lines.push(message);
  const settings = new LiveSettings({
    started: configOf(started),
    apply: async (config, changes) => {
      applied.push({ config, changes });
      await gate;
    },
    clock,
    log: { debug: write, info: write, warn: write, error: write },
  });
  return { clock, lines, applied, settings, hold: (until: Promise<void>) => (gate = until) };
}

describe("a changed file", () => {
  it("comes into force as a whole, and its changes are given to the processes", async () => {
    const { settings, applied } = rig();
    const outcome = await settings.take(fileWith({ ttlSeconds: 5, rateLimit: { slip: 2 } }));
    assert.deepEqual(outcome, {
      problems: [],
      changed: ["ttlSeconds", "rateLimit.slip"],
      needRestart: [],
    });
    assert.equal(settings.current.ttlSeconds, 5);
    assert.deepEqual(settings.status.lastChange?.settings, outcome.changed);
    assert.equal(applied.length, 1);
    assert.deepEqual(applied[0]?.config, settings.current);
  });

  it("that has the same settings changes nothing", async () => {
    const { settings, applied, lines } = rig({ ttlSeconds: 5 });
    assert.deepEqual(await settings.take(fileWith({ ttlSeconds: 5 })), {
      problems: [],
      changed: [],
      needRestart: [],
    });
    assert.deepEqual([applied, lines], [[], []]);
  });

  it("waits for the one before, so that processes get the settings in order", async () => {
    const { settings, applied, hold } = rig();
    const gate = Promise.withResolvers<void>();
    hold(gate.promise);
    const outcomes = [settings.take(fileWith({ ttlSeconds: 5 })), settings.take(fileWith({ ttlSeconds: 6 }))];
    await new Promise(setImmediate);
    assert.deepEqual(
      applied.map(({ config }) => config.ttlSeconds),
      [5],
    );
    gate.resolve();
    await Promise.all(outcomes);
    assert.deepEqual(
      applied.map(({ config }) => config.ttlSeconds),
      [5, 6],
    );
  });
});

describe("a file with an error", () => {
  it("changes nothing, and is reported with the times until it is right again", async () => {
    const { settings, applied, clock, lines } = rig();
    const startedAt = settings.status.inForceSince;
    clock.advance(60_000);
    const problem = "/etc/fedns/fedns.yaml:3:1: ttl: is not a setting; did you mean ttlSeconds?";
    assert.deepEqual(await settings.take(brokenFile(problem)), {
      problems: [problem],
      changed: [],
      needRestart: [],
    });
    const since = new Date(clock.wallMs()).toISOString();
    clock.advance(60_000);
    await settings.take(brokenFile(problem));
    assert.deepEqual(settings.status, {
      file: "/etc/fedns/fedns.yaml",
      inForceSince: startedAt,
      problems: [problem],
      problemsSince: since,
      lastChange: null,
      needRestart: [],
    });
    assert.deepEqual(applied, []);
    await settings.take(fileWith({}));
    assert.deepEqual(settings.status.problems, []);
    assert.equal(settings.status.problemsSince, null);
    assert.deepEqual(lines, [
      "the configuration file has an error; the settings stay as they are",
      "the configuration file is right again; no setting has changed",
    ]);
  });
});

describe("a setting that needs a restart", () => {
  it("keeps its running value, and is named as long as the file has another one", async () => {
    const { settings, applied, lines } = rig({ listen: [{ address: "127.0.0.1", port: 53 }] });
    const other = { listen: [{ address: "127.0.0.1", port: 54 }], stateDirectory: "./other" };
    for (let times = 0; times < 2; times++) {
      const outcome = await settings.take(fileWith(other));
      assert.deepEqual(outcome, { problems: [], changed: [], needRestart: ["listen", "stateDirectory"] });
    }
    assert.deepEqual(settings.status.needRestart, ["listen", "stateDirectory"]);
    assert.equal(settings.current.listen[0]?.port, 53);
    assert.equal(settings.current.stateDirectory, "/etc/fedns/state");
    assert.deepEqual(applied, []);
    assert.equal(lines.length, 1);
    await settings.take(fileWith({ listen: [{ address: "127.0.0.1", port: 53 }] }));
    assert.deepEqual(settings.status.needRestart, []);
  });
});
