/**
 * Where the copies of a Service or Ingress are reached, as one list: that is the status of the object in the host, as Federation
 * v1 had it. A Service has one only while it is of type LoadBalancer. What an API server would refuse is left out: one
 * member must not keep the addresses of all others from being written.
 */
import { addressText, parseAddress } from "../../federation/members/address.ts";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { isDnsName } from "../../kernel/literal.ts";
import type { PlainCopy } from "./plain-copy.ts";

/** Of all members together; a member has a handful. */
const ENTRIES_MAX = 500;

type Entry = { readonly ip: string } | { readonly hostname: string };

export function hasBalancer(kind: string): boolean {
  return kind === "Service" || kind === "Ingress";
}

/** Null = the host has it already, or the object has none. */
export function balancerStatus(
  kind: string,
  spec: JsonRecord,
  before: JsonRecord,
  copies: readonly PlainCopy[],
): JsonRecord | null {
  if (kind === "Service" && spec["type"] !== "LoadBalancer") return null;
  const ingress = joined(copies.map(({ status }) => status));
  const stored = joined([before]);
  return JSON.stringify(ingress) === JSON.stringify(stored) ? null : { loadBalancer: { ingress } };
}

/** Sorted by address, then by host name, each once. */
function joined(statuses: readonly JsonRecord[]): readonly Entry[] {
  const entries = statuses.flatMap(({ loadBalancer }) => {
    const list: unknown = isJsonRecord(loadBalancer) ? loadBalancer["ingress"] : null;
    return Array.isArray(list) ? list.slice(0, ENTRIES_MAX).flatMap(entriesOf) : [];
  });
  const byText = new Map(
    entries.map((entry) => ["ip" in entry ? `0 ${entry.ip}` : `1 ${entry.hostname}`, entry]),
  );
  return [...byText.keys()]
    .toSorted()
    .slice(0, ENTRIES_MAX)
    .map((text) => byText.get(text) as Entry);
}

function entriesOf(one: unknown): readonly Entry[] {
  if (!isJsonRecord(one)) return [];
  const { ip, hostname } = one;
  const address = typeof ip === "string" ? parseAddress(ip) : null;
  if (address !== null) return [{ ip: addressText(address.value) }];
  return typeof hostname === "string" && isDnsName(hostname) ? [{ hostname }] : [];
}
