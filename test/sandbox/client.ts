/** An HTTPS client for the sandbox's API servers: requests, and watches as lists of events. */
import { Agent, request } from "undici";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import type { KubeObject } from "../../src/sandbox/object/object.ts";
import { until } from "../support/until.ts";

export type Answer = {
  readonly code: number;
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
};

export type CallOptions = {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  /** null sends no credentials. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};

export type WatchEvent = { readonly type: string; readonly object: any };

export type Watch = {
  readonly code: number;
  readonly events: readonly WatchEvent[];
  readonly isEnded: boolean;
  /** Waits until there are `count` events, and returns all of them as `TYPE name`. */
  saw(count: number): Promise<readonly string[]>;
  close(): void;
};

export class Client {
  readonly #server: ApiServer;
  readonly #agent: Agent;

  constructor(server: ApiServer) {
    this.#server = server;
    this.#agent = new Agent({ connect: { ca: server.caPem } });
  }

  async call(path: string, options: CallOptions = {}): Promise<Answer> {
    const { method = "GET", body } = options;
    const response = await request(`${this.#server.url}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: this.#headers(options),
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.body.text();
    const isJson = String(response.headers["content-type"]).startsWith("application/json");
    return { code: response.statusCode, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  }

  create(path: string, body: unknown): Promise<Answer> {
    return this.call(path, { method: "POST", body });
  }

  patch(path: string, body: unknown, type = "application/merge-patch+json"): Promise<Answer> {
    return this.call(path, { method: "PATCH", body, type });
  }

  async watch(path: string, options: CallOptions = {}): Promise<Watch> {
    const controller = new AbortController();
    const response = await request(`${this.#server.url}${path}`, {
      dispatcher: this.#agent,
      headers: this.#headers(options),
      signal: controller.signal,
    });
    const events: WatchEvent[] = [];
    let isEnded = false;
    let rest = "";
    response.body.setEncoding("utf8");
    response.body.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) events.push(JSON.parse(line) as WatchEvent);
    });
    const end = (): void => {
      isEnded = true;
    };
    response.body.on("close", end).on("error", end);
    return {
      code: response.statusCode,
      events,
      get isEnded() {
        return isEnded;
      },
      async saw(count) {
        await until(`${count} events, have ${JSON.stringify(events)}`, () => events.length >= count);
        return events.map(
          ({ type, object }) => `${type} ${object.metadata?.name ?? object.metadata?.resourceVersion ?? ""}`,
        );
      },
      close: () => controller.abort(),
    };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #headers({ token = this.#server.token, accept, type, headers }: CallOptions): Record<string, string> {
    return {
      ...headers,
      "content-type": type ?? "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(accept === undefined ? {} : { accept }),
    };
  }
}

export function configMap(name: string, more: Partial<KubeObject["metadata"]> = {}): any {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default", ...more, name } };
}

/** No controller creates secrets, unlike config maps. */
export function secret(name: string, more: Partial<KubeObject["metadata"]> = {}): any {
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", ...more, name } };
}

export const configMaps = "/api/v1/namespaces/default/configmaps";
