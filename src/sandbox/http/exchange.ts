/** One HTTP request and its response: query, body and answer, as every handler needs them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse as parseYaml } from "yaml";
import type { Clock } from "../../kernel/clock.ts";
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import {
  ApiError,
  badRequest,
  invalid,
  requestTimeout,
  tooLarge,
  tooLong,
  unsupportedMediaType,
} from "../object/status.ts";
import { decodeObject, protobufType } from "../protobuf/kinds.ts";
import type { User } from "../object/user.ts";
import { chooseView } from "./view.ts";
import type { View } from "./view.ts";

/** The default of a real API server. */
const BODY_LIMIT_BYTES: number = 3 * 1024 * 1024;
const FIELD_MANAGER_LIMIT = 128;

/** Headers of every answer: those of priority and fairness name its level and its flow. */
const always = {
  "Cache-Control": "no-cache, private",
  "X-Kubernetes-Pf-Flowschema-Uid": "8c52e8a4-5f0f-4d2e-9a52-0a4a0f0c1a01",
  "X-Kubernetes-Pf-Prioritylevel-Uid": "8c52e8a4-5f0f-4d2e-9a52-0a4a0f0c1a02",
};

/** There is no one left to answer. */
export class ClientGone extends Error {}

export class HttpExchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** Set after authentication. */
  user: User = { name: "system:anonymous", groups: [] };
  readonly #warnings: string[] = [];
  readonly #gone = new AbortController();
  #text = "";
  #received: Promise<Buffer> | undefined;
  #isLate = false;
  #isUnstoppable = false;
  #isCut = false;

  constructor(request: IncomingMessage, response: ServerResponse, clock: Clock) {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    this.method = request.method ?? "GET";
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    this.request = request;
    this.response = response;
    this.clock = clock;
    response.once("close", () => {
      if (!response.writableFinished) this.#gone.abort();
    });
  }

  /** Aborted when the client has gone before its answer was complete. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Answers 504 when the time is over, unless the request has been answered. */
  startDeadline(ms: number): void {
    const cancel = this.clock.after(ms, () => {
      this.#isLate = true;
      const { code, message } = requestTimeout();
      this.sendText(code, message);
    });
    this.response.once("close", cancel);
  }

  /** Throws where a request must not be executed any more: its deadline has passed, or its client has gone. */
  requireTime(): void {
    if (this.#isUnstoppable) return;
    if (this.#isLate) throw requestTimeout();
    if (this.gone.aborted) throw new ClientGone();
  }

  /** From now on the request is executed, even after its deadline and without its client. */
  executeAnyway(): void {
    this.#isUnstoppable = true;
  }

  /** The answer will be the end of the connection. */
  cutAnswer(): void {
    this.#isCut = true;
  }

  /** Ends the connection without an answer; throws. */
  leave(): never {
    this.response.destroy();
    throw new ClientGone();
  }

  /** Reads the body, which `body` and `object` then take from here. Rejects with 413. */
  receive(): Promise<Buffer> {
    this.#received ??= this.#bytes();
    return this.#received;
  }

  /** Throws 406 where no media type of the Accept header is supported. */
  get view(): View {
    const view = chooseView(this.request.headers.accept, this.query.get("includeObject"));
    if (view) return view;
    const message = "only the following media types are accepted: application/json";
    throw new ApiError(406, "NotAcceptable", message);
  }

  get contentType(): string {
    return (this.request.headers["content-type"] ?? "application/json").split(";")[0]?.trim() ?? "";
  }

  get isDryRun(): boolean {
    const values = this.query.getAll("dryRun");
    if (values.some((value) => value !== "All"))
      throw badRequest(`Invalid value: ${JSON.stringify(values)}: dryRun`);
    return values.length > 0;
  }

  /** The manager in `managedFields`: the query parameter, else the first word of the User-Agent. Throws 422. */
  get fieldManager(): string {
    const asked = this.query.get("fieldManager") ?? "";
    if (asked.length > FIELD_MANAGER_LIMIT) {
      const subject = {
        group: "meta.k8s.io",
        kind: `${this.method === "PATCH" ? "Patch" : "Update"}Options`,
        name: "",
      };
      throw invalid(subject, [tooLong("fieldManager", FIELD_MANAGER_LIMIT)]);
    }
    const agent = (this.request.headers["user-agent"] ?? "").split("/")[0] ?? "";
    return asked || agent.slice(0, FIELD_MANAGER_LIMIT) || "unknown";
  }

  /** The body as it was sent; "" for protobuf, and before `body` has read it. */
  get text(): string {
    return this.#text;
  }

  /** The body as JSON, whatever its media type; throws 400 and 413. */
  async body(): Promise<Json> {
    const bytes = await this.receive();
    if (bytes.byteLength === 0) return null;
    if (this.contentType === protobufType) return decodeObject(bytes);
    const text = bytes.toString("utf8");
    this.#text = text;
    try {
      // JSON is valid YAML and often sent as such; it is parsed faster as JSON.
      const isYaml = this.contentType.endsWith("yaml") && !text.trimStart().startsWith("{");
      return isYaml ? (parseYaml(text) as Json) : (JSON.parse(text) as Json);
    } catch (error) {
      throw badRequest(`error decoding the body: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The object in the body, in one of the supported formats; throws 400, 413 and 415. */
  async object(): Promise<JsonObject> {
    if (!["application/json", "application/yaml", protobufType, ""].includes(this.contentType)) {
      const accepted = `application/json, application/yaml, ${protobufType}`;
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
      );
    }
    const body = await this.body();
    if (!isObject(body)) throw badRequest("the body is not an object");
    return body;
  }

  send(code: number, body: JsonObject): void {
    this.sendBytes(code, "application/json", Buffer.from(`${JSON.stringify(body)}\n`));
  }

  /** Adds warnings, which `kubectl` prints (RFC 7234 §5.5, code 299). */
  warn(texts: readonly string[]): void {
    this.#warnings.push(...texts.map((text) => `299 - "${text.replaceAll(/["\\]/g, "\\$&")}"`));
    if (this.#warnings.length > 0) this.response.setHeader("Warning", this.#warnings);
  }

  sendText(code: number, text: string): void {
    this.sendBytes(code, "text/plain; charset=utf-8", Buffer.from(text));
  }

  sendBytes(code: number, contentType: string, bytes: Uint8Array): void {
    const { response } = this;
    if (this.#isCut) response.destroy();
    if (response.headersSent || response.destroyed) return;
    const length = { "Content-Type": contentType, "Content-Length": bytes.byteLength };
    response.writeHead(code, { ...length, ...always });
    response.end(this.method === "HEAD" ? undefined : bytes);
  }

  async #bytes(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > BODY_LIMIT_BYTES) throw tooLarge(BODY_LIMIT_BYTES);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}
