/** Which processes a changed setting restarts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { readSettings } from "../../../src/run/config/config.ts";
import { changesOf } from "../../../src/run/config/effects.ts";
import { applySettings } from "../../../src/run/live/apply.ts";

const base = { federations: [{ name: "f", domain: "x.org" }], nameservers: [{ name: "ns.example.net" }] };

function configOf(more: object) {
  const read = readSettings({ ...base, ...more }, "/etc/fedns/fedns.yaml");
  assert.ok("config" in read);
  return read.config;
}

describe("a changed setting", () => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ ttlSeconds: 5 }, ["control adopts"]],
    [{ kubeconfigs: { commands: ["aws"] } }, ["control", "propagate"]],
    [{ host: { inCluster: true } }, ["control", "propagate"]],
    [{ federations: [{ name: "g", domain: "x.org" }] }, ["control"]],
    [{ propagation: { enabled: false } }, ["propagate"]],
    [{ allowQuery: ["192.0.2.0/24"] }, ["serve"]],
  ];
  for (const [more, expected] of cases)
    it(`like ${JSON.stringify(more)} concerns ${expected.join(" and ")}`, async () => {
      const told: string[] = [];
      const tell = (what: string) => () => Promise.resolve(void told.push(what));
      const after = configOf(more);
      const parts = {
        serve: { handOver: tell("serve") },
        control: { adopt: tell("control adopts"), restart: tell("control") },
        propagate: { restart: tell("propagate") },
        clock: systemClock,
        log: { ...silentLog, level: "info", child: () => silentLog },
      } as unknown as Parameters<typeof applySettings>[0];
      await applySettings(parts, after, changesOf(configOf({}), after));
      assert.deepEqual(told.sort(), expected);
    });
});
