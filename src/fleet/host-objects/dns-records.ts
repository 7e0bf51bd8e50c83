/** Domain, ServiceDNSRecord and IngressDNSRecord, parsed. Pure; every mistake has a sentence with its cure. */
import {
  type DnsDomain,
  type IngressDnsRecord,
  type ServiceDnsRecord,
  STANDARD_TTL_SECONDS,
} from "../../federation/dns-records/dns-record.ts";
import { parseHost } from "../../federation/hosts/host.ts";
import { isDnsName } from "../../kernel/literal.ts";
import { isRecord } from "../kube/kube-error.ts";
import { type HostProblem, type Parsed, quoted } from "./host-problem.ts";

const REASON = "InvalidDnsRecord";
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const TTL_SECONDS_MAX = 2_147_483_647;
const HOSTS_MAX = 1000;

/** A mistake: the object cannot be used as it is. */
class Mistake extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** Never throws. */
export function parseDomain(object: unknown): Parsed<DnsDomain> {
  return parsed("Domain", object, ({ name }, whole) => {
    // KubeFed's Domain has its content beside the metadata.
    const { domain } = whole;
    const suffix = typeof domain === "string" ? domain.toLowerCase().replace(/\.$/, "") : "";
    if (suffix === "" || !isDnsName(suffix))
      throw new Mistake(`domain is ${quoted(domain)}; write a domain name like example.com`);
    return { name, suffix };
  });
}

/** Never throws. */
export function parseServiceDnsRecord(object: unknown): Parsed<ServiceDnsRecord> {
  return parsed("ServiceDNSRecord", object, (identity, { spec }) => {
    const fields: Fields = isRecord(spec) ? spec : {};
    const { domainRef, allowServiceWithoutEndpoints } = fields;
    if (typeof domainRef !== "string" || domainRef === "")
      throw new Mistake(`spec.domainRef is ${quoted(domainRef)}; write the name of a Domain`);
    return {
      ...identity,
      ttlSeconds: ttlOf(fields),
      domainRef,
      dnsPrefix: prefixOf(fields["dnsPrefix"]),
      externalName: labelOf(fields["externalName"]),
      allowsServiceWithoutEndpoints: allowServiceWithoutEndpoints === true,
    };
  });
}

/** Never throws. */
export function parseIngressDnsRecord(object: unknown): Parsed<IngressDnsRecord> {
  return parsed("IngressDNSRecord", object, (identity, { spec }) => {
    const fields: Fields = isRecord(spec) ? spec : {};
    const hosts = Array.isArray(fields["hosts"])
      ? (fields["hosts"] as readonly unknown[]).slice(0, HOSTS_MAX)
      : [];
    return { ...identity, ttlSeconds: ttlOf(fields), hosts: hosts.map(hostOf) };
  });
}

type Identity = Pick<IngressDnsRecord, "namespace" | "name" | "uid" | "createdSeconds">;

function parsed<T>(kind: string, object: unknown, read: (identity: Identity, whole: Fields) => T): Parsed<T> {
  const whole: Fields = isRecord(object) ? object : {};
  const metadata: Fields = isRecord(whole["metadata"]) ? whole["metadata"] : {};
  const [namespace, name, uid] = [metadata["namespace"], metadata["name"], metadata["uid"]].map((value) =>
    typeof value === "string" ? value : "",
  ) as [string, string, string];
  const created = Date.parse(String(metadata["creationTimestamp"]));
  const createdSeconds = Number.isNaN(created) ? Number.MAX_SAFE_INTEGER : created / 1000;
  try {
    return { value: read({ namespace, name, uid, createdSeconds }, whole), problems: [] };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const problem: HostProblem = {
      object: `${kind} ${namespace}/${name}`,
      reason: REASON,
      sentence: error.message,
    };
    return { value: null, problems: [problem] };
  }
}

function ttlOf({ recordTTL }: Fields): number {
  if (recordTTL === undefined || recordTTL === 0) return STANDARD_TTL_SECONDS;
  if (
    typeof recordTTL === "number" &&
    Number.isInteger(recordTTL) &&
    recordTTL > 0 &&
    recordTTL <= TTL_SECONDS_MAX
  )
    return recordTTL;
  throw new Mistake(`spec.recordTTL is ${quoted(recordTTL)}; write a number of seconds`);
}

function labelOf(value: unknown): string | null {
  if (value === undefined || value === "") return null;
  if (typeof value === "string" && LABEL.test(value)) return value;
  throw new Mistake(`spec.externalName is ${quoted(value)}; write one DNS label: a-z, 0-9 and -`);
}

/** It may have several labels. */
function prefixOf(value: unknown): string | null {
  if (value === undefined || value === "") return null;
  if (typeof value === "string" && value.split(".").every((label) => LABEL.test(label))) return value;
  throw new Mistake(`spec.dnsPrefix is ${quoted(value)}; write DNS labels: a-z, 0-9 and -`);
}

function hostOf(value: unknown): string {
  const host = typeof value === "string" ? parseHost(value) : null;
  if (host === null) throw new Mistake(`spec.hosts has ${quoted(value)}, which is no host name; correct it`);
  return host;
}
