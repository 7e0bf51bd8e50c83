/** The watches of KubeFed's multicluster DNS in the host: Domains of its namespace, and record objects of all namespaces. */
import type {
  DnsDomain,
  IngressDnsRecord,
  ServiceDnsRecord,
} from "../../federation/dns-records/dns-record.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { parseDomain, parseIngressDnsRecord, parseServiceDnsRecord } from "../host-objects/dns-records.ts";
import type { HostProblem, Parsed } from "../host-objects/host-problem.ts";
import { DOMAINS, INGRESS_DNS_RECORDS, SERVICE_DNS_RECORDS } from "../host-objects/host-types.ts";
import { isRecord } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";
import { OptionalWatch } from "../watch/optional-watch.ts";
import type { WatchedResource } from "../watch/watched-resource.ts";

type DnsWatchesOptions = {
  readonly transport: Transport;
  /** Of the Domains. */
  readonly namespace: string;
  /** All that is known may have changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** An object as it was last usable, and its status as the host has it now. */
export type WatchedRecord<T> = { readonly record: T; readonly status: unknown };

type Seen<T> = {
  readonly value: T | null;
  readonly status: unknown;
  readonly problems: readonly HostProblem[];
  readonly version: string;
};

export class DnsWatches {
  readonly #options: DnsWatchesOptions;
  readonly #domains: RecordWatch<DnsDomain>;
  readonly #services: RecordWatch<ServiceDnsRecord>;
  readonly #ingresses: RecordWatch<IngressDnsRecord>;

  constructor(options: DnsWatchesOptions) {
    this.#options = options;
    const { namespace } = options;
    this.#domains = this.#open({ ...DOMAINS, namespace }, parseDomain);
    this.#services = this.#open(SERVICE_DNS_RECORDS, parseServiceDnsRecord);
    this.#ingresses = this.#open(INGRESS_DNS_RECORDS, parseIngressDnsRecord);
  }

  /** All three have been read in this run, or are not served: what is not here does not exist. */
  get isRead(): boolean {
    return this.#domains.isRead && this.#services.isRead && this.#ingresses.isRead;
  }

  get domains(): readonly DnsDomain[] {
    return this.#domains.records.map(({ record }) => record);
  }

  get services(): readonly WatchedRecord<ServiceDnsRecord>[] {
    return this.#services.records;
  }

  get ingresses(): readonly WatchedRecord<IngressDnsRecord>[] {
    return this.#ingresses.records;
  }

  get problems(): readonly HostProblem[] {
    return [...this.#domains.problems, ...this.#services.problems, ...this.#ingresses.problems];
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#domains.run(signal), this.#services.run(signal), this.#ingresses.run(signal)]);
  }

  #open<T>(watched: WatchedResource, parse: (object: unknown) => Parsed<T>): RecordWatch<T> {
    return new RecordWatch(this.#options, watched, parse);
  }
}

class RecordWatch<T> {
  readonly #watch: OptionalWatch<Seen<T>>;
  readonly #seen = new Map<string, Seen<T>>();
  #isRead = false;

  constructor(
    { transport, onChange, clock, random, log }: DnsWatchesOptions,
    watched: WatchedResource,
    parse: (object: unknown) => Parsed<T>,
  ) {
    this.#watch = new OptionalWatch<Seen<T>>({
      transport,
      clock,
      random,
      log,
      watched,
      project: (object) => projection(object, parse),
      equal: (before, after) => before.version === after.version,
      sink: {
        onChange: (key, seen) => {
          if (seen === undefined) this.#seen.delete(key);
          // One that becomes unusable stays as it was.
          else this.#seen.set(key, { ...seen, value: seen.value ?? this.#seen.get(key)?.value ?? null });
          onChange();
        },
        onSynced: () => {
          this.#isRead = true;
          onChange();
        },
      },
      // What an earlier run knew of the host stays.
      onUnavailable: () => undefined,
    });
  }

  get isRead(): boolean {
    return this.#isRead;
  }

  get records(): readonly WatchedRecord<T>[] {
    return [...this.#seen.values()].flatMap(({ value, status }) =>
      value === null ? [] : [{ record: value, status }],
    );
  }

  get problems(): readonly HostProblem[] {
    return [...this.#seen.values()].flatMap(({ problems }) => problems);
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }
}

function projection<T>(object: unknown, parse: (object: unknown) => Parsed<T>) {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  if (!isRecord(object) || !isRecord(metadata) || typeof metadata["name"] !== "string") return null;
  const { name, namespace, resourceVersion } = metadata;
  const { value, problems } = parse(object);
  return {
    key: `${typeof namespace === "string" ? namespace : ""}/${name}`,
    value: { value, problems, status: object["status"], version: String(resourceVersion) },
  };
}
