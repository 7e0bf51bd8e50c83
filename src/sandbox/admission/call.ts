/** A call to a webhook: an AdmissionReview over HTTPS, and its answer. */
import { randomUUID } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { isObject, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { groupsOf } from "../object/user.ts";
import { jsonPatch } from "../merge/patch.ts";
import type { AdmissionAnswer, AdmissionRequest } from "./webhook.ts";

type WebhookServer = { readonly url: string; readonly caPem: string; readonly timeoutMs: number };

/** Rejects where there is no answer that can be understood. */
export async function callWebhook(
  server: WebhookServer,
  request: AdmissionRequest,
): Promise<AdmissionAnswer> {
  const uid = randomUUID();
  const review = {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: reviewOf(request, uid),
  };
  const answer = await post(server, JSON.stringify(review));
  const response = objectAt(answer, "response");
  if (textAt(response, "uid") !== uid) throw new Error("the response has another uid");
  return readAnswer(response, request.object);
}

function reviewOf(request: AdmissionRequest, uid: string): JsonObject {
  const { resource, subresource, namespace, name, operation, user, object, oldObject, isDryRun } = request;
  const { group, version, plural, kind } = resource;
  const requested = {
    requestKind: { group, version, kind },
    requestResource: { group, version, resource: plural },
  };
  return {
    uid,
    kind: requested.requestKind,
    resource: requested.requestResource,
    ...requested,
    ...(subresource !== "" && { subResource: subresource }),
    ...(namespace !== "" && { namespace }),
    name,
    operation,
    userInfo: { username: user.name, groups: groupsOf(user) },
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun: isDryRun,
  };
}

function readAnswer(response: JsonObject, object: KubeObject | undefined): AdmissionAnswer {
  if (response["allowed"] !== true) {
    const status = objectAt(response, "status");
    const code = numberAt(status, "code");
    return {
      isAllowed: false,
      ...(code !== undefined && { code }),
      reason: textAt(status, "reason"),
      message: textAt(status, "message"),
    };
  }
  const warnings = textsAt(response, "warnings");
  const patch = textAt(response, "patch");
  if (patch === "" || !object) return { isAllowed: true, warnings };
  const operations = JSON.parse(Buffer.from(patch, "base64").toString("utf8")) as Json;
  return { isAllowed: true, warnings, object: jsonPatch(object, operations) as KubeObject };
}

function post({ url, caPem, timeoutMs }: WebhookServer, body: string): Promise<Json> {
  const target = `${url}?timeout=${timeoutMs / 1000}s`;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`Post ${JSON.stringify(target)}: ${why}`));
    const options = {
      method: "POST",
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
      ...(caPem !== "" && { ca: caPem }),
    };
    const request = httpsRequest(target, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const answer = parse(text);
        if (response.statusCode === 200 && answer) resolve(answer);
        else fail(`the server answered ${response.statusCode ?? 0}`);
      });
    });
    request.on("error", (error) => fail(error.message));
    request.end(body);
  });
}

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
