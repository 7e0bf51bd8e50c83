/** One process with a propagator: it keeps trying to hold the lease, and works while it does, as the propagate process does. */
import { RENEW_DEADLINE_MS, LEASE_DURATION_MS } from "../../../src/fleet/lease/elector.ts";
import { LeasePermit } from "../../../src/fleet/lease/lease-permit.ts";
import { HostRevision } from "../../../src/propagate/brake/host-revision.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { Propagator } from "../../../src/propagate/reconcile/propagator.ts";
import type { EngineMember } from "../../../src/propagate/reconcile/member-engine.ts";
import { Chance } from "../chance.ts";
import { OWN, SYSTEM } from "./written-objects.ts";
import { count, type Member, type Run, tell } from "./run-state.ts";
import { type Stage, SimTransport } from "./sim-transport.ts";
import type { Life } from "./sim-time.ts";
import type { SimServer } from "./sim-server.ts";
import { ALL_TYPES } from "./types.ts";

const RENEW_EVERY_MS = 2_000;
const TICK_EVERY_MS = 1_000;

/** What all processes keep in files: a restart reads it. Null = they keep nothing. */
export type Kept = { revision: string } | null;

class KeptRevision extends HostRevision {
  readonly #kept: Kept;

  constructor(kept: Kept) {
    super({ path: null, owner: OWN });
    this.#kept = kept;
  }

  override load(): Promise<void> {
    if (this.#kept !== null) super.shows(this.#kept.revision);
    return Promise.resolve();
  }

  override shows(revision: string): boolean {
    if (this.#kept !== null) this.#kept.revision = revision;
    return super.shows(revision);
  }
}

type Tenure = { readonly propagator: Propagator; readonly ending: AbortController };

export class Instance {
  readonly name: string;
  readonly life: Life;
  readonly permit: LeasePermit;
  readonly bornMs: number;
  /** It cannot renew its lease, although it reaches the host otherwise. */
  isCutFromLease = false;
  /** A person has paused writing. */
  isPaused = false;
  /** After so many more writes it is killed, at this stage. */
  plan: { readonly stage: Stage; left: number } | null = null;
  readonly #run: Run;
  readonly #chance: Chance;
  readonly #network: Chance;
  readonly #transports = new Map<string, { readonly transport: SimTransport; readonly lives: number }>();
  #tenure: Tenure | null = null;

  constructor(run: Run, number: number) {
    this.#run = run;
    this.name = `p${number}`;
    this.#chance = new Chance(run.seed * 1_000 + number);
    this.#network = new Chance(run.seed * 1_000 + 500 + number);
    this.life = run.time.life();
    this.bornMs = run.time.nowMs;
    this.permit = new LeasePermit(this.life.clock);
    this.#renew();
    this.#tick();
  }

  get propagator(): Propagator | null {
    return this.#tenure?.propagator ?? null;
  }

  get isHolder(): boolean {
    return this.#run.lease.holder === this.name;
  }

  /** kill -9: nothing is released, and what is on its way arrives. */
  kill(): void {
    this.life.isOver = true;
    const { instances } = this.#run;
    instances.splice(instances.indexOf(this), 1);
    tell(this.#run, `${this.name} is killed`);
    count(this.#run, "event: a process is killed");
  }

  /** The run is over: what the process waits for is let go. */
  forget(): void {
    this.life.isOver = true;
    this.#tenure?.ending.abort();
  }

  /** A stop as it should be: the lease is given away once nothing is under way. */
  async stop(): Promise<void> {
    this.permit.retire("it stops");
    const isKnown = await this.permit.idle();
    if (this.life.isOver) return;
    if (isKnown && this.isHolder) this.#run.lease.holder = null;
    this.#tenure?.ending.abort();
    this.kill();
  }

  #renew(): void {
    const { lease, host, time } = this.#run;
    const start = { nowMs: this.life.clock.nowMs(), wallMs: this.life.clock.wallMs() };
    const isFree = lease.holder === null || time.nowMs - lease.renewedMs > LEASE_DURATION_MS;
    const isPossible = host.condition === "up" && !this.isCutFromLease;
    if (isPossible && (this.isHolder || isFree)) {
      if (!this.isHolder) tell(this.#run, `${this.name} takes the lease`);
      lease.holder = this.name;
      lease.renewedMs = time.nowMs;
      this.permit.renewed(start);
      this.permit.checked(start, this.isPaused ? "writing is paused" : null);
    } else if (isPossible && this.permit.hasLease) this.permit.lose("another process took the lease");
    this.life.clock.after(RENEW_EVERY_MS, () => this.#renew());
  }

  #tick(): void {
    this.#follow();
    this.life.clock.after(TICK_EVERY_MS, () => this.#tick());
  }

  #follow(): void {
    const mayWork =
      this.permit.hasLease ||
      (this.#tenure !== null && this.#run.sabotage.isDeaf === true && !this.#run.isCalm);
    if (this.#tenure !== null && !mayWork) {
      this.#tenure.ending.abort();
      this.#tenure = null;
    }
    if (!mayWork) return;
    if (this.#tenure === null) {
      this.#tenure = this.#begin();
      this.#run.sabotage.onPropagator?.(this.#tenure.propagator, this.#run);
    }
    const joined = this.#run.members.filter(({ isJoined }) => isJoined);
    this.#tenure.propagator.setMembers(joined.map((member) => this.#engineMember(member)));
    this.#tenure.propagator.setTypes(ALL_TYPES);
  }

  #begin(): Tenure {
    const ending = new AbortController();
    const { clock } = this.life;
    const { sabotage, adoption } = this.#run;
    const propagator = new Propagator({
      planRule: "kubefed",
      transport: this.#transportTo(this.#run.host, 0),
      ownership: { owner: OWN, manager: "fedns" },
      permit: sabotage.permit?.(this.permit) ?? this.permit,
      adoption: sabotage.adoption ?? adoption,
      onlyNamespace: null,
      ownNamespace: SYSTEM,
      limits: this.#run.limits,
      deletionWaitMs: this.#run.deletionWaitMs,
      revision: new KeptRevision(this.#run.kept),
      clock,
      random: () => this.#chance.next(),
      log: silentLog,
      signal: ending.signal,
    });
    return { propagator, ending };
  }

  #engineMember({ name, labels, server, lives }: Member): EngineMember {
    const access = { kind: "open", transport: this.#transportTo(server, lives) } as const;
    return { name, labels, clusterUid: `uid-of-${name}`, forgottenMs: null, access };
  }

  #transportTo(server: SimServer, lives: number): SimTransport {
    const known = this.#transports.get(server.name);
    if (known !== undefined && known.lives === lives) return known.transport;
    const transport = new SimTransport({
      time: this.#run.time,
      life: this.life,
      chance: this.#network,
      instance: this.name,
      server,
      onStage: (stage) => this.#onStage(stage),
      onSent: (method, path) => {
        if (method === "GET" || method === "WATCH") return;
        this.#run.sent.count += 1;
        this.#run.sent.last = `${method} ${path} of ${server.name}`;
      },
      reshape: this.#run.sabotage.reshape ?? ((request) => request),
    });
    this.#transports.set(server.name, { transport, lives });
    return transport;
  }

  #onStage(stage: Stage): void {
    const { plan } = this;
    if (plan === null || plan.stage !== stage || this.life.isOver) return;
    plan.left -= 1;
    if (plan.left > 0) return;
    tell(this.#run, `${this.name}: a write, ${stage}`);
    count(this.#run, `event: killed ${stage}`);
    this.kill();
  }
}

/** How long the lease of a process that is gone keeps others from it. */
export const HANDOVER_MS: number = LEASE_DURATION_MS + RENEW_DEADLINE_MS;
