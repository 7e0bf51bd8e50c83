/** A book of claims over two zones, and objects that claim names, each written as one line. */
import { ClaimBook } from "../../../src/federation/hosts/book.ts";
import type { Declaration, DeclarationKind } from "../../../src/federation/hosts/declaration.ts";
import type { HostRule, TerritoryParts } from "../../../src/federation/hosts/rules.ts";

export const OURS: TerritoryParts = {
  zones: ["example.com", "example.org"],
  domains: ["example.com"],
  nameservers: ["ns1.example.com"],
  occupied: (host) => (host === "www.example.com" ? "a zone file has records there" : null),
};
export const ALL: readonly HostRule[] = [
  { suffix: "example.com", clusters: [], namespaces: [] },
  { suffix: "example.org", clusters: [], namespaces: [] },
];

export type Rig = { readonly book: ClaimBook; readonly told: string[] };

export function open(rules: readonly HostRule[] = ALL, territory: TerritoryParts = OURS): Rig {
  const told: string[] = [];
  return { book: new ClaimBook({ rules, territory, onHost: (host) => told.push(host) }), told };
}

/** "Ingress shop/web 2026-01-02 a.example.com,b.example.com 192.0.2.1[,…] [through infra/gw]". */
export function declaration(line: string): Declaration {
  const [kind = "", key = "", date = "", hosts = "", addresses = "", , gateway] = line.split(" ");
  const [namespace = "", name = ""] = key.split("/");
  const target = { kind: "addresses", addresses: addresses.split(","), hostnames: [] } as const;
  return {
    kind: kind as DeclarationKind,
    namespace,
    name,
    createdSeconds: Date.parse(date) / 1000,
    claims: hosts.split(",").map((host) => ({
      host,
      target,
      services: [key],
      gateways: gateway === undefined ? [] : [gateway],
      ttlSeconds: null,
      rrsets: [],
    })),
  };
}

export function declare({ book }: Rig, cluster: string, line: string): void {
  book.declare(cluster, declaration(line));
}
