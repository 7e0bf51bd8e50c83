/** A request and a response without a socket, as far as the sandbox's API server looks at them. */
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

export type WireRequest = {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** "" = none. */
  readonly body: string;
};

export type Headers = Readonly<Record<string, string>>;

/** What the client gets to see, in this order. */
export type Receiver = {
  readonly onHead: (status: number, headers: Headers) => void;
  readonly onChunk: (text: string) => void;
  readonly onEnd: () => void;
  /** The connection broke. */
  readonly onCut: () => void;
};

export function incoming({ method, url, headers, body }: WireRequest): IncomingMessage {
  const request = {
    method,
    url,
    headers,
    headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    complete: true,
    socket: null,
    async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
      if (body !== "") yield Buffer.from(body);
    },
  };
  return request as unknown as IncomingMessage;
}

export class SimResponse extends EventEmitter {
  headersSent = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;
  readonly writableLength = 0;
  readonly #receiver: Receiver;
  readonly #headers: Record<string, string> = {};

  constructor(receiver: Receiver) {
    super();
    this.#receiver = receiver;
  }

  get asServerResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }

  setHeader(name: string, value: string | readonly string[]): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  writeHead(status: number, headers: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(headers)) this.#headers[name.toLowerCase()] = String(value);
    this.headersSent = true;
    this.#receiver.onHead(status, this.#headers);
  }

  flushHeaders(): void {
    // Sent already.
  }

  write(text: string): void {
    this.#receiver.onChunk(text);
  }

  end(bytes?: Uint8Array): void {
    if (this.destroyed || this.writableEnded) return;
    if (bytes !== undefined) this.#receiver.onChunk(Buffer.from(bytes).toString("utf8"));
    this.writableEnded = true;
    this.writableFinished = true;
    this.#receiver.onEnd();
    this.emit("close");
  }

  /** The connection breaks, by either side. */
  destroy(): void {
    if (this.destroyed || this.writableEnded) return;
    this.destroyed = true;
    this.#receiver.onCut();
    this.emit("close");
  }
}
