/** The records of Services in force: what they change in every cluster that has the Service. */
import type { DnsDomain, ServiceDnsRecord } from "./dns-record.ts";

/** What a record says about the backend of its Service. */
type ServiceRecordEffect = {
  readonly ttlSeconds: number;
  /** Its addresses are answered without ready endpoints. */
  readonly isReadyAnyway: boolean;
  /** "namespace/name": the Service has this name as well; null = it has not. */
  readonly otherName: string | null;
};

export class ServiceRecords {
  /** By "namespace/name" of the Service. */
  readonly #effects = new Map<string, ServiceRecordEffect>();

  of(service: string): ServiceRecordEffect | undefined {
    return this.#effects.get(service);
  }

  /** The effects that there are from now on. Returns the Services for which something has changed. */
  replace(effects: ReadonlyMap<string, ServiceRecordEffect>): readonly string[] {
    const keys = new Set([...this.#effects.keys(), ...effects.keys()]);
    const changed = [...keys].filter((key) => !isSame(this.#effects.get(key), effects.get(key)));
    this.#effects.clear();
    for (const [key, effect] of effects) this.#effects.set(key, effect);
    return changed;
  }
}

function isSame(a: ServiceRecordEffect | undefined, b: ServiceRecordEffect | undefined): boolean {
  return (
    a?.ttlSeconds === b?.ttlSeconds && a?.isReadyAnyway === b?.isReadyAnyway && a?.otherName === b?.otherName
  );
}

/** A federation that is served, by the settings. */
type ServedFederation = { readonly name: string; readonly domain: string };

/**
 * Pure. Records count when their Domain is a federation that is served: names are answered under its domain alone.
 * `problems`: the others, each with the cure.
 */
export function effectsOf(
  records: readonly ServiceDnsRecord[],
  domains: ReadonlyMap<string, DnsDomain>,
  federations: readonly ServedFederation[],
): {
  readonly effects: ReadonlyMap<string, ServiceRecordEffect>;
  readonly problems: readonly RecordProblem[];
} {
  const effects = new Map<string, ServiceRecordEffect>();
  const problems: RecordProblem[] = [];
  for (const record of records) {
    const { namespace, name, externalName, ttlSeconds, allowsServiceWithoutEndpoints } = record;
    const sentence = problemOf(record, domains, federations);
    if (sentence !== null) problems.push({ namespace, name, sentence });
    else
      effects.set(`${namespace}/${name}`, {
        ttlSeconds,
        isReadyAnyway: allowsServiceWithoutEndpoints,
        otherName: externalName === null || externalName === name ? null : `${namespace}/${externalName}`,
      });
  }
  return { effects, problems };
}

export type RecordProblem = { readonly namespace: string; readonly name: string; readonly sentence: string };

function problemOf(
  { domainRef }: ServiceDnsRecord,
  domains: ReadonlyMap<string, DnsDomain>,
  federations: readonly ServedFederation[],
): string | null {
  const domain = domains.get(domainRef);
  if (domain === undefined)
    return `there is no Domain ${domainRef}; create it in the namespace of the federation, or correct spec.domainRef`;
  if (federations.some((one) => one.name === domain.name && one.domain === domain.suffix)) return null;
  return `the Domain ${domain.name} (${domain.suffix}) is not served; add {name: ${domain.name}, domain: ${domain.suffix}} to federations in the settings`;
}
