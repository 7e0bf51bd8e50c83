/** Lists over HTTPS: pages, versions, selectors and representations. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { secret } from "./client.ts";
import { startServer } from "./server.ts";

const path = "/api/v1/namespaces/listed/secrets";
const names = (body: any): readonly string[] => body.items.map((item: any) => item.metadata.name);

const { server, client } = await startServer();

describe("a list", () => {
  const put = (name: string, labels = {}): void => {
    server.objects.put(secret(name, { namespace: "listed", labels }));
  };
  const remove = (name: string): void => {
    server.objects.delete({ apiVersion: "v1", kind: "Secret", namespace: "listed", name });
  };

  before(async () => {
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "listed" } });
    await server.settled();
    for (const name of ["a", "b", "c", "d", "e"])
      put(name, { letter: name, ...(name < "c" ? { early: "" } : {}) });
    await server.settled();
  });

  test("has the version of the cluster, and items without kind and apiVersion", async () => {
    const { body } = await client.call(path);
    assert.equal(body.kind, "SecretList");
    assert.equal(body.metadata.resourceVersion, String(server.objects.version));
    assert.deepEqual(names(body), ["a", "b", "c", "d", "e"]);
    assert.equal(body.items[0].kind, undefined);
  });

  test("in pages shows the state of the first page, whatever changes in between", async () => {
    const first = (await client.call(`${path}?limit=2`)).body;
    assert.deepEqual(names(first), ["a", "b"]);
    assert.equal(first.metadata.remainingItemCount, 3);
    remove("c");
    put("cc");
    put("d", { letter: "changed" });
    const second = (await client.call(`${path}?limit=2&continue=${first.metadata.continue}`)).body;
    assert.deepEqual(names(second), ["c", "d"]);
    assert.equal(second.items[1].metadata.labels.letter, "d");
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    const third = (await client.call(`${path}?limit=2&continue=${second.metadata.continue}`)).body;
    assert.deepEqual(names(third), ["e"]);
    assert.equal(third.metadata.continue, undefined);
    remove("cc");
    put("c", { letter: "c" });
    put("d", { letter: "d" });
  });

  test("at a compacted version is 410 Expired, with a token to continue at the latest", async () => {
    const first = (await client.call(`${path}?limit=2`)).body;
    put("f");
    server.compact();
    const gone = await client.call(`${path}?limit=2&continue=${first.metadata.continue}`);
    assert.deepEqual([gone.code, gone.body.reason], [410, "Expired"]);
    const rest = (await client.call(`${path}?continue=${gone.body.metadata.continue}`)).body;
    assert.deepEqual(names(rest), ["c", "d", "e", "f"]);
    remove("f");
  });

  test("at an exact version shows the past, and is 410 where that is compacted", async () => {
    const version = server.objects.version;
    put("g");
    const exact = `${path}?resourceVersionMatch=Exact&resourceVersion=`;
    assert.deepEqual(names((await client.call(exact + String(version))).body), ["a", "b", "c", "d", "e"]);
    remove("g");
    server.compact();
    assert.equal((await client.call(exact + String(version))).code, 410);
  });

  test("at a version in the future is 504, with a time to retry after", async () => {
    const { code, body } = await client.call(`${path}?resourceVersion=${server.objects.version + 100}`);
    assert.equal(code, 504);
    assert.equal(body.details.causes[0].reason, "ResourceVersionTooLarge");
  });

  test("at version 0 ignores the limit, like a server that answers from its cache", async () => {
    assert.equal((await client.call(`${path}?resourceVersion=0&limit=2`)).body.items.length, 5);
  });

  const selections: readonly (readonly [string, readonly string[]])[] = [
    ["labelSelector=letter=a", ["a"]],
    ["labelSelector=letter!=a,early", ["b"]],
    ["labelSelector=letter in (a, d)", ["a", "d"]],
    ["labelSelector=letter notin (a,b,c)", ["d", "e"]],
    ["labelSelector=!early", ["c", "d", "e"]],
    ["labelSelector=other!=x", ["a", "b", "c", "d", "e"]],
    ["fieldSelector=metadata.name=b", ["b"]],
    ["fieldSelector=metadata.name!=b,metadata.namespace=listed", ["a", "c", "d", "e"]],
  ];
  for (const [selector, expected] of selections) {
    test(`with ${selector} has ${expected.join(", ")}`, async () => {
      assert.deepEqual(names((await client.call(`${path}?${encodeURI(selector)}`)).body), expected);
    });
  }

  for (const query of ["fieldSelector=data.x=y", "labelSelector=a==b==c", "limit=x", "continue=nonsense"]) {
    test(`with ${query} is a 400`, async () => {
      const { code, body } = await client.call(`${path}?${query}`);
      assert.deepEqual([code, body.kind, body.reason], [400, "Status", "BadRequest"]);
    });
  }

  test("as a table has the columns of its kind and the metadata of each object", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { body } = await client.call("/api/v1/services", { accept });
    const columns = body.columnDefinitions.map((column: any) => column.name);
    assert.deepEqual(columns, ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"]);
    assert.deepEqual(body.rows[0].cells.slice(0, 5), [
      "kubernetes",
      "ClusterIP",
      "10.96.0.1",
      "<none>",
      "443/TCP",
    ]);
    assert.equal(body.rows[0].object.kind, "PartialObjectMetadata");
  });

  test("as metadata has no other fields", async () => {
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const { body } = await client.call("/api/v1/services", { accept });
    assert.equal(body.kind, "PartialObjectMetadataList");
    assert.deepEqual(Object.keys(body.items[0]), ["kind", "apiVersion", "metadata"]);
  });

  test("is JSON for a client that prefers protobuf, and 406 for one that accepts neither", async () => {
    const { headers } = await client.call(path, { accept: "application/vnd.kubernetes.protobuf" });
    assert.equal(headers["content-type"], "application/json");
    assert.equal((await client.call(path, { accept: "text/html" })).code, 406);
  });

  test("of 20,000 objects in pages has each object once", { timeout: 20_000 }, async () => {
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "crowd" } });
    for (let index = 0; index < 20_000; index += 1) {
      server.objects.put(secret(`n${index}`, { namespace: "crowd" }));
    }
    const seen = new Set<string>();
    let token = "";
    do {
      const query = `limit=2000&continue=${token}`;
      const { body } = await client.call(`/api/v1/namespaces/crowd/secrets?${query}`);
      for (const name of names(body)) seen.add(name);
      token = body.metadata.continue ?? "";
    } while (token !== "");
    assert.equal(seen.size, 20_000);
  });
});
