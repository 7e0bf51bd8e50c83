/**
 * The members that federated objects may be placed in: those that the host declares, each with a connection of this process.
 * A cluster without credentials, or one that is not the cluster that joined by its name, is withheld: it is a member, since it
 * may have copies, and nothing is written to it.
 */
import type { HostCluster } from "../../fleet/host-cluster/host-cluster.ts";
import { leavingMsOf } from "../../fleet/host-objects/copies-on-deletion.ts";
import type { DeclaredMember } from "../../fleet/host-objects/declared-member.ts";
import { MemberConnection } from "../../fleet/members/member-connection.ts";
import { type ClusterIdentity, identityProblems, uidToRemember } from "../../fleet/member-status/identity.ts";
import { MemberRecord } from "../../fleet/member-status/member-record.ts";
import { withCluster } from "../../fleet/observe/cluster-log.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { EngineMember } from "../../propagate/reconcile/member-engine.ts";

type MemberSetOptions = {
  readonly host: HostCluster;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type Life = {
  readonly connection: MemberConnection;
  readonly record: MemberRecord;
  readonly ending: AbortController;
};

const NO_CREDENTIALS = "its credentials have not been read yet";
const NOT_IDENTIFIED = "its identity has not been read yet";

export class MemberSet {
  readonly #options: MemberSetOptions;
  readonly #lives = new Map<string, Life>();
  #members: readonly EngineMember[] = [];

  constructor(options: MemberSetOptions) {
    this.#options = options;
  }

  /** All members that the host declares. */
  get members(): readonly EngineMember[] {
    return this.#members;
  }

  /** The host's members may have changed. */
  follow(): void {
    const { host } = this.#options;
    const declared = host.members.flatMap((member) => {
      const credentials = host.accessOf(member.name)?.credentials;
      return credentials === undefined ? [] : [{ member, credentials }];
    });
    const names = new Set(declared.map(({ member }) => member.name));
    for (const [name, { ending }] of this.#lives) {
      if (names.has(name)) continue;
      ending.abort();
      this.#lives.delete(name);
    }
    for (const { member, credentials } of declared) {
      const life = this.#lives.get(member.name);
      if (life === undefined) this.#lives.set(member.name, this.#open(member.name, credentials));
      else life.connection.useSource(credentials);
    }
    this.#offer();
  }

  /** Reads which cluster answers, renews tokens; call it about once a second. */
  tick(signal: AbortSignal): void {
    const { host } = this.#options;
    for (const [name, { connection, record }] of this.#lives) {
      void record.readWhenDue(signal);
      if (connection.health.reachability.kind === "ready")
        void host.accessOf(name)?.issuedToken.renewWhenDue(connection.transport, signal);
    }
    this.#offer();
  }

  stop(): void {
    for (const { ending } of this.#lives.values()) ending.abort();
  }

  #open(name: string, source: ConstructorParameters<typeof MemberConnection>[0]["source"]): Life {
    const { clock, random, log } = this.#options;
    const connection = new MemberConnection({ source, clock, random, log: withCluster(log, name) });
    const ending = new AbortController();
    void connection.run(ending.signal);
    return { connection, record: new MemberRecord({ connection, clock }), ending };
  }

  #offer(): void {
    const { host } = this.#options;
    const identities = host.members.map((member) => this.#identityOf(member));
    for (const identity of identities) {
      const uid = uidToRemember(identity);
      if (uid !== null) host.setClusterUid(identity.name, uid);
    }
    const problems = new Map(identityProblems(identities).map(({ name, sentence }) => [name, sentence]));
    for (const { name, live, remembered } of identities)
      if (live === null && remembered === null) problems.set(name, NOT_IDENTIFIED);
    this.#members = host.declared.map(({ name, labels, forgottenMs }): EngineMember => {
      const clusterUid = this.#lives.get(name)?.record.clusterUid ?? host.clusterUidOf(name);
      const leavingMs = leavingMsOf(host.objects.get(name)?.metadata ?? {});
      const access = this.#accessOf(name, problems.get(name));
      const leaving = leavingMs !== null && { leavingMs };
      return { name, labels, clusterUid, forgottenMs, access, ...leaving };
    });
  }

  #accessOf(name: string, problem: string | undefined): EngineMember["access"] {
    const life = this.#lives.get(name);
    const [found] = this.#options.host.problemsOf(name);
    if (life === undefined) return { kind: "withheld", reason: found?.sentence ?? NO_CREDENTIALS };
    if (problem !== undefined) return { kind: "withheld", reason: problem };
    return { kind: "open", transport: life.connection.transport };
  }

  #identityOf({ name, clusterUid }: DeclaredMember): ClusterIdentity {
    const { host } = this.#options;
    const live = this.#lives.get(name)?.record.clusterUid ?? null;
    return { name, live, recorded: clusterUid, remembered: host.clusterUidOf(name) };
  }
}
