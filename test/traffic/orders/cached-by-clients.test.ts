/** Which addresses caches may still have: those of a member as it is, those that it had, and those of one that has left. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import { cachedByClients } from "../../../src/traffic/orders/cached-by-clients.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const NO_LISTENER = { onService: () => {}, onLocality: () => {}, onNamespace: () => {} };

it("counts addresses that a member had, also when it has left, and none of other members", () => {
  const clock = new FakeClock();
  const nowSeconds = Math.floor(clock.wallMs() / 1000);
  const federation = new Federation(NO_LISTENER, 4);
  const { index } = federation.join("m1");
  const other = federation.join("m2");
  const departed = [
    { cluster: index, namespace: "shop", service: "web", address: 0xc000020a, cachedUntil: nowSeconds + 5 },
    {
      cluster: other.index,
      namespace: "shop",
      service: "web",
      address: 0xc000020b,
      cachedUntil: nowSeconds + 9,
    },
    { cluster: index, namespace: "shop", service: "api", address: 0xc000020c, cachedUntil: nowSeconds + 9 },
  ];
  const cachedUntil: any = { of: () => [], departed: () => departed };
  const config = { nameservers: [], replicas: 1 };
  const held = (cluster: string): readonly string[] => {
    const target = { cluster, service: "shop/web", address: null };
    return cachedByClients({ federation, cachedUntil, config, clock }, target).latest.map(
      ({ address }) => address,
    );
  };
  assert.deepEqual(held("m1"), ["192.0.2.10"]);
  federation.leave("m1");
  assert.deepEqual(held("m1"), ["192.0.2.10"]);
  assert.deepEqual(held("m2"), ["192.0.2.11"]);
});
