/** HostController: rules and the TTL of the settings may change, and every host is decided by those in force. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RRset } from "../../../src/dns/message/record.ts";
import { objectKey, TTL_OF_SETTINGS } from "../../../src/federation/hosts/declaration.ts";
import type { HostBackend } from "../../../src/federation/hosts/host-answer.ts";
import { HostController } from "../../../src/federation/hosts/host-controller.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import { ROUTING_KINDS } from "../../../src/fleet/sources/source-table.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ALL, declaration, OURS } from "./claim-rig.ts";

function open() {
  const nothing = (): void => undefined;
  const federation = new Federation({ onService: nothing, onLocality: nothing, onNamespace: nothing }, 8);
  const records = new Map<string, readonly RRset[]>();
  const controller = new HostController({
    rules: ALL,
    authority: OURS,
    routingKinds: ROUTING_KINDS,
    federation,
    publish: {
      hostsWithRecords: [],
      setHostRecords: (host, rrsets) => void records.set(host, rrsets),
      touchService: nothing,
    },
    ttlSeconds: 30,
    clock: new FakeClock(),
  });
  federation.join("west");
  const hosts = new Map<string, HostBackend>();
  const setHost = (host: string, backend: HostBackend | null): void => {
    if (backend === null) hosts.delete(host);
    else hosts.set(host, backend);
    const annotations = backend?.annotations ?? null;
    const counts = { readyEndpoints: 1, wantedEndpoints: 1, ipv4: [1], ipv6: [] };
    federation.setBackend("west", host, backend === null ? null : { ...counts, annotations });
  };
  controller.join("west", { setHost, aliasOf: () => null });
  controller.read("west");
  return { controller, hosts, records };
}

test("other rules decide every host again", () => {
  const { controller, hosts } = open();
  const declared = declaration("Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  controller.declare("west", objectKey(declared), declared);
  controller.flush();
  assert.equal(hosts.has("a.example.com"), true);
  controller.setRules([{ suffix: "example.com", clusters: ["east"], namespaces: [] }]);
  controller.flush();
  assert.equal(hosts.has("a.example.com"), false);
  controller.setRules(ALL);
  controller.flush();
  assert.equal(hosts.has("a.example.com"), true);
});

test("a record without a TTL of its own has that of the settings, which may change", () => {
  const { controller, records } = open();
  const declared = declaration("DNSEndpoint a/one 2026-01-01 one.example.com TXT=x");
  const claims = declared.claims.map((claim) => ({
    ...claim,
    rrsets: claim.rrsets.map((rrset) => ({ ...rrset, ttlSeconds: TTL_OF_SETTINGS })),
  }));
  controller.declare("west", objectKey(declared), { ...declared, claims });
  controller.flush();
  const ttl = (): number | undefined => records.get("one.example.com")?.[0]?.ttlSeconds;
  assert.equal(ttl(), 30);
  controller.setTtl(7);
  controller.flush();
  assert.equal(ttl(), 7);
});
