/**
 * The credentials of a member that the host declares: its endpoint, and a bearer token. There are two tokens: the seed, from
 * the Secret in the host, and one that the member issued to this process, which is renewed there and needs no host.
 */
import { createHash } from "node:crypto";
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { tlsMaterial, warningsOf, type Authentication, type Credentials } from "../kube/credentials.ts";
import { environmentProxy } from "../proxy/environment-proxy.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { CredentialsSource, LoadedCredentials } from "./credentials-source.ts";

/** Requests that were sent together fail together: the token was changed for the first of them. */
const TOGETHER_MS = 2_000;
const REREAD_MAX_MS = 2_000;

/** How the API server of a member is reached; checked already. */
type Endpoint = {
  readonly apiEndpoint: string;
  /** PEM; null = the certificates that the system trusts. */
  readonly caBundle: string | null;
  readonly proxyURL: string | null;
  /** "*", "SubjectName" */
  readonly disabledTLSValidations: readonly string[];
};

type MemberCredentialsOptions = {
  /** For messages: "KubeFedCluster us-west". */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Reads the Secret again, after a 401. Rejects where the host does not answer. */
  readonly rereadSeed: () => Promise<void>;
  readonly clock: Clock;
  /** The environment of this process, which may name a proxy. Default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export class MemberCredentials implements CredentialsSource {
  readonly name: string;
  readonly #rereadSeed: () => Promise<void>;
  readonly #clock: Clock;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #listeners = new Set<() => void>();
  #endpoint: Endpoint;
  #seed: string | null = null;
  #issued: string | null = null;
  #missing = "no token has been read yet";
  /** The issued token was refused: the seed is tried, and then each in turn. */
  #prefersSeed = false;
  #turnedAtMs = -Infinity;
  #version = 0;

  constructor({ name, endpoint, rereadSeed, clock, env = process.env }: MemberCredentialsOptions) {
    this.name = name;
    this.#env = env;
    this.#clock = clock;
    this.#endpoint = endpoint;
    this.#rereadSeed = rereadSeed;
  }

  /** The token that the next request carries; null = none is known. */
  get token(): string | null {
    return (this.#prefersSeed ? this.#seed : this.#issued) ?? this.#issued ?? this.#seed;
  }

  /** Identifies the API server by its address and its certificates, as text without secrets. */
  get server(): string {
    const { apiEndpoint, caBundle } = this.#endpoint;
    return createHash("sha256")
      .update(`${apiEndpoint}\n${caBundle ?? ""}`)
      .digest("base64url");
  }

  setEndpoint(endpoint: Endpoint): void {
    if (JSON.stringify(endpoint) === JSON.stringify(this.#endpoint)) return;
    const before = this.server;
    this.#endpoint = endpoint;
    if (this.server !== before) this.#issued = null;
    this.#changed();
  }

  setSeed(token: string): void {
    if (token === this.#seed) return;
    const isFirst = this.token === null;
    this.#seed = token;
    this.#prefersSeed &&= this.#issued !== null;
    // A token that is read with each request needs no new connection.
    if (isFirst) this.#changed();
  }

  /** Why there is no token, with the cure. */
  explain(sentence: string): void {
    if (sentence === this.#missing) return;
    this.#missing = sentence;
    if (this.token === null) this.#changed();
  }

  /** A token that the member issued to this process; null = none that is valid. */
  setIssued(token: string | null): void {
    const isFirst = this.token === null;
    this.#issued = token;
    this.#prefersSeed = false;
    if (isFirst && token !== null) this.#changed();
  }

  stamp(): Promise<string> {
    return Promise.resolve(String(this.#version));
  }

  async load(): Promise<LoadedCredentials> {
    const stamp = String(this.#version);
    if (this.token === null) throw this.#noToken();
    return Promise.resolve({ credentials: this.#credentials(), stamp });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #credentials(): Credentials {
    const { apiEndpoint, caBundle, disabledTLSValidations } = this.#endpoint;
    const ca = caBundle === null ? null : Buffer.from(caBundle);
    const server = new URL(apiEndpoint);
    const isVerified = server.protocol === "https:" && !disabledTLSValidations.includes("*");
    const tls = tlsMaterial({
      ca,
      cert: null,
      key: null,
      passphrase: null,
      servername: null,
      rejectUnauthorized: isVerified,
      ignoresName: disabledTLSValidations.includes("SubjectName"),
    });
    return {
      server,
      proxy: this.#proxy(server),
      identity: `${server.href} ${ca?.toString("base64") ?? ""}`,
      files: [],
      tls,
      warnings: warningsOf(server, tls),
      authenticate: (): Promise<Authentication> => {
        // Without a token the request would be anonymous.
        if (this.token === null) return Promise.reject(this.#noToken());
        return Promise.resolve({ tls, headers: ["authorization", `Bearer ${this.token}`] });
      },
      renew: () => this.#renew(),
    };
  }

  #proxy(server: URL): Proxy | null {
    const { proxyURL } = this.#endpoint;
    const url = proxyURL === null ? null : URL.parse(proxyURL);
    if (url === null) return environmentProxy(server, this.#env);
    return { url, source: `spec.proxyURL of ${this.name}`, isFromEnvironment: false };
  }

  #noToken(): OperationalError {
    return new OperationalError("KUBE_CONFIG", `${this.name}: ${this.#missing}`);
  }

  /** After a 401: the other token, or a new seed. True when another attempt may succeed. */
  async #renew(): Promise<boolean> {
    if (this.#clock.nowMs() - this.#turnedAtMs < TOGETHER_MS) return true;
    const refused = this.token;
    await this.#reread();
    const other = refused === this.#issued ? this.#seed : this.#issued;
    if (this.token === refused && (other === null || other === refused)) return false;
    if (this.token === refused) this.#prefersSeed = refused === this.#issued;
    this.#turnedAtMs = this.#clock.nowMs();
    return true;
  }

  /** A host that does not answer must not hold up the requests of its members. */
  async #reread(): Promise<void> {
    const waiting = new AbortController();
    const reading = this.#rereadSeed().catch((error: unknown) => {
      this.#missing = `its Secret cannot be read now: ${messageOf(error)}`;
    });
    await Promise.race([reading, pause(this.#clock, REREAD_MAX_MS, waiting.signal)]);
    waiting.abort();
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
