/** Authentication, and what anonymous clients may read. */
import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import type { Credential } from "../../src/sandbox/tls/authority.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();

describe("an API server", () => {
  const codeWith = ({ certificatePem, keyPem }: Credential): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const tls = { ca: server.caPem, cert: certificatePem, key: keyPem, agent: false };
      const request = httpsRequest(`${server.url}/api/v1/pods`, tls, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject).end();
    });

  test("answers anonymous requests 401 with a Status", async () => {
    for (const token of [null, "wrong"]) {
      const { code, body } = await client.call("/api/v1/pods", { token });
      assert.deepEqual([code, body.reason, body.kind], [401, "Unauthorized", "Status"]);
    }
  });

  test("serves health and version to anonymous clients", async () => {
    for (const path of ["/livez", "/readyz", "/healthz"]) {
      assert.equal((await client.call(path, { token: null })).body, "ok");
    }
    assert.equal((await client.call("/version", { token: null })).body.minor, "32");
    assert.equal((await client.call("/openapi/v2", { token: null })).code, 401);
  });

  test("accepts certificates of its own authority only", async () => {
    assert.equal(await codeWith(await server.issueClient("someone")), 200);
    const other = await startApiServer();
    assert.equal(await codeWith(await other.issueClient("someone")), 401);
    await other.close();
  });

  test("accepts new tokens and refuses replaced ones while it runs", async () => {
    server.setTokens({ fresh: "someone" });
    assert.equal((await client.call("/api/v1/pods")).code, 401);
    assert.equal((await client.call("/api/v1/pods", { token: "fresh" })).code, 200);
    server.setTokens({ [server.token]: "sandbox-admin" });
    assert.equal((await client.call("/api/v1/pods")).code, 200);
  });

  test("fails with an OperationalError on a port that is taken", async () => {
    await assert.rejects(startApiServer({ port: server.port }), {
      name: "OperationalError",
      code: "SANDBOX_LISTEN",
      message: new RegExp(`cannot listen on 127\\.0\\.0\\.1:${server.port}`),
    });
  });
});
