/** Admission webhooks: what they may change or deny, and what writers are told when they do not answer. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, afterEach, describe, test } from "node:test";
import type { Webhook } from "../../src/sandbox/admission/webhook.ts";
import { withMetadata } from "../../src/sandbox/object/object.ts";
import type { KubeObject } from "../../src/sandbox/object/object.ts";
import { createAuthority } from "../../src/sandbox/tls/authority.ts";
import { deployment, deployments, owners, stepsOf } from "./api-steps.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();
const { apply, merge, remove } = stepsOf(client);

const removals: (() => void)[] = [];
const add = (hook: Omit<Webhook, "name">): void => {
  removals.push(server.webhooks.add({ name: "hook.example.com", ...hook }));
};
afterEach(() => {
  for (const removal of removals.splice(0)) removal();
});

describe("a mutating webhook", () => {
  const withReplicas = (object: KubeObject, replicas: number): KubeObject =>
    ({ ...object, spec: { ...(object["spec"] as object), replicas } }) as KubeObject;

  test("changes what is stored, and no one owns what it adds", async () => {
    add({
      kind: "mutating",
      when: ({ resource }) => resource.plural === "configmaps",
      ask: ({ object }) => ({
        isAllowed: true,
        ...(object && { object: withMetadata(object, { labels: { injected: "1" } }) }),
      }),
    });
    const { body } = await apply(configMaps, { ...configMap("injected"), data: { a: "1" } });
    assert.deepEqual(body.metadata.labels, { injected: "1" });
    assert.deepEqual(owners(body)["fedns Apply"], { "f:data": { "f:a": {} } });
    const { body: made } = await client.create(`${configMaps}?fieldManager=x`, {
      ...configMap("made"),
      data: { a: "1" },
    });
    assert.deepEqual(
      [made.metadata.labels, owners(made)["x Update"]],
      [{ injected: "1" }, { "f:data": { "f:a": {} } }],
    );
  });

  test("that overwrites a field leaves its owner, and makes every further apply a no-op", async () => {
    add({
      kind: "mutating",
      when: ({ resource }) => resource.plural === "deployments",
      ask: ({ object }) => ({ isAllowed: true, ...(object && { object: withReplicas(object, 2) }) }),
    });
    const { body } = await apply(deployments, deployment("forced", { replicas: 5 }));
    assert.equal(body.spec.replicas, 2);
    assert.deepEqual(owners(body)["fedns Apply"]["f:spec"]["f:replicas"], {});
    await server.settled();
    const { body: settled } = await client.call(`${deployments}/forced`);
    for (const query of ["", "&force=true", "&dryRun=All"]) {
      const { body: again } = await apply(deployments, deployment("forced", { replicas: 5 }), "fedns", query);
      assert.deepEqual(again, settled, query);
    }
  });

  test("is asked again where the object changes while it thinks", async () => {
    await client.create(configMaps, configMap("racing"));
    let asked = 0;
    add({
      kind: "mutating",
      when: ({ name, operation }) => name === "racing" && operation === "UPDATE",
      async ask() {
        asked += 1;
        if (asked === 1) {
          const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "racing" };
          server.objects.patch(ref, { data: { other: "1" } });
        }
        return { isAllowed: true };
      },
    });
    const { body } = await merge(`${configMaps}/racing`, { data: { mine: "1" } });
    assert.deepEqual([asked, body.data], [2, { other: "1", mine: "1" }]);
  });
});

describe("a validating webhook", () => {
  const deny = (answer: object): void =>
    add({ kind: "validating", ask: () => ({ isAllowed: false, ...answer }) });

  test("that denies has no reason, and the code of its choice or 400", async () => {
    deny({ message: "not today" });
    const { code, body } = await client.create(configMaps, configMap("denied"));
    assert.deepEqual([code, "reason" in body], [400, false]);
    assert.equal(body.message, 'admission webhook "hook.example.com" denied the request: not today');
    removals.pop()?.();
    deny({ code: 429 });
    const busy = await client.create(configMaps, configMap("denied"));
    assert.equal(busy.code, 429);
    assert.equal("retry-after" in busy.headers, false);
    assert.equal(
      busy.body.message,
      'admission webhook "hook.example.com" denied the request without explanation',
    );
  });

  test("is asked before a deletion, with the object that is to go and its user", async () => {
    await client.create(configMaps, configMap("guarded"));
    const seen: unknown[] = [];
    add({
      kind: "validating",
      when: ({ operation }) => operation === "DELETE",
      ask({ oldObject, object, user }) {
        seen.push([oldObject?.metadata.name, object, user.name]);
        return { isAllowed: false, code: 403, message: "kept" };
      },
    });
    assert.equal((await remove(`${configMaps}/guarded`)).code, 403);
    assert.deepEqual(seen, [["guarded", undefined, "sandbox-admin"]]);
    assert.equal((await client.call(`${configMaps}/guarded`)).code, 200);
  });

  test("that does not answer fails the write or is ignored, by its policy", async () => {
    const ask = (): never => {
      throw new Error('Post "https://hook": dial tcp 127.0.0.1:1: connect: connection refused');
    };
    add({ kind: "validating", ask });
    const { code, body } = await client.create(configMaps, configMap("unheard"));
    assert.deepEqual([code, body.reason], [500, "InternalError"]);
    assert.match(body.message, /^Internal error occurred: failed calling webhook "hook\.example\.com": /);
    removals.pop()?.();
    add({ kind: "validating", failurePolicy: "Ignore", ask });
    assert.equal((await client.create(configMaps, configMap("unheard"))).code, 201);
    add({ kind: "validating", timeoutMs: 20, ask: () => new Promise(() => undefined) });
    const slow = await client.create(configMaps, configMap("slow"));
    assert.match(slow.body.message, /context deadline exceeded$/);
  });
});

describe("a webhook configuration with a url", async () => {
  const authority = await createAuthority();
  const { certificatePem, keyPem } = await authority.issueServer("hook");
  const hook = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { uid, object } = JSON.parse(text).request;
      const isBad = object?.data?.bad !== undefined;
      const operations = [{ op: "add", path: "/metadata/labels", value: { called: "1" } }];
      const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
      const allowed = { uid, allowed: true, patch, patchType: "JSONPatch", warnings: ["mind the gap"] };
      const denied = { uid, allowed: false, status: { code: 403, message: "bad data" } };
      response.end(
        JSON.stringify({
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: isBad ? denied : allowed,
        }),
      );
    });
  });
  hook.listen(0, "127.0.0.1");
  await once(hook, "listening");
  after(() => hook.close());

  test("is called for the writes that its rules name", async () => {
    const { port } = hook.address() as AddressInfo;
    const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    const configuration = (url: string): object => ({
      metadata: { name: "called" },
      webhooks: [
        {
          name: "called.example.com",
          clientConfig: { url, caBundle: Buffer.from(authority.caPem).toString("base64") },
          rules: [
            { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
          ],
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
        },
      ],
    });
    await client.create(path, configuration(`https://127.0.0.1:${port}/mutate`));
    const { body, headers } = await client.create(configMaps, configMap("called"));
    assert.deepEqual(body.metadata.labels, { called: "1" });
    assert.match(String(headers["warning"]), /mind the gap/);
    const bad = await client.create(configMaps, { ...configMap("bad"), data: { bad: "1" } });
    assert.deepEqual(
      [bad.code, bad.body.message],
      [403, 'admission webhook "called.example.com" denied the request: bad data'],
    );
    const { body: secret } = await client.create("/api/v1/namespaces/default/secrets", {
      metadata: { name: "s" },
    });
    assert.equal(secret.metadata.labels, undefined);
    await merge(`${path}/called`, { webhooks: (configuration("https://127.0.0.1:1/") as any).webhooks });
    const down = await client.create(configMaps, configMap("down"));
    assert.match(
      down.body.message,
      /failed calling webhook "called\.example\.com": failed to call webhook: Post /,
    );
    await remove(`${path}/called`);
    assert.equal((await client.create(configMaps, configMap("down"))).code, 201);
  });
});
