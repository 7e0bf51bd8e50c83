/** From a request to its handler: who is asking, what for, and which verb. Every failure ends as a Status. */
import type { Log } from "../../kernel/log.ts";
import { messageOf } from "../../kernel/error.ts";
import type { ResourceTable } from "../store/resource.ts";
import { ApiError, methodNotAllowed, noSuchPath, unauthorized, versionTooLarge } from "../object/status.ts";
import type { Store } from "../store/store.ts";
import type { Writer } from "../store/writer.ts";
import { act, isAction } from "./actions.ts";
import { aggregated, aggregatedType, wantsAggregated } from "../discovery/aggregated.ts";
import { isOpen } from "../http/users.ts";
import type { Users } from "../http/users.ts";
import { discover, kubernetesVersion } from "../discovery/discovery.ts";
import type { Exchange } from "../http/exchange.ts";
import { isWatch, list, readVersion } from "./list.ts";
import {
  openapiV2,
  openapiV2Protobuf,
  openapiV2ProtobufType,
  openapiV3,
  openapiV3Index,
} from "../discovery/openapi.ts";
import { readScale, scales } from "../kinds/scale.ts";
import { parseTarget } from "../http/resource-path.ts";
import type { Target } from "../http/resource-path.ts";
import { viewList, viewObject } from "../http/view.ts";
import { watch } from "./watch.ts";
import type { WatchSettings } from "./watch.ts";
import { create, patch, remove, replace } from "./write.ts";

export type Api = {
  readonly store: Store;
  readonly table: ResourceTable;
  readonly writer: Writer;
  readonly users: Users;
  readonly watchSettings: WatchSettings;
  readonly log: Log;
  readonly random: () => number;
};

/** Answers the exchange, whatever happens. */
export async function handle(api: Api, exchange: Exchange): Promise<void> {
  try {
    if (!isOpen(exchange.path) && !api.users.identify(exchange.request)) throw unauthorized();
    await route(api, exchange);
  } catch (error) {
    const known =
      error instanceof ApiError
        ? error
        : new ApiError(500, "InternalError", `Internal error occurred: ${messageOf(error)}`);
    if (!(error instanceof ApiError)) api.log.error({ error, path: exchange.path }, "request failed");
    // What is left of a body nobody read would be taken for the next request.
    if (!exchange.request.complete) exchange.response.setHeader("Connection", "close");
    exchange.send(known.code, known.status);
  }
}

async function route(api: Api, exchange: Exchange): Promise<void> {
  const target = parseTarget(exchange.path, api.table);
  if (!target) {
    sendDocument(api, exchange);
    return;
  }
  if (target.name !== "" && isAction(target)) {
    await act(api, target, exchange);
    return;
  }
  checkSubresource(target);
  if (target.resource.warning !== undefined) exchange.warn([target.resource.warning]);
  await serve(api, target, exchange);
}

async function serve(api: Api, target: Target, exchange: Exchange): Promise<void> {
  const writing = { store: api.store, writer: api.writer, target };
  switch (exchange.method) {
    case "GET":
    case "HEAD":
      read(api, target, exchange);
      return;
    case "POST":
      await create(writing, exchange);
      return;
    case "PUT":
      await replace(writing, exchange);
      return;
    case "PATCH":
      await patch(writing, exchange);
      return;
    case "DELETE":
      await remove(writing, exchange);
      return;
    default:
      throw methodNotAllowed();
  }
}

function read(api: Api, target: Target, exchange: Exchange): void {
  const { resource, name, subresource } = target;
  if (resource.answer) throw methodNotAllowed();
  const nowMs = exchange.clock.wallMs();
  if (isWatch(exchange.query)) {
    watch(api, target, exchange);
    return;
  }
  if (name === "") {
    exchange.send(200, viewList(exchange.view, list(api.store, target, exchange.query), resource, nowMs));
    return;
  }
  const asked = readVersion(exchange.query.get("resourceVersion")) ?? 0;
  if (asked > api.store.version) throw versionTooLarge(asked, api.store.version);
  const object = api.writer.read(target);
  if (subresource === "scale")
    exchange.send(200, viewObject(exchange.view, readScale(resource, object), scales, nowMs));
  else exchange.send(200, viewObject(exchange.view, object, resource, nowMs));
}

function checkSubresource({ resource, subresource }: Target): void {
  if (subresource === "") return;
  if (subresource === "status" && resource.hasStatus) return;
  if (subresource === "scale" && resource.scale) return;
  throw noSuchPath();
}

/** Everything that is not an object: health, version, discovery and the OpenAPI documents. */
function sendDocument({ table }: Api, exchange: Exchange): void {
  const { path } = exchange;
  if (exchange.method !== "GET" && exchange.method !== "HEAD")
    throw isKnown(path, table) ? methodNotAllowed() : noSuchPath();
  if (path === "/version") exchange.send(200, kubernetesVersion);
  else if (isOpen(path)) exchange.sendText(200, healthText(path, exchange.query.has("verbose")));
  else if (path === "/") exchange.send(200, { paths: pathsOf(table) });
  else if (path === "/openapi/v2") sendOpenapiV2(table, exchange);
  else if (!sendAggregated(table, exchange)) {
    const found = documentAt(path, table, exchange);
    if (!found) throw noSuchPath();
    exchange.send(200, found);
  }
}

/** One check is all there is: whoever answers is well. */
function healthText(path: string, isVerbose: boolean): string {
  return isVerbose ? `[+]ping ok\n${path.slice(1)} check passed\n` : "ok";
}

/** What a browser of the API finds at its root. */
function pathsOf(table: ResourceTable): readonly string[] {
  const groups = table
    .all()
    .flatMap(({ group, version }) => (group ? [`/apis/${group}`, `/apis/${group}/${version}`] : []));
  const fixed = [
    "/api",
    "/api/v1",
    "/apis",
    "/healthz",
    "/livez",
    "/openapi/v2",
    "/openapi/v3",
    "/readyz",
    "/version",
  ];
  return [...new Set([...fixed, ...groups])].toSorted();
}

/** The same address answers in two forms, so caches must look at what was accepted. */
function sendAggregated(table: ResourceTable, exchange: Exchange): boolean {
  const { path, request, response } = exchange;
  const version = wantsAggregated(path, request.headers.accept);
  if (/^\/apis?\/?$/.test(path)) response.setHeader("Vary", "Accept");
  if (version === undefined) return false;
  const etag = `"sandbox-${table.serial}"`;
  response.setHeader("ETag", etag);
  const isKnownToClient = request.headers["if-none-match"] === etag;
  const body = isKnownToClient ? "" : `${JSON.stringify(aggregated(path, version, table))}\n`;
  exchange.sendBytes(isKnownToClient ? 304 : 200, aggregatedType(version), Buffer.from(body));
  return true;
}

function documentAt(path: string, table: ResourceTable, exchange: Exchange): ReturnType<typeof discover> {
  if (path === "/openapi/v3") return openapiV3Index(table);
  if (path.startsWith("/openapi/v3/")) return openapiV3(path.slice("/openapi/v3/".length), table);
  return discover(path, table, exchange.request.headers.host ?? "");
}

function isKnown(path: string, table: ResourceTable): boolean {
  return isOpen(path) || discover(path, table, "") !== undefined;
}

function sendOpenapiV2(table: ResourceTable, exchange: Exchange): void {
  const accept = exchange.request.headers.accept ?? "";
  // kubectl 1.20 accepts nothing but protobuf.
  if (!accept.includes("proto-openapi.spec.v2")) exchange.send(200, openapiV2(table));
  else exchange.sendBytes(200, openapiV2ProtobufType, openapiV2Protobuf(table));
}
