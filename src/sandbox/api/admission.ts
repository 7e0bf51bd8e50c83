/** Writes and webhooks: a write is prepared, shown to the webhooks that it concerns, and made as they leave it. */
import type { AdmissionRequest } from "../admission/webhook.ts";
import type { KubeObject } from "../object/object.ts";
import { conflict, optimisticLockMessage } from "../object/status.ts";
import { statusDetailsOf } from "../store/resource.ts";
import type { ObjectWriteOptions } from "../store/writer.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { clientOptions } from "./object.ts";
import type { WriteContext } from "./object.ts";

/** After as many changes of the object while the webhooks were asked, the write is a conflict. */
const ATTEMPTS = 5;

type Prepared = { readonly after: KubeObject; readonly before: KubeObject | undefined };

/** The object has changed since it was shown to the webhooks. */
class StaleAnswer extends Error {}

/** Calls `write` once, or first without an effect to see what the webhooks are to be asked about. */
export async function admitted<T>(
  writing: WriteContext,
  exchange: HttpExchange,
  write: (options: ObjectWriteOptions) => T,
): Promise<T> {
  const common = clientOptions(writing, exchange);
  const { webhooks, target } = writing;
  if (webhooks.isEmpty || target.resource.review) return write(common);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const prepared: Prepared[] = [];
    const prepare = (after: KubeObject, before: KubeObject | undefined): KubeObject => {
      prepared.push({ after, before });
      return after;
    };
    write({ ...common, isDryRun: true, mutate: prepare });
    const [seen] = prepared;
    if (!seen) return write(common);
    const answer = await webhooks.ask(requestFor(writing, exchange, seen), (texts) => exchange.warn(texts));
    exchange.requireTime();
    const mutate = (_: KubeObject, before: KubeObject | undefined): KubeObject => {
      if (before?.metadata.resourceVersion !== seen.before?.metadata.resourceVersion) throw new StaleAnswer();
      return answer ?? seen.after;
    };
    try {
      return write({ ...common, mutate });
    } catch (error) {
      if (!(error instanceof StaleAnswer)) throw error;
    }
  }
  throw conflict(statusDetailsOf(target.resource, target.name), optimisticLockMessage);
}

/** Throws the refusal of a webhook that must be asked before these objects are deleted. */
export async function askBeforeDelete(
  writing: WriteContext,
  exchange: HttpExchange,
  found: readonly KubeObject[],
): Promise<void> {
  const { webhooks } = writing;
  if (webhooks.isEmpty) return;
  for (const before of found) {
    const { object: _, ...request } = requestFor(writing, exchange, { after: before, before });
    await webhooks.ask({ ...request, operation: "DELETE" }, (texts) => exchange.warn(texts));
  }
  exchange.requireTime();
}

function requestFor(
  { target }: WriteContext,
  { user, isDryRun }: HttpExchange,
  { after, before }: Prepared,
): AdmissionRequest {
  const { name, namespace = "" } = after.metadata;
  const { resource, subresource } = target;
  return {
    operation: before ? "UPDATE" : "CREATE",
    resource,
    subresource,
    namespace,
    name,
    object: after,
    ...(before && { oldObject: before }),
    user,
    isDryRun,
  };
}
