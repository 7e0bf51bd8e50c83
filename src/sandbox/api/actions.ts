/** Subresources that act and store nothing: evictions, tokens, finalize, logs, and those that would need a running container. */
import { listAt, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { keyOf, timestamp } from "../object/object.ts";
import { statusDetailsOf } from "../store/resource.ts";
import type { ResourceTable } from "../store/resource.ts";
import { badRequest, conflict, invalid, invalidValue, methodNotAllowed, notFound } from "../object/status.ts";
import { API_AUDIENCE } from "../tls/token.ts";
import type { TokenIssuer, TokenSubject } from "../tls/token.ts";
import type { ObjectStore } from "../store/store.ts";
import type { ObjectWriter } from "../store/writer.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { type ContainerLogs, sendLog } from "./log.ts";
import { readObject } from "./object.ts";
import type { ResourcePath } from "../http/resource-path.ts";

/** The parts of a server that actions use. */
type ActionContext = {
  readonly store: ObjectStore;
  readonly table: ResourceTable;
  readonly writer: ObjectWriter;
  readonly issuer: TokenIssuer;
  readonly logs: ContainerLogs;
};

/** Subresources of pods that would need a running container. */
const running: readonly string[] = ["attach", "exec", "portforward", "proxy"];

/** Whether the subresource is an action, which `act` answers completely. */
export function isAction({ resource, subresource }: ResourcePath): boolean {
  if (resource.group !== "") return false;
  if (resource.plural === "namespaces") return subresource === "finalize";
  if (resource.plural === "serviceaccounts") return subresource === "token";
  return (
    resource.plural === "pods" &&
    (["eviction", "log"].includes(subresource) || running.includes(head(subresource)))
  );
}

function head(path: string): string {
  return path.split("/")[0] ?? "";
}

export async function act(api: ActionContext, target: ResourcePath, exchange: HttpExchange): Promise<void> {
  const { resource, namespace, name, subresource } = target;
  const object = api.store.get(resource, keyOf(namespace, name));
  if (!object) throw notFound(statusDetailsOf(resource, name));
  if (running.includes(head(subresource)))
    throw badRequest(`the sandbox runs no containers: pods have no ${head(subresource)}`);
  if (subresource === "log") {
    sendLog(api, object, exchange);
    return;
  }
  if (subresource === "finalize") {
    await finalize(api, target, exchange);
    return;
  }
  if (exchange.method !== "POST") throw methodNotAllowed();
  const body = await exchange.body();
  if (subresource === "eviction") evict(api, target, { exchange, body });
  else issueToken(api, target, { exchange, body });
}

/** With no finalizers in its spec, a namespace that is being deleted is removed, even if content is left. */
async function finalize(
  { writer }: ActionContext,
  target: ResourcePath,
  exchange: HttpExchange,
): Promise<void> {
  if (exchange.method !== "PUT") throw methodNotAllowed();
  const sent = readObject(await exchange.object(), target);
  const namespace = writer.read(target);
  const isLetGo = listAt(sent, "spec.finalizers").length === 0;
  if (isLetGo && namespace.metadata.deletionTimestamp && !exchange.isDryRun)
    writer.finalize(target.resource, namespace);
  exchange.send(200, isLetGo ? { ...namespace, spec: {} } : namespace);
}

type Asked = { readonly exchange: HttpExchange; readonly body: Json };

function evict({ writer }: ActionContext, target: ResourcePath, { exchange, body }: Asked): void {
  const options = objectAt(body, "deleteOptions");
  const isDryRun = exchange.isDryRun || (Array.isArray(options["dryRun"]) && options["dryRun"].length > 0);
  const uid = textAt(options, "preconditions.uid");
  writer.delete(target, { isDryRun, ...(uid && { uid }) });
  exchange.send(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

const HOUR_SECONDS = 3600;
const SHORTEST_SECONDS = 600;

/** Issues a token that ends with its time, its account, or the object that it is bound to. */
function issueToken(
  { store, table, issuer, writer }: ActionContext,
  target: ResourcePath,
  { exchange, body }: Asked,
): void {
  const { namespace, name } = target;
  const spec = objectAt(body, "spec");
  const seconds = numberAt(spec, "expirationSeconds") ?? HOUR_SECONDS;
  if (seconds < SHORTEST_SECONDS) {
    const why = "may not specify a duration less than 10 minutes";
    const subject = { group: "authentication.k8s.io", kind: "TokenRequest", name };
    throw invalid(subject, [invalidValue("spec.expirationSeconds", seconds, why)]);
  }
  const asked = textsAt(spec, "audiences");
  const audiences = asked.length > 0 ? asked : [API_AUDIENCE];
  const bound = boundObject({ store, table }, namespace, objectAt(spec, "boundObjectRef"));
  const account = { name, uid: writer.read(target).metadata.uid ?? "" };
  const nowMs = exchange.clock.wallMs();
  const expiresMs = nowMs + seconds * 1000;
  const token = issuer.issue({ namespace, account, audiences, expiresMs, ...(bound && { bound }) }, nowMs);
  exchange.send(201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: timestamp(nowMs) },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: timestamp(expiresMs) },
  });
}

/** Throws 404 for an object that does not exist, and 409 where it has another uid. */
function boundObject(
  { store, table }: Pick<ActionContext, "store" | "table">,
  namespace: string,
  ref: JsonObject,
): TokenSubject["bound"] {
  const [kind, name, uid] = [textAt(ref, "kind"), textAt(ref, "name"), textAt(ref, "uid")];
  if (kind === "") return undefined;
  const resource = kind === "Pod" || kind === "Secret" ? table.ofKind("v1", kind) : undefined;
  if (!resource) throw badRequest(`cannot bind token for serviceaccount to object of type ${kind}`);
  const found = store.get(resource, keyOf(namespace, name));
  if (!found) throw notFound(statusDetailsOf(resource, name));
  const own = found.metadata.uid ?? "";
  if (uid !== "" && uid !== own) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(statusDetailsOf(resource, name), why);
  }
  return { kind, name, uid: own };
}
