/** A transport whose test answers discovery, while lists and watches go to a server. */
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import { type RequestOptions, Transport } from "../../../src/fleet/kube/transport.ts";

export class DiscoveryTransport extends Transport {
  failure: Error | null = null;
  /** "group/version", in order. */
  readonly asked: string[] = [];
  readonly #versions: Map<string, readonly string[]> = new Map();

  /** From now on `plural` is served in these versions of its group, and in no others. */
  serve(plural: string, ...versions: readonly string[]): void {
    this.#versions.set(plural, versions);
  }

  override async request(options: RequestOptions): ReturnType<Transport["request"]> {
    const [, whole] = /^\/apis\/([^/]+)$/.exec(options.path) ?? [];
    if (whole !== undefined && this.failure === null) return this.#group();
    const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)$/.exec(options.path) ?? [];
    if (group === undefined || version === undefined) return super.request(options);
    this.asked.push(`${group}/${version}`);
    if (this.failure !== null) throw this.failure;
    const served = [...this.#versions].filter(([, versions]) => versions.includes(version));
    if (served.length === 0) throw refusal(404);
    const resources = served.flatMap(([name]) => [{ name }, { name: `${name}/status` }]);
    return this.#reply({ kind: "APIResourceList", resources });
  }

  #group(): ReturnType<Transport["request"]> {
    const all = new Set([...this.#versions.values()].flat());
    return this.#reply({ kind: "APIGroup", versions: [...all].map((version) => ({ version })) });
  }

  async #reply(json: object): ReturnType<Transport["request"]> {
    return { status: 200, headers: {}, json, identity: this.identity, octets: 0 };
  }
}

export function refusal(status: number): KubeError {
  const message = `answered ${status}`;
  return new KubeError({
    status,
    reason: "",
    message,
    sentence: message,
    retryAfterMs: null,
    details: null,
    contentType: "",
  });
}
