/** Subresources that act and store nothing: evictions, tokens, finalize, and those that would need a running container. */
import { isObject, listAt, numberAt, objectAt, textAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import { keyOf, timestamp } from "../object/object.ts";
import { statusDetailsOf } from "../store/resource.ts";
import { badRequest, methodNotAllowed, notFound } from "../object/status.ts";
import { accountName, serviceAccountToken } from "../tls/token.ts";
import type { Authenticator } from "../http/authenticator.ts";
import type { ObjectStore } from "../store/store.ts";
import type { ObjectWriter } from "../store/writer.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { readObject } from "./object.ts";
import type { ResourcePath } from "../http/resource-path.ts";

/** The parts of a server that actions use. */
type ActionContext = {
  readonly store: ObjectStore;
  readonly writer: ObjectWriter;
  readonly authenticator: Authenticator;
  readonly random: () => number;
};

/** Subresources of pods that would need a running container. */
const running: readonly string[] = ["attach", "exec", "log", "portforward", "proxy"];

/** Whether the subresource is an action, which `act` answers completely. */
export function isAction({ resource, subresource }: ResourcePath): boolean {
  if (resource.group !== "") return false;
  if (resource.plural === "namespaces") return subresource === "finalize";
  if (resource.plural === "serviceaccounts") return subresource === "token";
  return resource.plural === "pods" && (subresource === "eviction" || running.includes(head(subresource)));
}

function head(path: string): string {
  return path.split("/")[0] ?? "";
}

export async function act(api: ActionContext, target: ResourcePath, exchange: HttpExchange): Promise<void> {
  const { resource, namespace, name, subresource } = target;
  if (!api.store.get(resource, keyOf(namespace, name))) throw notFound(statusDetailsOf(resource, name));
  if (running.includes(head(subresource)))
    throw badRequest(`the sandbox runs no containers: pods have no ${head(subresource)}`);
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

/** Issues a token that is valid while the server runs; the requested lifetime is reported but not enforced. */
function issueToken(
  { authenticator, random }: ActionContext,
  { namespace, name }: ResourcePath,
  { exchange, body }: Asked,
): void {
  const asked = isObject(body) ? body : {};
  const seconds = numberAt(asked, "spec.expirationSeconds") ?? HOUR_SECONDS;
  const token = serviceAccountToken(namespace, name, random);
  if (!exchange.isDryRun) authenticator.addToken(token, accountName(namespace, name));
  const spec = {
    audiences: ["https://kubernetes.default.svc"],
    ...objectAt(asked, "spec"),
    expirationSeconds: seconds,
  };
  exchange.send(201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: timestamp(exchange.clock.wallMs()) },
    spec,
    status: { token, expirationTimestamp: timestamp(exchange.clock.wallMs() + seconds * 1000) },
  });
}
