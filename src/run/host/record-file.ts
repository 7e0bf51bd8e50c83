/** What is known of KubeFed's DNS records, in the state directory: names go on to exist while the host is away. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { messageOf } from "../../kernel/error.ts";
import { readPrivateFile, writePrivateFile } from "../../kernel/private-file.ts";
import type {
  DnsDomain,
  IngressDnsRecord,
  ServiceDnsRecord,
} from "../../federation/dns-records/dns-record.ts";
import {
  parseDomain,
  parseIngressDnsRecord,
  parseServiceDnsRecord,
} from "../../fleet/host-objects/dns-records.ts";
import type { Parsed } from "../../fleet/host-objects/host-problem.ts";

/** About 100,000 records. */
const OCTETS_MAX: number = 64 << 20;

export type KnownRecords = {
  readonly domains: readonly DnsDomain[];
  readonly services: readonly ServiceDnsRecord[];
  readonly ingresses: readonly IngressDnsRecord[];
};

export const NO_RECORDS: KnownRecords = { domains: [], services: [], ingresses: [] };

/** `problem` null: the file was sound, or there is none. Never rejects. */
export async function readRecords(
  path: string,
): Promise<{ readonly records: KnownRecords; readonly problem: string | null }> {
  try {
    const text = await readPrivateFile(path, OCTETS_MAX);
    if (text === null) return { records: NO_RECORDS, problem: null };
    const whole: unknown = JSON.parse(text);
    const at = (key: string): readonly unknown[] =>
      isRecord(whole) && Array.isArray(whole[key]) ? (whole[key] as readonly unknown[]) : [];
    const records = {
      domains: usable(at("domains"), parseDomain),
      services: usable(at("services"), parseServiceDnsRecord),
      ingresses: usable(at("ingresses"), parseIngressDnsRecord),
    };
    return { records, problem: null };
  } catch (error) {
    const problem = `the saved DNS records in ${path} cannot be used: ${messageOf(error)}; remove the file if the host can be reached`;
    return { records: NO_RECORDS, problem };
  }
}

/** Written as objects of the host, so that they are checked in the same way when they are read. */
export async function writeRecords(
  path: string,
  { domains, services, ingresses }: KnownRecords,
): Promise<void> {
  const content = {
    domains: domains.map(({ name, suffix }) => ({ metadata: { name }, domain: suffix })),
    services: services.map((record) => ({
      metadata: metadataOf(record),
      spec: {
        domainRef: record.domainRef,
        recordTTL: record.ttlSeconds,
        dnsPrefix: record.dnsPrefix ?? "",
        externalName: record.externalName ?? "",
        allowServiceWithoutEndpoints: record.allowsServiceWithoutEndpoints,
      },
    })),
    ingresses: ingresses.map((record) => ({
      metadata: metadataOf(record),
      spec: { hosts: record.hosts, recordTTL: record.ttlSeconds },
    })),
  };
  await writePrivateFile(path, JSON.stringify(content));
}

function metadataOf({ namespace, name, uid, createdSeconds }: IngressDnsRecord | ServiceDnsRecord): object {
  const known = createdSeconds < Number.MAX_SAFE_INTEGER;
  return {
    namespace,
    name,
    uid,
    ...(known && { creationTimestamp: new Date(createdSeconds * 1000).toISOString() }),
  };
}

function usable<T>(objects: readonly unknown[], parse: (object: unknown) => Parsed<T>): readonly T[] {
  return objects.flatMap((object) => {
    const { value } = parse(object);
    return value === null ? [] : [value];
  });
}
