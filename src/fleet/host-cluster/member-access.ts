/** The access to one member of the host: its endpoint, the seed from its Secret, and the reading of that Secret. */
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { IssuedTokenKeeping } from "../credentials/issued-token.ts";
import { MemberCredentials } from "../credentials/member-credentials.ts";
import type { DeclaredMember } from "../host-objects/declared-member.ts";
import type { HostProblem } from "../host-objects/host-problem.ts";
import type { SecretContent } from "../host-objects/member-secret.ts";
import type { Transport } from "../kube/transport.ts";
import { SecretReader } from "./secret-reader.ts";

export type MemberAccessOptions = {
  readonly member: DeclaredMember;
  /** The token that an earlier run read; null = none. */
  readonly seed: string | null;
  /** The folder of the tokens that members issue to this process. */
  readonly tokenFolder: string;
  /** Of the host. */
  readonly transport: Transport;
  readonly namespace: string;
  /** The seed or the problem has changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class MemberAccess {
  readonly credentials: MemberCredentials;
  readonly issuedToken: IssuedTokenKeeping;
  readonly #options: MemberAccessOptions;
  readonly #name: string;
  #ending = new AbortController();
  #reader: SecretReader;
  #seed: string | null = null;
  #problem: HostProblem | null = null;

  constructor(options: MemberAccessOptions) {
    this.#options = options;
    const { member, tokenFolder, clock, log } = options;
    this.#name = member.name;
    this.credentials = new MemberCredentials({
      name: `KubeFedCluster ${member.name}`,
      endpoint: member,
      rereadSeed: () => this.#reader.reread(this.#ending.signal),
      clock,
    });
    const path = join(tokenFolder, `${member.name}.json`);
    this.issuedToken = new IssuedTokenKeeping({ path, credentials: this.credentials, clock, log });
    this.#reader = this.#openReader(member.secretName);
    if (options.seed !== null) this.#takeSeed(options.seed);
  }

  get seed(): string | null {
    return this.#seed;
  }

  /** The Secret was read, or is known to be unreadable. */
  get isSettled(): boolean {
    return this.#seed !== null || this.#problem !== null;
  }

  /** Null: the Secret was read, or the host has not answered yet. */
  get problem(): HostProblem | null {
    return this.#problem;
  }

  /** Reads the token of an earlier run, and the Secret from now on. Resolves when the former is done. Never rejects. */
  async run(): Promise<void> {
    await this.issuedToken.load();
    this.#read();
  }

  #read(): void {
    void this.#reader.run(this.#ending.signal);
  }

  stop(): void {
    this.#ending.abort();
  }

  /** The member has left. */
  async leave(): Promise<void> {
    this.stop();
    await this.issuedToken.forget();
  }

  /** Follows a change of the KubeFedCluster. */
  change(member: DeclaredMember): void {
    const before = this.credentials.server;
    this.credentials.setEndpoint(member);
    if (member.secretName === this.#reader.name) {
      // Another API server needs another token as a rule.
      if (this.credentials.server !== before)
        void this.#reader.reread(this.#ending.signal).catch(() => undefined);
      return;
    }
    this.stop();
    this.#ending = new AbortController();
    this.#reader = this.#openReader(member.secretName);
    this.#read();
  }

  #openReader(name: string): SecretReader {
    const { transport, namespace, clock, random } = this.#options;
    const ending = this.#ending;
    const onRead = (content: SecretContent): void => {
      if (!ending.signal.aborted) this.#take(name, content);
    };
    return new SecretReader({ transport, namespace, name, onRead, clock, random });
  }

  #take(secretName: string, content: SecretContent): void {
    if ("token" in content) {
      const isNews = content.token !== this.#seed || this.#problem !== null;
      this.#problem = null;
      this.#takeSeed(content.token);
      if (isNews) this.#options.onChange();
      return;
    }
    const keeps = this.#seed === null ? "" : " (the token that was read before stays in use)";
    const sentence = `the Secret ${secretName}, which it names, ${content.problem}${keeps}`;
    if (sentence === this.#problem?.sentence) return;
    this.#problem = { object: `KubeFedCluster ${this.#name}`, reason: "ClusterSecretMalformed", sentence };
    this.credentials.explain(sentence);
    this.#options.onChange();
  }

  #takeSeed(token: string): void {
    this.#seed = token;
    this.credentials.setSeed(token);
  }
}
