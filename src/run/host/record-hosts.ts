/** The host names that KubeFed's records give, as declarations in each cluster: rules and owners are those of all host names. */
import { RecordType } from "../../dns/message/code.ts";
import { nameOf } from "../../dns/message/name.ts";
import type {
  DnsDomain,
  IngressDnsRecord,
  ServiceDnsRecord,
} from "../../federation/dns-records/dns-record.ts";
import type { HostDeclaration, HostTarget } from "../../federation/hosts/declaration.ts";
import { parseHost } from "../../federation/hosts/host.ts";
import type { KnownRecords } from "./record-file.ts";

/** Pure. `targetOf`: where the clients of an Ingress go in this cluster; null = the cluster does not have it. */
export function declarationsOf(
  { services, ingresses }: KnownRecords,
  domains: ReadonlyMap<string, DnsDomain>,
  targetOf: (record: IngressDnsRecord) => HostTarget | null,
): readonly HostDeclaration[] {
  return [
    ...ingresses.flatMap((record) => ofIngress(record, targetOf(record)) ?? []),
    ...services.flatMap((record) => ofPrefix(record, domains.get(record.domainRef)) ?? []),
  ];
}

/** No endpoint is looked at: the load balancer is taken as ready. */
function ofIngress(record: IngressDnsRecord, target: HostTarget | null): HostDeclaration | null {
  const { namespace, name, createdSeconds, ttlSeconds, hosts } = record;
  if (target === null || hosts.length === 0) return null;
  const claims = hosts.flatMap((text) => {
    const host = parseHost(text);
    return host === null ? [] : [{ host, target, services: null, gateways: [], ttlSeconds, rrsets: [] }];
  });
  return { kind: "IngressDNSRecord", namespace, name, createdSeconds, claims };
}

/** One more name, an alias of the Service's name for the whole federation. */
function ofPrefix(record: ServiceDnsRecord, domain: DnsDomain | undefined): HostDeclaration | null {
  const { namespace, name, createdSeconds, ttlSeconds, dnsPrefix, externalName } = record;
  if (domain === undefined || dnsPrefix === null) return null;
  const host = parseHost(`${dnsPrefix}.${domain.suffix}`);
  if (host === null) return null;
  const alias = nameOf(`${externalName ?? name}.${namespace}.${domain.name}.svc.${domain.suffix}`);
  const rrsets = [{ type: RecordType.CNAME, ttlSeconds, rdatas: [alias] }];
  const claims = [{ host, target: null, services: [], gateways: [], ttlSeconds, rrsets }];
  return { kind: "ServiceDNSRecord", namespace, name, createdSeconds, claims };
}
