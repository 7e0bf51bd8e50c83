/** Webhooks of the configurations in the cluster (admissionregistration.k8s.io/v1), as far as they name a URL. */
import { isObject, listAt, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { labelSelectorMatches } from "../object/selector.ts";
import type { ObjectClient } from "../store/objects.ts";
import { callWebhook } from "./call.ts";
import type { AdmissionRequest, Webhook } from "./webhook.ts";

const apiVersion = "admissionregistration.k8s.io/v1";
const kinds = {
  mutating: "MutatingWebhookConfiguration",
  validating: "ValidatingWebhookConfiguration",
} as const;

/** Reads the configurations again after they change. */
export function configuredWebhooks(objects: ObjectClient): () => readonly Webhook[] {
  let known: readonly Webhook[] | undefined;
  objects.subscribe(({ object }) => {
    if (object.apiVersion === apiVersion) known = undefined;
  });
  const read = (kind: Webhook["kind"]): readonly Webhook[] =>
    objects
      .list(apiVersion, kinds[kind])
      .flatMap((configuration) =>
        listAt(configuration, "webhooks").flatMap((entry) => webhookOf(kind, entry, objects) ?? []),
      );
  return () => (known ??= [...read("mutating"), ...read("validating")]);
}

/** Undefined for a webhook behind a Service: nothing runs in the sandbox that could answer. */
function webhookOf(kind: Webhook["kind"], entry: Json, objects: ObjectClient): Webhook | undefined {
  const url = textAt(entry, "clientConfig.url");
  if (url === "" || !isObject(entry)) return undefined;
  const caPem = Buffer.from(textAt(entry, "clientConfig.caBundle"), "base64").toString("utf8");
  const timeoutMs = (numberAt(entry, "timeoutSeconds") ?? 10) * 1000;
  return {
    name: textAt(entry, "name"),
    kind,
    failurePolicy: textAt(entry, "failurePolicy") === "Ignore" ? "Ignore" : "Fail",
    timeoutMs,
    when: (request) => concerns(entry, request, objects),
    ask: (request) => callWebhook({ url, caPem, timeoutMs }, request),
  };
}

function concerns(entry: JsonObject, request: AdmissionRequest, objects: ObjectClient): boolean {
  const isRule = listAt(entry, "rules").some((rule) => matchesRule(rule, request));
  if (!isRule) return false;
  const labels = (request.object ?? request.oldObject)?.metadata.labels ?? {};
  if (!labelSelectorMatches(objectAt(entry, "objectSelector"), labels)) return false;
  const selector = objectAt(entry, "namespaceSelector");
  if (request.namespace === "") return true;
  const namespace = objects.get({ apiVersion: "v1", kind: "Namespace", name: request.namespace });
  return labelSelectorMatches(selector, namespace?.metadata.labels ?? {});
}

function matchesRule(rule: Json, { operation, resource, subresource }: AdmissionRequest): boolean {
  const has = (list: string, one: string): boolean => {
    const all = textsAt(rule, list);
    return all.includes("*") || all.includes(one);
  };
  const names = textsAt(rule, "resources");
  const asked = subresource === "" ? resource.plural : `${resource.plural}/${subresource}`;
  const isNamed =
    names.includes("*/*") ||
    names.includes(asked) ||
    (subresource === ""
      ? names.includes("*")
      : names.includes(`*/${subresource}`) || names.includes(`${resource.plural}/*`));
  const scope = textAt(rule, "scope") || "*";
  const isInScope = scope === "*" || (scope === "Namespaced") === resource.namespaced;
  return (
    has("operations", operation) &&
    has("apiGroups", resource.group) &&
    has("apiVersions", resource.version) &&
    isNamed &&
    isInScope
  );
}
