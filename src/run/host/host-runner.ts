/**
 * The part of control that deals with the host: its members join the fleet, change and leave; what is known of each is
 * written to its KubeFedCluster; and tokens are renewed at the members. Nothing here is needed to answer.
 */
import { join } from "node:path";
import type { KubeconfigTerms } from "../../fleet/credentials/kubeconfig-trust.ts";
import { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import { clusterOfProblem, type HostProblem } from "../../fleet/host-objects/host-problem.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { hostLease } from "../../fleet/lease/host-lease.ts";
import type { LeaseRunner } from "../../fleet/lease/lease-runner.ts";
import { EventRecorder } from "../../fleet/members/event-recorder.ts";
import type { ClusterMember } from "../../fleet/members/member.ts";
import type { Fleet } from "../../fleet/members/fleet.ts";
import type { WantedMember } from "../../fleet/members/wanted-member.ts";
import { type ClusterStatus, type MemberFacts, saysReady } from "../../fleet/member-status/cluster-status.ts";
import {
  type ClusterIdentity,
  identityProblems,
  type IdentityProblem,
  uidToRemember,
} from "../../fleet/member-status/identity.ts";
import { MemberRecord } from "../../fleet/member-status/member-record.ts";
import { StatusWriter } from "../../fleet/member-status/status-writer.ts";
import { type EventWarning, writeEvent } from "../../fleet/objects/event.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { HostConfig } from "../config/config.ts";
import { hostCredentials } from "./host-credentials.ts";
import { type DnsRecordParts, DnsRecordRunner } from "./dns-record-runner.ts";
import type { HostMemberReport, HostReport } from "./host-report.ts";

const TICK_EVERY_MS = 1_000;
const EVENTS_EVERY_MS = 5_000;
/** Problems that keep a member from being reached as it is declared. */
const MALFORMED: ReadonlySet<string> = new Set(["ClusterConfigMalformed", "ClusterSecretMalformed"]);

/** The part of the fleet that is needed here. */
type HostFleet = Pick<Fleet, "setMembers"> & {
  readonly members: readonly Pick<ClusterMember, "name" | "connection" | "places">[];
};

type HostRunnerOptions = {
  readonly settings: HostConfig;
  /** Default: its kubeconfig may do nothing but name a server. */
  readonly terms?: KubeconfigTerms;
  readonly stateDirectory: string;
  readonly fleet: HostFleet;
  /** What KubeFed's DNS records act on; null = they are not read. */
  readonly dns: DnsRecordParts | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class HostRunner {
  readonly #options: HostRunnerOptions;
  readonly #host: HostCluster;
  readonly #lease: LeaseRunner;
  readonly #statuses: StatusWriter;
  readonly #events: EventRecorder;
  readonly #dnsRecords: DnsRecordRunner | null;
  readonly #records = new Map<string, MemberRecord>();
  #isLeaseStarted = false;
  #identityProblems: ReadonlyMap<string, IdentityProblem> = new Map();

  constructor(options: HostRunnerOptions) {
    this.#options = options;
    const { settings, terms, stateDirectory, clock, random, log } = options;
    const { namespace } = settings;
    const source = hostCredentials(settings, clock, terms);
    this.#host = new HostCluster({
      source,
      namespace,
      path: join(stateDirectory, "host-members.json"),
      tokenFolder: join(stateDirectory, "member-tokens", "control"),
      onChange: () => this.#offerMembers(),
      clock,
      random,
      log,
    });
    const { transport } = this.#host.connection;
    this.#lease = hostLease({
      transport,
      purpose: "control",
      namespace,
      clock,
      random,
      log,
    });
    this.#statuses = new StatusWriter({
      patch: (name, uid, status, signal) => this.#patchStatus(name, uid, status, signal),
      clock,
    });
    this.#events = new EventRecorder({
      cluster: "host",
      write: (warning, options) => writeEvent(transport, warning, options),
      clock,
      log,
    });
    const { permit } = this.#lease;
    this.#dnsRecords =
      options.dns === null ? null : new DnsRecordRunner({ ...options, ...options.dns, transport, permit });
  }

  /** False for a cluster that is not the one that joined by this name. */
  mayWriteTo(name: string): boolean {
    return !this.#identityProblems.has(name);
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#tick(signal);
    this.#tellEvents(signal);
    await Promise.all([this.#host.run(signal), this.#dnsRecords?.run(signal)]);
  }

  /** What an earlier run knew of DNS records is in force. Call before members are read. Never rejects. */
  async restore(): Promise<void> {
    await this.#dnsRecords?.restore();
  }

  /** Writes nothing more, and lets another server have the lease. Never throws. */
  async stop(): Promise<void> {
    if (this.#isLeaseStarted) await this.#lease.stop();
  }

  get report(): HostReport {
    const { connection, isSeen, watches } = this.#host;
    return {
      namespace: this.#options.settings.namespace,
      connection: connection.health,
      isSeen,
      watches,
      members: this.#options.fleet.members.flatMap((member) => this.#reportOf(member) ?? []),
      lease: this.#lease.status,
      statusesWritten: this.#statuses.count + (this.#dnsRecords?.written ?? 0),
      events: this.#events.status,
      problems: this.#problems,
    };
  }

  get #problems(): readonly HostProblem[] {
    const replaced = [...this.#identityProblems.values()].map(({ name, reason, sentence }) => ({
      object: this.#objectOf(name),
      reason,
      sentence,
    }));
    const records = [...this.#records].flatMap(([name, { problem }]) =>
      problem === null ? [] : { object: this.#objectOf(name), reason: "FactsNotRead", sentence: problem },
    );
    const tokens = [...this.#records.keys()].flatMap((name) => {
      const problem = this.#host.accessOf(name)?.issuedToken.status.problem ?? null;
      return problem === null
        ? []
        : { object: this.#objectOf(name), reason: "TokenNotRenewed", sentence: problem };
    });
    return [
      ...this.#host.problems,
      ...replaced,
      ...records,
      ...tokens,
      ...this.#statuses.problems,
      ...(this.#dnsRecords?.problems ?? []),
    ];
  }

  /** What a problem of a member is about. */
  #objectOf(name: string): string {
    return this.#host.accessOf(name) === undefined ? `cluster ${name}` : `KubeFedCluster ${name}`;
  }

  #reportOf({ name }: Pick<ClusterMember, "name">): HostMemberReport | null {
    const record = this.#records.get(name);
    if (record === undefined) return null;
    const { state, kubernetesVersion, clusterUid } = record;
    const token = this.#host.accessOf(name)?.issuedToken.status ?? null;
    return { name, state, kubernetesVersion, clusterUid, mayBeWrittenTo: this.mayWriteTo(name), token };
  }

  #offerMembers(): void {
    const members = this.#host.members.flatMap((member): WantedMember[] => {
      const credentials = this.#host.accessOf(member.name)?.credentials;
      if (credentials === undefined) return [];
      const { name, region, zones, location } = member;
      const addresses = { allow: member.addresses, deny: member.addressesDeny };
      const namespaces = { allow: member.namespaces, selector: member.namespaceSelector };
      return [{ name, credentials, region, zones, location, addresses, namespaces }];
    });
    this.#options.fleet.setMembers("host", members);
  }

  #tick(signal: AbortSignal): void {
    if (signal.aborted) return;
    const { fleet, clock } = this.#options;
    this.#startLease();
    this.#followFleet();
    for (const { name, connection } of fleet.members) {
      const record = this.#records.get(name);
      const { health } = this.#host;
      connection.setProbeTimes(health.periodMs, health.timeoutMs);
      record?.countProbe(health, saysReady(this.#host.objects.get(name)));
      void record?.readWhenDue(signal);
      if (connection.health.reachability.kind === "ready")
        void this.#host.accessOf(name)?.issuedToken.renewWhenDue(connection.transport, signal);
    }
    this.#compareIdentities();
    this.#writeStatuses(signal);
    clock.after(TICK_EVERY_MS, () => this.#tick(signal));
  }

  /** Once the host can be asked at all. */
  #startLease(): void {
    if (this.#isLeaseStarted || this.#host.connection.health.credentials !== "loaded") return;
    this.#isLeaseStarted = true;
    this.#lease.start();
  }

  #followFleet(): void {
    const { fleet, clock } = this.#options;
    const names = new Set(fleet.members.map(({ name }) => name));
    for (const name of this.#records.keys()) if (!names.has(name)) this.#records.delete(name);
    for (const { name, connection } of fleet.members)
      if (this.#records.has(name)) this.#records.get(name)?.follow(connection);
      else this.#records.set(name, new MemberRecord({ connection, clock }));
  }

  #compareIdentities(): void {
    const declared = new Map(this.#host.members.map((member) => [member.name, member]));
    const identities = this.#options.fleet.members.map(({ name }): ClusterIdentity => ({
      name,
      live: this.#records.get(name)?.clusterUid ?? null,
      recorded: declared.get(name)?.clusterUid ?? null,
      remembered: this.#host.clusterUidOf(name),
    }));
    for (const identity of identities) {
      const uid = uidToRemember(identity);
      if (uid !== null && declared.has(identity.name)) this.#host.setClusterUid(identity.name, uid);
    }
    const problems = identityProblems(identities);
    for (const { name: cluster, reason, sentence: problem } of problems)
      if (this.#identityProblems.get(cluster)?.sentence !== problem)
        this.#options.log.error({ cluster, reason, problem }, "nothing is written to a cluster");
    this.#identityProblems = new Map(problems.map((problem) => [problem.name, problem]));
  }

  #writeStatuses(signal: AbortSignal): void {
    this.#statuses.keepOnly(this.#host.objects);
    for (const [name, object] of this.#host.objects)
      void this.#statuses.write(name, object, this.#factsOf(name), signal);
  }

  async #patchStatus(
    name: string,
    uid: string,
    status: ClusterStatus,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { permit } = this.#lease;
    if (permit.refusal !== null) return null;
    const { namespace } = this.#options.settings;
    const key = { resource: preferredResource(CLUSTERS), namespace, name };
    const { transport } = this.#host.connection;
    const options = { permit, signal, subresource: "status", purpose: "status" } as const;
    const { object } = await mergePatch(transport, key, { metadata: { uid }, status }, options);
    return object;
  }

  /** What is wrong with a KubeFedCluster, for `kubectl describe`: by the server that writes its status too. */
  #tellEvents(signal: AbortSignal): void {
    if (signal.aborted) return;
    const { settings, clock } = this.#options;
    if (this.#lease.permit.refusal === null) {
      const warnings = this.#problems.flatMap((problem): EventWarning[] => {
        const name = clusterOfProblem(problem);
        if (name === null || !this.#host.objects.has(name)) return [];
        const { reason, sentence: message } = problem;
        return [{ kind: "KubeFedCluster", namespace: settings.namespace, name, reason, message }];
      });
      void this.#events.record(warnings, signal);
    }
    clock.after(EVENTS_EVERY_MS, () => this.#tellEvents(signal));
  }

  #factsOf(name: string): MemberFacts {
    const record = this.#records.get(name);
    const member = this.#options.fleet.members.find((one) => one.name === name);
    const malformed = this.#host.problemsOf(name).find(({ reason }) => MALFORMED.has(reason));
    return {
      state: record?.state ?? null,
      detail: member?.connection.health.reachability.detail ?? null,
      malformed: malformed?.sentence ?? null,
      kubernetesVersion: record?.kubernetesVersion ?? null,
      places: member?.places ?? [],
    };
  }
}
