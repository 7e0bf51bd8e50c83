/** The clusters that have addresses for a service. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { presencesIn } from "../../../src/traffic/orders/presence.ts";
import type { Federation } from "../../../src/federation/members/federation.ts";

it("presencesIn names clusters with ready endpoints and an address, and services that have neither", () => {
  const member = (
    name: string,
    backends: Readonly<Record<string, readonly [ready: number, ipv4: number[]]>>,
  ): object => ({
    name,
    backends: new Map(
      Object.entries(backends).map(([key, [readyEndpoints, ipv4]]) => [
        key,
        { readyEndpoints, ipv4, ipv6: [] },
      ]),
    ),
  });
  const members = [
    member("a", { "n/s": [1, [1]], "n/unready": [0, [1]], "n/addressless": [1, []] }),
    member("b", { "n/s": [2, [2]], "n/unready": [3, [3]] }),
  ];
  assert.deepEqual(presencesIn({ members } as unknown as Federation), [
    { service: "n/s", readyIn: ["a", "b"] },
    { service: "n/unready", readyIn: ["b"] },
    { service: "n/addressless", readyIn: [] },
  ]);
});
