/**
 * The logs of containers. The sandbox runs none, so a log has the line that its container started, and then what is written to it
 * within the process.
 */
import { listAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { badRequest, methodNotAllowed } from "../object/status.ts";
import type { ObjectStore } from "../store/store.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { readCount } from "./list.ts";

type LogPlace = { readonly namespace: string; readonly pod: string; readonly container: string };
type LogLine = { readonly wallMs: number; readonly text: string };

/** What was written to the logs of a server. */
export class ContainerLogs {
  readonly #lines = new Map<string, LogLine[]>();
  readonly #readers = new Map<string, Set<(line: LogLine) => void>>();

  /** `text`: without a newline. */
  write(place: LogPlace, line: LogLine): void {
    const key = keyIn(place);
    this.#lines.set(key, [...(this.#lines.get(key) ?? []), line]);
    for (const reader of this.#readers.get(key) ?? []) reader(line);
  }

  linesOf(place: LogPlace): readonly LogLine[] {
    return this.#lines.get(keyIn(place)) ?? [];
  }

  /** Calls `reader` for every later line; the returned function ends that. */
  follow(place: LogPlace, reader: (line: LogLine) => void): () => void {
    const key = keyIn(place);
    const readers = this.#readers.get(key) ?? new Set();
    this.#readers.set(key, readers.add(reader));
    return () => void readers.delete(reader);
  }
}

function keyIn({ namespace, pod, container }: LogPlace): string {
  return `${namespace}/${pod}/${container}`;
}

type LogContext = { readonly store: ObjectStore; readonly logs: ContainerLogs };

/** Throws 400 where the container cannot be told, or has not started, as a kubelet says it. */
export function sendLog({ store, logs }: LogContext, pod: KubeObject, exchange: HttpExchange): void {
  const { query, response, method } = exchange;
  if (method !== "GET") throw methodNotAllowed();
  const { name, namespace = "" } = pod.metadata;
  const container = containerIn(pod, query.get("container") ?? "");
  const place = { namespace, pod: name, container };
  const lines = [startOf(pod, container), ...logs.linesOf(place)];
  if (isSet(query, "previous"))
    throw badRequest(`previous terminated container ${quoted(container)} in pod ${quoted(name)} not found`);
  const sinceMs = exchange.clock.wallMs() - readCount(query, "sinceSeconds") * 1000;
  const recent = query.has("sinceSeconds") ? lines.filter(({ wallMs }) => wallMs >= sinceMs) : lines;
  const tail = query.has("tailLines") ? readCount(query, "tailLines") : recent.length;
  const send = ({ wallMs, text }: LogLine): void => {
    const time = isSet(query, "timestamps") ? `${new Date(wallMs).toISOString()} ` : "";
    response.write(`${time}${text}\n`);
  };
  response.writeHead(200, { "Content-Type": "text/plain" });
  response.flushHeaders();
  for (const line of recent.slice(Math.max(0, recent.length - tail))) send(line);
  if (!isSet(query, "follow")) {
    response.end();
    return;
  }
  const endFollowing = logs.follow(place, send);
  const endWatching = store.subscribe(({ kind, object }) => {
    if (kind === "DELETED" && object.metadata.uid === pod.metadata.uid) response.end();
  });
  response.once("close", () => {
    endFollowing();
    endWatching();
  });
}

function containerIn(pod: KubeObject, asked: string): string {
  const { name } = pod.metadata;
  const names = listAt(pod, "spec.containers").map((container) => textAt(container, "name"));
  const [first = "", second] = names;
  if (asked === "" && second !== undefined)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  if (asked !== "" && !names.includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked || first;
}

function startOf(pod: KubeObject, container: string): LogLine {
  const status = listAt(pod, "status.containerStatuses").find((one) => textAt(one, "name") === container);
  const startedAt = textAt(status, "state.running.startedAt");
  if (startedAt === "")
    throw badRequest(
      `container ${quoted(container)} in pod ${quoted(pod.metadata.name)} is waiting to start: ContainerCreating`,
    );
  const text = `${container} started, in name only: the sandbox runs no containers`;
  return { wallMs: Date.parse(startedAt), text };
}

function isSet(query: URLSearchParams, name: string): boolean {
  return /^(1|t|true)$/i.test(query.get(name) ?? "");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
