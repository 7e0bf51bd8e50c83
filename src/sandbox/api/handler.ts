/** Dispatches a request: authentication, the resource, and the verb. Every failure is answered with a Status. */
import type { Log } from "../../kernel/log.ts";
import { messageOf } from "../../kernel/error.ts";
import { statusDetailsOf } from "../store/resource.ts";
import type { ResourceTable } from "../store/resource.ts";
import {
  ApiError,
  PlainError,
  methodNotAllowed,
  noSuchPath,
  notFound,
  unauthorized,
  versionTooLarge,
} from "../object/status.ts";
import type { ObjectStore } from "../store/store.ts";
import type { ObjectWriter } from "../store/writer.ts";
import type { AccessControl } from "../access/access.ts";
import { readAccessRequest } from "../http/access-request.ts";
import type { TokenIssuer } from "../tls/token.ts";
import type { WebhookTable } from "../admission/webhooks.ts";
import type { FaultTable } from "../faults/fault-table.ts";
import { act, isAction } from "./actions.ts";
import { meetFault } from "./fault.ts";
import { actingUser } from "./identity.ts";
import { isPublicPath } from "../http/authenticator.ts";
import type { Authenticator } from "../http/authenticator.ts";
import { sendDocument } from "../discovery/documents.ts";
import { readTimeout } from "../http/duration.ts";
import { ClientGone } from "../http/exchange.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { isWatch, list, readVersion } from "./list.ts";
import type { ContainerLogs } from "./log.ts";
import { readScale, scales } from "../kinds/scale.ts";
import { parseResourcePath } from "../http/resource-path.ts";
import type { ResourcePath } from "../http/resource-path.ts";
import { viewList, viewObject } from "../http/view.ts";
import { watch } from "./watch.ts";
import type { WatchSettings } from "./watch.ts";
import { create, patch, remove, replace } from "./write.ts";

export type ApiContext = {
  readonly store: ObjectStore;
  readonly table: ResourceTable;
  readonly writer: ObjectWriter;
  readonly authenticator: Authenticator;
  readonly access: AccessControl;
  readonly issuer: TokenIssuer;
  readonly logs: ContainerLogs;
  readonly faults: FaultTable;
  readonly webhooks: WebhookTable;
  readonly watchSettings: WatchSettings;
  readonly hasApply?: boolean;
  readonly log: Log;
};

/** Always answers, also when the handler throws. */
export async function handle(api: ApiContext, exchange: HttpExchange): Promise<void> {
  try {
    await serveWithin(api, exchange);
  } catch (error) {
    // A request that is still being received fails when its client goes.
    if (error instanceof ClientGone || exchange.gone.aborted) return;
    if (error instanceof PlainError) {
      exchange.sendText(error.code, error.message);
      return;
    }
    const known =
      error instanceof ApiError
        ? error
        : new ApiError(500, "InternalError", `Internal error occurred: ${messageOf(error)}`);
    if (!(error instanceof ApiError)) api.log.error({ error, path: exchange.path }, "request failed");
    // On HTTP/1 the unread rest of a body would be taken for the next request.
    const { complete: isComplete, httpVersionMajor } = exchange.request;
    if (!isComplete && httpVersionMajor === 1) exchange.response.setHeader("Connection", "close");
    exchange.send(known.code, known.status);
  }
}

async function serveWithin(api: ApiContext, exchange: HttpExchange): Promise<void> {
  if (!isPublicPath(exchange.path)) identify(api, exchange);
  const timeoutMs = readTimeout(exchange.query);
  if (timeoutMs !== undefined && timeoutMs > 0 && !isWatch(exchange.query)) exchange.startDeadline(timeoutMs);
  const { method } = exchange;
  const isWrite = method !== "GET" && method !== "HEAD";
  const effect = api.faults.take({ ...readAccessRequest(exchange), method, isWrite });
  if (effect) await meetFault(effect, exchange);
  await route(api, exchange);
}

/** Throws 401 for an unknown user, and 403 where the user may not do this. */
function identify({ authenticator, access }: ApiContext, exchange: HttpExchange): void {
  const { request } = exchange;
  const user = authenticator.authenticate(request);
  if (!user) throw unauthorized();
  exchange.user = actingUser(access, user, request);
  access.require(exchange.user, readAccessRequest(exchange));
}

async function route(api: ApiContext, exchange: HttpExchange): Promise<void> {
  const target = parseResourcePath(exchange.path, api.table);
  if (!target) {
    sendDocument(api.table, exchange);
    return;
  }
  if (target.name !== "" && isAction(target)) {
    await act(api, target, exchange);
    return;
  }
  checkSubresource(target);
  if (target.resource.deprecationWarning !== undefined) exchange.warn([target.resource.deprecationWarning]);
  await serve(api, target, exchange);
}

async function serve(api: ApiContext, target: ResourcePath, exchange: HttpExchange): Promise<void> {
  const { store, table, writer, access, webhooks, hasApply } = api;
  const writing = { store, table, writer, access, webhooks, target, hasApply };
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

function read(api: ApiContext, target: ResourcePath, exchange: HttpExchange): void {
  const { resource, name, subresource } = target;
  if (resource.review) throw methodNotAllowed();
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

function checkSubresource({ resource, name, subresource }: ResourcePath): void {
  if (subresource === "") return;
  if (subresource === "status" && resource.hasStatus) return;
  if (subresource === "scale" && resource.scale) return;
  throw resource.schema ? notFound(statusDetailsOf(resource, name)) : noSuchPath();
}
