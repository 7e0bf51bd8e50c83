/** The account of deploy/member.yaml in a cluster that enforces roles: it can do what is listed there, and nothing else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import { dnsEndpointDefinition } from "../../src/sandbox/bundled/dns-endpoint.ts";
import { gatewayDefinitions } from "../../src/sandbox/bundled/gateway.ts";
import type { Manifest } from "../../src/sandbox/store/objects.ts";
import { Client, configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();
const file = join(import.meta.dirname, "..", "..", "deploy", "member.yaml");

describe("the account of deploy/member.yaml", () => {
  let token = "";
  before(async () => {
    for (const definition of [...gatewayDefinitions, dnsEndpointDefinition]) server.objects.put(definition);
    for (const document of parseAllDocuments(readFileSync(file, "utf8")))
      server.objects.put(document.toJS() as Manifest);
    await server.settled();
    const ref = { apiVersion: "v1", kind: "Secret", namespace: "fedns-system", name: "fedns-reader" };
    const data = server.objects.get(ref)?.["data"] as { readonly token: string };
    token = Buffer.from(data.token, "base64").toString();
  });

  const codeOf = async (path: string, method: "GET" | "POST" | "PATCH" | "DELETE" = "GET"): Promise<number> =>
    (await client.call(path, { token, method, ...(method !== "GET" && { body: {} }) })).code;

  test("lists what declares names, in every namespace", async () => {
    for (const path of [
      "/api/v1/services",
      "/api/v1/nodes",
      "/api/v1/namespaces",
      "/apis/networking.k8s.io/v1/ingresses",
      "/apis/gateway.networking.k8s.io/v1/gateways",
      "/apis/gateway.networking.k8s.io/v1/httproutes",
      "/apis/externaldns.k8s.io/v1alpha1/dnsendpoints",
      "/apis/discovery.k8s.io/v1/endpointslices",
      "/readyz",
      "/apis",
    ])
      assert.equal(await codeOf(path), 200, path);
  });

  test("reads no Secrets, ConfigMaps or pods, and changes nothing", async () => {
    const services = "/api/v1/namespaces/default/services";
    for (const [path, method] of [
      ["/api/v1/secrets", "GET"],
      ["/api/v1/namespaces/fedns-system/secrets/fedns-reader", "GET"],
      [configMaps, "GET"],
      ["/api/v1/pods", "GET"],
      ["/apis/rbac.authorization.k8s.io/v1/clusterroles", "GET"],
      [services, "POST"],
      [`${services}/kubernetes`, "PATCH"],
      [`${services}/kubernetes`, "DELETE"],
      ["/api/v1/namespaces/default/serviceaccounts/default/token", "POST"],
    ] as const)
      assert.equal(await codeOf(path, method), 403, `${method} ${path}`);
  });
});

describe("a server that does not enforce roles", () => {
  test("lets every authenticated user do everything", async () => {
    const open = await startApiServer({ access: "all" });
    const guest = new Client(open);
    open.setTokens({ guest: { name: "guest", groups: [] } });
    assert.equal((await guest.call(configMaps, { token: "guest" })).code, 200);
    assert.equal((await guest.call(configMaps, { token: "other" })).code, 401);
    await guest.close();
    await open.close();
  });
});
