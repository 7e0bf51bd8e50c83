/** Everything the server answers that is not an object: health, version, discovery and OpenAPI documents. */
import { isPublicPath } from "../http/authenticator.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { methodNotAllowed, noSuchPath, pageNotFound } from "../object/status.ts";
import type { ResourceTable } from "../store/resource.ts";
import { aggregated, aggregatedType, wantsAggregated } from "./aggregated.ts";
import { discover, kubernetesVersion } from "./discovery.ts";
import { openapiV2, openapiV2Protobuf, openapiV2ProtobufType, openapiV3, openapiV3Index } from "./openapi.ts";

/** Answers a path that does not belong to a resource; throws 404 and 405. */
export function sendDocument(table: ResourceTable, exchange: HttpExchange): void {
  const { path } = exchange;
  if (exchange.method !== "GET" && exchange.method !== "HEAD")
    throw isKnown(path, table) ? methodNotAllowed() : unknownPath(path, table);
  if (path === "/version") exchange.send(200, kubernetesVersion);
  else if (isPublicPath(path)) exchange.sendText(200, healthText(path, exchange.query.has("verbose")));
  else if (path === "/") exchange.send(200, { paths: pathsOf(table) });
  else if (path === "/openapi/v2") sendOpenapiV2(table, exchange);
  else if (!sendAggregated(table, exchange)) {
    const found = documentAt(path, table, exchange);
    if (!found) throw unknownPath(path, table);
    exchange.send(200, found);
  }
}

/** Built-in groups answer with a Status; below other groups, and elsewhere, there is nothing that could write one. */
function unknownPath(path: string, table: ResourceTable): Error {
  const [, root, group = ""] = path.split("/");
  if (root === "api") return noSuchPath();
  const isBuiltIn = table.all().some((one) => one.group === group && one.schema === undefined);
  return root === "apis" && isBuiltIn ? noSuchPath() : pageNotFound();
}

/** There is one check only: a server that answers is healthy. */
function healthText(path: string, isVerbose: boolean): string {
  return isVerbose ? `[+]ping ok\n${path.slice(1)} check passed\n` : "ok";
}

/** The list of paths at the root of the API. */
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

/** The same path has two representations, so caches must vary by Accept. */
function sendAggregated(table: ResourceTable, exchange: HttpExchange): boolean {
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

function documentAt(path: string, table: ResourceTable, exchange: HttpExchange): ReturnType<typeof discover> {
  if (path === "/openapi/v3") return openapiV3Index(table);
  if (path.startsWith("/openapi/v3/")) return openapiV3(path.slice("/openapi/v3/".length), table);
  return discover(path, table, exchange.request.headers.host ?? "");
}

function isKnown(path: string, table: ResourceTable): boolean {
  return isPublicPath(path) || discover(path, table, "") !== undefined;
}

function sendOpenapiV2(table: ResourceTable, exchange: HttpExchange): void {
  const accept = exchange.request.headers.accept ?? "";
  // kubectl 1.20 accepts only protobuf.
  if (!accept.includes("proto-openapi.spec.v2")) exchange.send(200, openapiV2(table));
  else exchange.sendBytes(200, openapiV2ProtobufType, openapiV2Protobuf(table));
}
