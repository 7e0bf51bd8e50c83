/** Whether clients are served by a Service in a cluster: the table, from what control knows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { servingStates } from "../../../src/run/control/serving-states.ts";
import { HealthReason } from "../../../src/traffic/health/health-reason.ts";

type Place = {
  readonly ready?: number;
  readonly addresses?: readonly number[];
  /** By address: health and reason. */
  readonly health?: Readonly<Record<number, readonly [number, number]>>;
};

type Known = {
  readonly services?: Readonly<Record<string, Place>>;
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly isMember?: boolean;
  readonly isComplete?: boolean;
  readonly isRead?: boolean;
  readonly isStale?: boolean;
};

function stateIn(known: Known): { readonly kind: string; readonly reason: string } {
  const {
    services = {},
    hosts = {},
    isMember = true,
    isComplete = true,
    isRead = true,
    isStale = false,
  } = known;
  const backends = new Map(
    Object.entries(services).map(([key, { ready = 1, addresses = [1] }]) => [
      key,
      { readyEndpoints: ready, wantedEndpoints: ready, annotations: null, ipv4: addresses, ipv6: [] },
    ]),
  );
  const sources = {
    federation: { member: () => (isMember ? { backends } : undefined), isStale: () => isStale },
    fleet: { isComplete },
    publisher: { unread: isRead ? [] : ["west"] },
    hosts: {
      servicesBehindHosts: () => new Map(Object.entries(hosts).map(([host, list]) => [host, new Set(list)])),
    },
    planner: {
      endpointStatesOf: (key: string) => {
        const { health } = services[key] ?? {};
        if (health === undefined) return null;
        return (address: number) => {
          const [value, reason] = health[address] ?? [255, 0];
          return { health: value, reason, since: 0 };
        };
      },
    },
  };
  const [state] = servingStates(sources as never, [{ cluster: "west", service: "shop/web" }]);
  assert.ok(state !== undefined && state.cluster === "west" && state.service === "shop/web");
  return state;
}

const down = [0, HealthReason.Probed | HealthReason.Down] as const;
const forced = [0, HealthReason.ForcedDown] as const;
const up = [255, HealthReason.Probed | HealthReason.Up] as const;
const two = [1, 2];

const TABLE: readonly [string, Known, string, RegExp][] = [
  ["no such member", { isMember: false }, "none", /^$/],
  ["a member that is still to come", { isMember: false, isComplete: false }, "unknown", /not seen/],
  ["a member that was never read", { isRead: false }, "unknown", /not seen/],
  ["a member that is not seen any more", { isStale: true }, "unknown", /not seen/],
  ["no such Service", {}, "none", /^$/],
  ["a Service without an address", { services: { "shop/web": { addresses: [], ready: 0 } } }, "none", /^$/],
  [
    "no ready endpoint",
    { services: { "shop/web": { ready: 0 } } },
    "down",
    /^shop\/web has no ready endpoint/,
  ],
  ["nothing is probed", { services: { "shop/web": {} } }, "served", /^$/],
  [
    "one of two is up",
    { services: { "shop/web": { addresses: two, health: { 1: down, 2: up } } } },
    "served",
    /^$/,
  ],
  [
    "none is up",
    { services: { "shop/web": { addresses: two, health: { 1: down, 2: down } } } },
    "down",
    /none of the 2 addresses/,
  ],
  [
    "a person has forced one down, the other is down",
    { services: { "shop/web": { addresses: two, health: { 1: forced, 2: down } } } },
    "down",
    /none of the 1/,
  ],
  ["a person has forced all down", { services: { "shop/web": { health: { 1: forced } } } }, "served", /^$/],
  [
    "a host that leads to it is down",
    {
      services: { "shop/web": {}, "shop.example.com": { health: { 1: down } } },
      hosts: { "shop.example.com": ["shop/web"] },
    },
    "down",
    /shop\.example\.com/,
  ],
  [
    "another host is down",
    {
      services: { "shop/web": {}, "else.example.com": { health: { 1: down } } },
      hosts: { "else.example.com": ["shop/else"] },
    },
    "served",
    /^$/,
  ],
];

describe("clients of a Service in a cluster are served", () => {
  for (const [name, known, kind, reason] of TABLE)
    it(name, () => {
      const state = stateIn(known);
      assert.equal(state.kind, kind);
      assert.match(state.reason, reason);
    });
});
