/** A ClaimIndex over two zones, and objects that claim names, each written as one line. */
import { ClaimIndex } from "../../../src/federation/hosts/claim-index.ts";
import { type HostDeclaration, objectKey } from "../../../src/federation/hosts/declaration.ts";
import { ROUTING_KINDS } from "../../../src/fleet/sources/source-table.ts";
import type { HostAuthority } from "../../../src/federation/hosts/authority.ts";
import type { HostRule } from "../../../src/federation/hosts/rules.ts";

const TXT = 16;

export const OURS: HostAuthority = {
  zones: ["example.com", "example.org"],
  domains: ["example.com"],
  nameservers: ["ns1.example.com"],
  occupied: (host) => (host === "www.example.com" ? "a zone file has records there" : null),
};
export const ALL: readonly HostRule[] = [
  { suffix: "example.com", clusters: [], namespaces: [] },
  { suffix: "example.org", clusters: [], namespaces: [] },
];

export type Rig = { readonly index: ClaimIndex; readonly told: string[] };

export function open(rules: readonly HostRule[] = ALL, authority: HostAuthority = OURS): Rig {
  const told: string[] = [];
  const onHost = (host: string): void => void told.push(host);
  return { index: new ClaimIndex({ rules, authority, routingKinds: ROUTING_KINDS, onHost }), told };
}

/** "Ingress shop/web 2026-01-02 a.example.com,b.example.com 192.0.2.1[,…] [through infra/gw[,…]]"; or TXT=xy in the place of addresses: a record for each letter. */
export function declaration(line: string): HostDeclaration {
  const [kind = "", key = "", date = "", hosts = "", addresses = "", , gateway] = line.split(" ");
  const [namespace = "", name = ""] = key.split("/");
  const text = /^TXT=(.+)$/.exec(addresses)?.[1] ?? null;
  const target =
    text === null ? ({ kind: "addresses", addresses: addresses.split(","), hostnames: [] } as const) : null;
  const rdatas = [...(text ?? "")].map((letter) => Uint8Array.of(1, letter.charCodeAt(0)));
  return {
    kind,
    namespace,
    name,
    createdSeconds: Date.parse(date) / 1000,
    claims: hosts.split(",").map((host) => ({
      host,
      target,
      services: [key],
      gateways: gateway?.split(",") ?? [],
      ttlSeconds: null,
      rrsets: text === null ? [] : [{ type: TXT, ttlSeconds: 60, rdatas }],
    })),
  };
}

export function declare(rig: Rig, cluster: string, line: string): void {
  put(rig, cluster, declaration(line));
}

export function put({ index }: Rig, cluster: string, declared: HostDeclaration): void {
  index.set(cluster, objectKey(declared), declared);
}
