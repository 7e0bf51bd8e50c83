/**
 * KubeFed's multicluster DNS: record objects of the host give Services and Ingresses names, TTLs and hosts; their statuses are
 * written as KubeFed wrote them, and DNSEndpoints for an ExternalDNS by setting. What was last known stays while the host is away.
 */
import { join } from "node:path";
import type {
  DnsDomain,
  IngressDnsRecord,
  RecordEntry,
  ServiceDnsRecord,
} from "../../federation/dns-records/dns-record.ts";
import {
  type DnsEndpoint,
  endpointsOfIngress,
  endpointsOfService,
} from "../../federation/dns-records/endpoints.ts";
import {
  effectsOf,
  type RecordProblem,
  type ServiceRecords,
} from "../../federation/dns-records/service-records.ts";
import { type HostTarget, objectKey } from "../../federation/hosts/declaration.ts";
import type { HostController } from "../../federation/hosts/host-controller.ts";
import type { Federation } from "../../federation/members/federation.ts";
import { DnsWatches, type WatchedRecord } from "../../fleet/host-cluster/dns-watches.ts";
import type { HostProblem } from "../../fleet/host-objects/host-problem.ts";
import { INGRESS_DNS_RECORDS, SERVICE_DNS_RECORDS } from "../../fleet/host-objects/host-types.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { LeasePermit } from "../../fleet/lease/lease-permit.ts";
import { apply } from "../../fleet/objects/apply.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { preferredResource, type WatchedResource } from "../../fleet/watch/watched-resource.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Config, HostConfig } from "../config/config.ts";
import { ChangedWrites } from "../../fleet/objects/changed-writes.ts";
import { type KnownRecords, NO_RECORDS, readRecords, writeRecords } from "./record-file.ts";
import { declarationsOf } from "./record-hosts.ts";
import { entriesOfIngress, entriesOfService, statusOfRecord } from "./record-entries.ts";

const TICK_EVERY_MS = 1_000;
const GATHER_MS = 20;
const SAVE_GAP_MS = 500;

export type DnsRecordParts = {
  readonly records: ServiceRecords;
  readonly federation: Federation;
  readonly hosts: Pick<HostController, "declare" | "declarationOf">;
  readonly federations: Config["federations"];
  /** The record of this service has changed. */
  readonly onService: (service: string) => void;
};

type DnsRecordRunnerOptions = DnsRecordParts & {
  readonly settings: HostConfig;
  readonly stateDirectory: string;
  readonly transport: Transport;
  readonly permit: LeasePermit;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class DnsRecordRunner {
  readonly #options: DnsRecordRunnerOptions;
  readonly #watches: DnsWatches;
  readonly #writes: ChangedWrites;
  readonly #path: string;
  /** As last known: from the host, or from an earlier run. */
  #known: KnownRecords = NO_RECORDS;
  #recordProblems: readonly RecordProblem[] = [];
  #fileProblem: string | null = null;
  /** By cluster: what was declared for it. */
  readonly #declared = new Map<string, Set<string>>();
  #isTakePlanned = false;
  #isSavePlanned = false;

  constructor(options: DnsRecordRunnerOptions) {
    this.#options = options;
    const { settings, stateDirectory, clock } = options;
    this.#path = join(stateDirectory, "dns-records.json");
    this.#writes = new ChangedWrites(clock);
    this.#watches = new DnsWatches({
      ...options,
      namespace: settings.namespace,
      onChange: () => this.#planTake(),
    });
  }

  /** Objects written in this run. */
  get written(): number {
    return this.#writes.count;
  }

  get problems(): readonly HostProblem[] {
    const records = this.#recordProblems.map(({ namespace, name, sentence }) => ({
      object: `ServiceDNSRecord ${namespace}/${name}`,
      reason: "DomainNotServed",
      sentence,
    }));
    const file =
      this.#fileProblem === null
        ? []
        : [{ object: "host", reason: "StateFile", sentence: this.#fileProblem }];
    return [...this.#watches.problems, ...records, ...file, ...this.#writes.problems];
  }

  /** The records of an earlier run come into force. Call before members are read. Never rejects. */
  async restore(): Promise<void> {
    const { records, problem } = await readRecords(this.#path);
    this.#fileProblem = problem;
    if (problem !== null) this.#options.log.error({ problem }, "saved DNS records cannot be used");
    this.#adopt(records);
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#tick(signal);
    await this.#watches.run(signal);
  }

  /** A list, or an apply of many objects, is taken once. */
  #planTake(): void {
    if (this.#isTakePlanned) return;
    this.#isTakePlanned = true;
    this.#options.clock.after(GATHER_MS, () => {
      this.#isTakePlanned = false;
      this.#take();
    });
  }

  /** Until all kinds have been read, what an earlier run knew stays. */
  #take(): void {
    if (!this.#watches.isRead) return;
    const { domains, services, ingresses } = this.#watches;
    const recordsOf = <T>(watched: readonly WatchedRecord<T>[]): readonly T[] =>
      watched.map(({ record }) => record);
    this.#adopt({ domains, services: recordsOf(services), ingresses: recordsOf(ingresses) });
    this.#planSave();
  }

  #adopt(known: KnownRecords): void {
    const { records, federations, onService } = this.#options;
    this.#known = known;
    const { effects, problems } = effectsOf(known.services, byName(known.domains), federations);
    this.#recordProblems = problems;
    for (const service of records.replace(effects)) onService(service);
    this.#declareHosts();
  }

  #tick(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#declareHosts();
    if (this.#watches.isRead && this.#options.permit.refusal === null) this.#write(signal);
    this.#options.clock.after(TICK_EVERY_MS, () => this.#tick(signal));
  }

  /** Members come, go and are read again: what is declared already costs nothing. */
  #declareHosts(): void {
    const { federation, hosts } = this.#options;
    const domains = byName(this.#known.domains);
    for (const { name: cluster } of federation.members) {
      const target = (record: IngressDnsRecord): HostTarget | null => this.#ingressTarget(cluster, record);
      const declarations = declarationsOf(this.#known, domains, target);
      const keys = new Set(declarations.map(objectKey));
      for (const key of this.#declared.get(cluster) ?? [])
        if (!keys.has(key)) hosts.declare(cluster, key, null);
      for (const declaration of declarations) hosts.declare(cluster, objectKey(declaration), declaration);
      this.#declared.set(cluster, keys);
    }
  }

  #ingressTarget(cluster: string, { namespace, name }: IngressDnsRecord): HostTarget | null {
    const key = objectKey({ kind: "Ingress", namespace, name });
    const declaration = this.#options.hosts.declarationOf(cluster, key);
    return declaration?.claims[0]?.target ?? declaration?.target ?? null;
  }

  #write(signal: AbortSignal): void {
    const { federation, records } = this.#options;
    const domains = byName(this.#watches.domains);
    const wanted = new Set<string>();
    for (const { record, status } of this.#watches.services) {
      const key = `${record.namespace}/${record.name}`;
      const domain = domains.get(record.domainRef) ?? null;
      if (domain === null) continue;
      const isReadyAnyway = records.of(key)?.isReadyAnyway ?? record.allowsServiceWithoutEndpoints;
      const entries = entriesOfService(federation, key, isReadyAnyway);
      const endpoints = endpointsOfService(record, domain, entries);
      this.#writeFor(wanted, { record, status, entries, domain, endpoints }, signal);
    }
    for (const { record, status } of this.#watches.ingresses) {
      const targetIn = (cluster: string): HostTarget | null => this.#ingressTarget(cluster, record);
      const entries = entriesOfIngress(federation, targetIn, record.hosts[0] ?? "");
      const endpoints = endpointsOfIngress(record, entries);
      this.#writeFor(wanted, { record, status, entries, domain: null, endpoints }, signal);
    }
    this.#writes.keepOnly(wanted);
  }

  #writeFor(
    wanted: Set<string>,
    { record, status, entries, domain, endpoints }: ToWrite,
    signal: AbortSignal,
  ): void {
    const { namespace, name } = record;
    const isService = domain !== null;
    const kind = isService ? "ServiceDNSRecord" : "IngressDNSRecord";
    const watched = isService ? SERVICE_DNS_RECORDS : INGRESS_DNS_RECORDS;
    const object = `${kind} ${namespace}/${name}`;
    const content = statusOfRecord(entries, domain);
    wanted.add(object);
    void this.#writes.write(object, JSON.stringify(content), {
      isThere: JSON.stringify(status) === JSON.stringify(content),
      plural: watched.plural,
      send: () => this.#sendStatus(watched, record, content, signal),
    });
    const group = this.#options.settings.dnsEndpoints;
    if (group === "none") return;
    const prefix = isService ? "service" : "ingress";
    const endpointName = `${prefix}-${name}`;
    const endpointObject = `DNSEndpoint ${namespace}/${endpointName}`;
    wanted.add(endpointObject);
    void this.#writes.write(endpointObject, JSON.stringify(endpoints), {
      isThere: false,
      plural: "dnsendpoints",
      send: () => this.#sendEndpoints(group, { record, kind, endpointName, endpoints }, signal),
    });
  }

  #sendStatus(
    watched: WatchedResource,
    { namespace, name, uid }: ServiceDnsRecord | IngressDnsRecord,
    status: object,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { transport, permit } = this.#options;
    const key = { resource: preferredResource(watched), namespace, name };
    return mergePatch(
      transport,
      key,
      { metadata: { uid }, status },
      { permit, signal, subresource: "status" },
    );
  }

  /** It goes with its record, and is marked so that it is never read as a declaration of names. */
  #sendEndpoints(
    group: string,
    { record, kind, endpointName, endpoints }: EndpointsToSend,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { transport, permit } = this.#options;
    const { namespace, name, uid } = record;
    const resource = { group, version: "v1alpha1", plural: "dnsendpoints" };
    const owner = { apiVersion: "multiclusterdns.kubefed.io/v1alpha1", kind, name, uid };
    const metadata = { labels: { "app.kubernetes.io/managed-by": "fedns" }, ownerReferences: [owner] };
    return apply(
      transport,
      { resource, namespace, name: endpointName },
      { kind: "DNSEndpoint", metadata, spec: { endpoints } },
      { permit, signal, guard: { isUnguarded: true }, isForced: true },
    );
  }

  /** Several changes are saved by one write. */
  #planSave(): void {
    if (this.#isSavePlanned) return;
    this.#isSavePlanned = true;
    this.#options.clock.after(SAVE_GAP_MS, () => {
      this.#isSavePlanned = false;
      void writeRecords(this.#path, this.#known).catch((error: unknown) => {
        this.#options.log.error(
          { path: this.#path, ...errorFields(error) },
          "cannot save the DNS records of the host",
        );
      });
    });
  }
}

type ToWrite = {
  readonly record: ServiceDnsRecord | IngressDnsRecord;
  readonly status: unknown;
  readonly entries: readonly RecordEntry[];
  /** Null = of an Ingress. */
  readonly domain: DnsDomain | null;
  readonly endpoints: readonly DnsEndpoint[];
};
type EndpointsToSend = Pick<ToWrite, "record" | "endpoints"> & {
  readonly kind: string;
  readonly endpointName: string;
};

function byName(domains: readonly DnsDomain[]): ReadonlyMap<string, DnsDomain> {
  return new Map(domains.map((domain) => [domain.name, domain]));
}
