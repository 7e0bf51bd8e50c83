/**
 * Names of federated Services: which Service of which namespace a domain name is of, and which domain names a Service has.
 *
 *   NAME                                    | Service      | domain names
 *   web.shop.myfed.svc.example.com          | shop/web     | itself
 *   web.shop.myfed.svc.zone.region.example… | shop/web     | itself: of one level
 *   web.shop                                | shop/web     | one for each federation of the configuration
 *   www.example.com                         | not known    | itself
 */

export type ServiceName = { readonly namespace: string; readonly name: string };

export type AskedName = {
  /** Null = the name does not say it. */
  readonly service: ServiceName | null;
  /** Null = it takes the configuration to say. */
  readonly domainName: string | null;
};

/** The label after the federation's. */
const SERVICES_LABEL = "svc";
const LABELS_MIN = 5;

export function askedName(text: string): AskedName {
  const labels = text.split(".");
  const [name = "", namespace = ""] = labels;
  if (labels.length === 2) return { service: { namespace, name }, domainName: null };
  const isFederated = labels.length >= LABELS_MIN && labels[3]?.toLowerCase() === SERVICES_LABEL;
  return { service: isFederated ? { namespace, name } : null, domainName: text };
}

/** In each federation, the level of all clusters. */
export function domainNames(
  { namespace, name }: ServiceName,
  federations: readonly { readonly name: string; readonly domain: string }[],
): readonly string[] {
  return federations.map((one) => `${name}.${namespace}.${one.name}.${SERVICES_LABEL}.${one.domain}`);
}
