/**
 * The host cluster: which members it declares, and the access to each. What was last seen is kept in the state directory;
 * while the host is away, members go on as they were, also after a restart.
 */
import { type Clock, pause } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { CredentialsSource } from "../credentials/credentials-source.ts";
import type { DeclaredMember } from "../host-objects/declared-member.ts";
import type { HealthSettings } from "../host-objects/kubefed-config.ts";
import type { FederatedType } from "../host-objects/type-config.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import { MemberConnection } from "../members/member-connection.ts";
import { ClusterRegistry } from "./cluster-registry.ts";
import { type HostObject, HostWatches } from "./host-watches.ts";
import { HostSettings } from "./host-settings.ts";
import type { MemberAccess } from "./member-access.ts";
import { MemberAccesses } from "./member-accesses.ts";
import type { SavedMember } from "./member-file.ts";
import { SavedMembers } from "./saved-members.ts";

/** Deletions within this time count as one: a definition that is removed takes all its objects with it. */
const TOGETHER_MS = 300;
const LOADING_POLL_EVERY_MS = 10;
const SETTLE_EVERY_MS = 1_000;
/** Until the Secrets have been read for the first time, which members there are is not known. */
const FIRST_SECRETS_MAX_MS = 3_000;

type HostClusterOptions = {
  /** How the host itself is reached. */
  readonly source: CredentialsSource;
  readonly namespace: string;
  /** The file of the members as last seen. */
  readonly path: string;
  /** The folder of the tokens that members issue to this process. */
  readonly tokenFolder: string;
  /** The members, or what is known about them, may have changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class HostCluster {
  readonly connection: MemberConnection;
  readonly #options: HostClusterOptions;
  readonly #registry = new ClusterRegistry();
  readonly #watches: HostWatches;
  readonly #saved: SavedMembers;
  readonly #accesses: MemberAccesses;
  readonly #settings = new HostSettings();
  /** The uid of each member's namespace kube-system, as first seen. */
  readonly #clusterUids = new Map<string, string>();
  readonly #objects = new Map<string, HostObject>();
  #deleted: string[] = [];
  /** The registry has the members. */
  #isKnown = false;
  /** Their tokens have been read too. */
  #isComplete = false;
  #seenSinceMs: number | null = null;
  #told = new Set<string>();

  constructor(options: HostClusterOptions) {
    this.#options = options;
    const { source, namespace, tokenFolder, clock, random, log } = options;
    this.connection = new MemberConnection({ source, clock, random, log });
    this.#saved = new SavedMembers({ path: options.path, content: () => this.#content(), clock, log });
    const { transport } = this.connection;
    const onChange = (): void => this.#changed();
    this.#accesses = new MemberAccesses({ tokenFolder, transport, namespace, onChange, clock, random, log });
    this.#watches = new HostWatches({
      transport,
      namespace,
      sink: {
        onObject: (kind, name, object) => {
          if (kind === "clusters") this.#onCluster(name, object);
          else {
            if (kind === "configs") this.#settings.setConfig(name, object);
            else this.#settings.setTypeConfig(name, object);
            this.#changed();
          }
        },
        onListed: (kind, names) => {
          if (kind === "clusters") this.#onListed(names);
        },
      },
      clock,
      random,
      log,
    });
  }

  /** It is known which members there are: from the host, or from an earlier run. */
  get isKnown(): boolean {
    return this.#isComplete;
  }

  /** The members that the host declares, whether or not there is a token for them. */
  get declared(): readonly DeclaredMember[] {
    return this.#registry.members;
  }

  /** The members that can be reached: those with a token. */
  get members(): readonly DeclaredMember[] {
    return this.#registry.members.filter(({ name }) => this.accessOf(name)?.credentials.token != null);
  }

  /** The KubeFedClusters that the host has now. */
  get objects(): ReadonlyMap<string, HostObject> {
    return this.#objects;
  }

  /** KubeFed's settings, and the types as they were read. */
  get settings(): Pick<HostSettings, "propagation" | "typeStates"> {
    return this.#settings;
  }

  /** How members are probed. */
  get health(): HealthSettings {
    return this.#settings.health;
  }

  /** Before that, `settings` and `types` may be others than the host says. */
  get areSettingsRead(): boolean {
    return this.#watches.areSettingsRead;
  }

  /** Which types are federated. */
  get types(): readonly FederatedType[] {
    return this.#settings.types;
  }

  get isSeen(): boolean {
    return this.#watches.isSeen;
  }

  accessOf(name: string): MemberAccess | undefined {
    return this.#accesses.get(name);
  }

  /** The uid of the member's namespace kube-system as it was first seen; null = never. */
  clusterUidOf(name: string): string | null {
    return this.#clusterUids.get(name) ?? null;
  }

  /** Remembers the uid for the runs that follow. */
  setClusterUid(name: string, uid: string): void {
    if (this.#clusterUids.get(name) === uid) return;
    this.#clusterUids.set(name, uid);
    this.#saved.changed();
  }

  /** What is wrong with the object of one member, or with its Secret. */
  problemsOf(name: string): readonly HostProblem[] {
    const secret = this.#accesses.get(name)?.problem ?? null;
    return [...this.#registry.problemsOf(name), ...(secret === null ? [] : [secret])];
  }

  get problems(): readonly HostProblem[] {
    return [
      ...this.#ownProblems,
      ...this.#watches.problems,
      ...this.#registry.problems,
      ...this.#accesses.problems,
      ...this.#settings.problems,
    ];
  }

  get watches(): HostWatches["health"] {
    return this.#watches.health;
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#restore();
    this.#settle(signal);
    await Promise.all([this.connection.run(signal), this.#watch(signal)]);
    this.#accesses.stop();
  }

  /** Starts once the credentials have been loaded or have failed: before that, every request would only fail. */
  async #watch(signal: AbortSignal): Promise<void> {
    while (this.connection.health.credentials === "loading" && !signal.aborted)
      await pause(this.#options.clock, LOADING_POLL_EVERY_MS, signal);
    await this.#watches.run(signal);
  }

  get #ownProblems(): readonly HostProblem[] {
    const { problem, reachability } = this.connection.health;
    const { namespace } = this.#options;
    const found: HostProblem[] = [];
    const report = (reason: string, sentence: string): void => {
      found.push({ object: "host", reason, sentence });
    };
    if (problem !== null) report("CredentialsBroken", problem);
    if (reachability.kind === "unreachable") {
      const cure = "members go on as they were last seen; check the host and the way to it";
      report("NotReachable", `the host cluster is not reachable (${reachability.detail ?? ""}); ${cure}`);
    }
    if (this.#saved.problem !== null) report("StateFile", this.#saved.problem);
    if (!this.#isKnown && problem === null && reachability.kind === "ready")
      report("NotRead", `the KubeFedClusters in ${namespace} have not been read yet`);
    return found;
  }

  async #restore(): Promise<void> {
    const members = await this.#saved.load();
    if (members.length === 0) return;
    for (const { member, seed, clusterUid } of members) {
      if (seed !== null) this.#accesses.restoreSeed(member.name, seed);
      if (clusterUid !== null) this.#clusterUids.set(member.name, clusterUid);
    }
    this.#registry.restore(members.map(({ member }) => member));
    await this.#accesses.follow(this.#registry.members);
    this.#isKnown = true;
    this.#isComplete = true;
    this.#changed();
  }

  #onCluster(name: string, object: HostObject | undefined): void {
    if (object === undefined) {
      this.#objects.delete(name);
      if (this.#deleted.length === 0) this.#options.clock.after(TOGETHER_MS, () => this.#removeDeleted());
      this.#deleted.push(name);
      return;
    }
    this.#objects.set(name, object);
    this.#deleted = this.#deleted.filter((one) => one !== name);
    this.#registry.declare(name, object);
    if (this.#isKnown) this.#follow();
  }

  #removeDeleted(): void {
    const names = this.#deleted;
    this.#deleted = [];
    if (names.length === 0) return;
    this.#registry.remove(names, false, this.#options.clock.nowMs());
    this.#follow();
  }

  #onListed(names: ReadonlySet<string>): void {
    this.#deleted = [];
    this.#registry.confirm(names, this.#options.clock.nowMs());
    if (!this.#isKnown) this.#options.clock.after(FIRST_SECRETS_MAX_MS, () => this.#completeAnyway());
    this.#isKnown = true;
    this.#follow();
  }

  /** A Secret that cannot be read for a while holds up no other member. */
  #completeAnyway(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#changed();
  }

  #follow(): void {
    void this.#accesses.follow(this.#registry.members);
    this.#changed();
  }

  #changed(): void {
    this.#isComplete ||= this.#isKnown && this.#accesses.areSettled;
    if (!this.#isComplete) return;
    this.#saved.changed();
    this.#tellProblems();
    this.#options.onChange();
  }

  /** Logs each problem once, until it has gone. */
  #tellProblems(): void {
    const told = new Set<string>();
    for (const { object, reason, sentence } of this.problems) {
      const key = `${object} ${reason} ${sentence}`;
      told.add(key);
      if (!this.#told.has(key))
        this.#options.log.warn({ object, reason, problem: sentence }, "a problem in the host");
    }
    this.#told = told;
  }

  /** Once a second: members that were kept leave when their time has come. */
  #settle(signal: AbortSignal): void {
    if (signal.aborted) return;
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    this.#seenSinceMs = this.isSeen ? (this.#seenSinceMs ?? nowMs) : null;
    if (this.#registry.letGo(nowMs, this.#seenSinceMs)) this.#follow();
    clock.after(SETTLE_EVERY_MS, () => this.#settle(signal));
  }

  #content(): readonly SavedMember[] {
    return this.#registry.members.map((member) => ({
      member,
      seed: this.#accesses.get(member.name)?.seed ?? null,
      clusterUid: this.clusterUidOf(member.name),
    }));
  }
}
