/** Tokens of service accounts: whom they stand for, and how long they are valid. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeClock } from "../support/fake-clock.ts";
import { startServer } from "./server.ts";

const clock = new FakeClock();
const { server, client } = await startServer({ clock });
const accounts = "/api/v1/namespaces/default/serviceaccounts";
const secrets = "/api/v1/namespaces/default/secrets";
const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
const selfReviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

const codeOf = async (token: string): Promise<number> => (await client.call("/apis", { token })).code;
const issue = async (account: string, spec: object = {}): Promise<string> => {
  const { code, body } = await client.create(`${accounts}/${account}/token`, { spec });
  assert.equal(code, 201, body.message);
  return body.status.token as string;
};

describe("a token of a service account", () => {
  test("stands for the account and its groups", async () => {
    const { body: account } = await client.create(accounts, { metadata: { name: "who" } });
    const token = await issue("who");
    const { body } = await client.call(selfReviews, { method: "POST", body: {}, token });
    assert.deepEqual(body.status.userInfo, {
      username: "system:serviceaccount:default:who",
      uid: account.metadata.uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    const { body: review } = await client.create(reviews, { spec: { token } });
    assert.equal(review.status.authenticated, true);
    const { body: wrong } = await client.create(reviews, { spec: { token: `${token}x` } });
    assert.deepEqual(wrong.status, { user: {}, error: "[invalid bearer token]" });
  });

  test("ends after its lifetime, which is 10 minutes at least", async () => {
    await client.create(accounts, { metadata: { name: "timed" } });
    const token = await issue("timed", { expirationSeconds: 600 });
    clock.advance(599_000);
    assert.equal(await codeOf(token), 200);
    clock.advance(2000);
    assert.equal(await codeOf(token), 401);
    const { code, body } = await client.create(`${accounts}/timed/token`, {
      spec: { expirationSeconds: 599 },
    });
    assert.equal(code, 422);
    assert.match(body.message, /may not specify a duration less than 10 minutes/);
  });

  test("ends with its account, also if another account gets the name", async () => {
    await client.create(accounts, { metadata: { name: "brief" } });
    const token = await issue("brief");
    assert.equal(await codeOf(token), 200);
    await client.call(`${accounts}/brief`, { method: "DELETE" });
    assert.equal(await codeOf(token), 401);
    await client.create(accounts, { metadata: { name: "brief" } });
    assert.equal(await codeOf(token), 401);
  });

  test("ends with the object that it is bound to", async () => {
    await client.create(accounts, { metadata: { name: "bound" } });
    const missing = { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "lease" } };
    assert.equal((await client.create(`${accounts}/bound/token`, { spec: missing })).code, 404);
    await client.create(secrets, { metadata: { name: "lease" } });
    const token = await issue("bound", missing);
    assert.equal(await codeOf(token), 200);
    await client.call(`${secrets}/lease`, { method: "DELETE" });
    assert.equal(await codeOf(token), 401);
  });

  test("for another audience is not for the API server", async () => {
    await client.create(accounts, { metadata: { name: "vault" } });
    const token = await issue("vault", { audiences: ["vault"] });
    assert.equal(await codeOf(token), 401);
    const { body } = await client.create(reviews, { spec: { token, audiences: ["vault", "other"] } });
    assert.deepEqual(body.status.audiences, ["vault"]);
  });

  test("in a Secret ends with the Secret, and the Secret with the account", async () => {
    await client.create(accounts, { metadata: { name: "old" } });
    const make = async (name: string): Promise<string> => {
      const metadata = { name, annotations: { "kubernetes.io/service-account.name": "old" } };
      await client.create(secrets, { metadata, type: "kubernetes.io/service-account-token" });
      await server.settled();
      const { body } = await client.call(`${secrets}/${name}`);
      return Buffer.from(body.data.token, "base64").toString();
    };
    const [first, second] = [await make("first"), await make("second")];
    clock.advance(365 * 24 * 3600_000);
    assert.deepEqual([await codeOf(first), await codeOf(second)], [200, 200]);
    await client.call(`${secrets}/first`, { method: "DELETE" });
    assert.deepEqual([await codeOf(first), await codeOf(second)], [401, 200]);
    await client.call(`${accounts}/old`, { method: "DELETE" });
    await server.settled();
    assert.equal(await codeOf(second), 401);
    assert.equal((await client.call(`${secrets}/second`)).code, 404);
  });
});
