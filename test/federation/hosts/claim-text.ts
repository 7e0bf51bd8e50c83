/** Declarations, answers and problems as lines of text, to compare with expected ones. */
import type { Claim, HostDeclaration, HostTarget } from "../../../src/federation/hosts/declaration.ts";
import type { HostAnswer } from "../../../src/federation/hosts/host-answer.ts";
import type { ClaimIndex } from "../../../src/federation/hosts/claim-index.ts";
import type { RRset } from "../../../src/dns/message/record.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { typeName } from "../../../src/dns/rdata/types.ts";

/** A line for each claim: "www.example.com -> 192.0.2.1 | shop/web | ttl 60". */
export function declarationText(declaration: HostDeclaration | null | undefined): string[] {
  return (declaration?.claims ?? []).map(claimText);
}

function claimText({ host, target, services, gateways, ttlSeconds, rrsets }: Claim): string {
  const parts = [`${host} -> ${target === null ? "nothing" : targetText(target)}`];
  if (services !== null && services.length > 0) parts.push(services.join(" "));
  if (gateways.length > 0) parts.push(`through ${gateways.join(" ")}`);
  if (ttlSeconds !== null) parts.push(`ttl ${ttlSeconds}`);
  return [...parts, ...rrsets.flatMap(recordText)].join(" | ");
}

function targetText(target: HostTarget): string {
  if (target.kind === "service") return `Service ${target.service}`;
  return [...target.addresses, ...target.hostnames].join(" ") || "no address yet";
}

function recordText({ type, ttlSeconds, rdatas }: RRset): string[] {
  return rdatas.map((rdata) => `${ttlSeconds} ${typeName(type)} ${formatRdata(type, rdata)}`);
}

/** "www.apps.example.com of shop/web: us-west 192.0.2.1 (shop/web), eu-central 198.51.100.1; ttl 60". */
export function answerText(answer: HostAnswer | null): string {
  if (answer === null) return "not answered";
  const clusters = [...answer.perCluster].map(([cluster, { targets, services }]) => {
    const behind = services === null ? "" : ` (${services.join(" ")})`;
    return `${cluster} ${targets.map(targetText).join(" + ")}${behind}`;
  });
  const records = answer.rrsets.flatMap(recordText);
  const ttl = answer.ttlSeconds === null ? [] : [`ttl ${answer.ttlSeconds}`];
  return `of ${answer.owner}: ${[...clusters, ...records, ...ttl].join("; ")}`;
}

/** Every problem as "reason, cluster, object: sentence", sorted. */
export function problemText(index: ClaimIndex, host: string): string[] {
  const problems = index.problems.get(host) ?? [];
  return problems
    .map(({ reason, cluster, object, sentence }) => `${reason}, ${cluster}, ${object}: ${sentence}`)
    .sort();
}
