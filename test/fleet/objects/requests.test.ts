/** The requests of fleet/objects against an API server: what is written, and what is refused. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Transport } from "../../../src/fleet/kube/transport.ts";
import { freePermit, type WritePermit } from "../../../src/fleet/kube/write-permit.ts";
import { apply } from "../../../src/fleet/objects/apply.ts";
import { create } from "../../../src/fleet/objects/create.ts";
import type { ObjectKey } from "../../../src/fleet/objects/object-path.ts";
import { jsonPatch, mergePatch } from "../../../src/fleet/objects/patch.ts";
import { read, readAll } from "../../../src/fleet/objects/read.ts";
import { refusalOf, type RequestRefusal } from "../../../src/fleet/objects/refusal.ts";
import { remove } from "../../../src/fleet/objects/remove.ts";
import { replace } from "../../../src/fleet/objects/replace.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import { suiteScope } from "../../support/programs.ts";
import { connectedServer } from "./connected-server.ts";

const { signal } = new AbortController();
const write = { permit: freePermit(10), signal };
const NO_UID = "4b6f0a5e-0000-4000-8000-000000000000";

function configMap(name: string, namespace = "default"): ObjectKey {
  return { resource: { group: "", version: "v1", plural: "configmaps" }, namespace, name };
}
const content = (value: string) => ({ kind: "ConfigMap", data: { key: value } });

/** The kind of the refusal. */
async function refused(
  action: Promise<unknown>,
  isGuardedCreate = false,
): Promise<RequestRefusal["kind"] | "accepted"> {
  return action.then(
    () => "accepted",
    (error: unknown) => refusalOf(error, { plural: "configmaps", isGuardedCreate }).kind,
  );
}

describe("requests for single objects", () => {
  const scope = suiteScope();
  let transport: Transport;
  before(async () => {
    ({ transport } = await connectedServer(scope));
  });

  it("a guarded apply creates an object once, and leaves one that exists alone", async () => {
    const key = configMap("guarded");
    const options = { ...write, guard: { mustNotExist: true } } as const;
    const first = await apply(transport, key, content("1"), options);
    assert.deepEqual([first.isCreated, first.object["data"]], [true, { key: "1" }]);
    assert.equal(await refused(apply(transport, key, content("2"), options), true), "exists");
    assert.deepEqual((await read(transport, key, { signal }))?.["data"], { key: "1" });
  });

  it("an apply with a uid changes that object and no other", async () => {
    const key = configMap("owned");
    const { object } = await create(transport, key, content("1"), write);
    const { uid } = object.metadata;
    const reply = await apply(transport, key, content("2"), { ...write, guard: { uid }, isForced: true });
    assert.deepEqual([reply.isCreated, reply.object["data"]], [false, { key: "2" }]);
    const other = { ...write, guard: { uid: NO_UID } };
    assert.equal(await refused(apply(transport, key, content("3"), other)), "uid-mismatch");
    const stale = { ...write, guard: { uid, resourceVersion: object.metadata.resourceVersion } };
    assert.equal(await refused(apply(transport, key, content("3"), stale)), "stale");
  });

  it("an apply without force names the owner of a field, and with force takes it", async () => {
    const key = configMap("contested");
    await create(transport, key, content("1"), { ...write, fieldManager: "kubectl-edit" });
    const options = { ...write, guard: { isUnguarded: true } } as const;
    const error = await apply(transport, key, content("2"), options).catch((error: unknown) => error);
    const refusal = refusalOf(error, { plural: "configmaps" });
    assert.ok(refusal.kind === "field-conflict");
    assert.deepEqual(
      refusal.owners.map(({ manager, paths }) => [manager, paths]),
      [["kubectl-edit", [".data.key"]]],
    );
    const plan = await apply(transport, key, content("2"), { ...options, isForced: true, isDryRun: true });
    assert.deepEqual(plan.object["data"], { key: "2" });
    assert.deepEqual((await read(transport, key, { signal }))?.["data"], { key: "1" });
    await apply(transport, key, content("2"), { ...options, isForced: true });
    assert.deepEqual((await read(transport, key, { signal }))?.["data"], { key: "2" });
  });

  it("patches change what they name", async () => {
    const key = configMap("patched");
    const { object } = await create(transport, key, content("1"), write);
    const merged = await mergePatch(transport, key, { data: { other: "2" } }, write);
    assert.deepEqual(merged.object["data"], { key: "1", other: "2" });
    const { uid, resourceVersion } = object.metadata;
    const late = { metadata: { uid, resourceVersion }, data: { key: "3" } };
    assert.equal(await refused(mergePatch(transport, key, late, write)), "stale");
    const { object: patched } = await jsonPatch(
      transport,
      key,
      [{ op: "remove", path: "/data/other" }],
      write,
    );
    assert.deepEqual(patched["data"], { key: "1" });
  });

  it("a replacement needs the version that was read", async () => {
    const key = configMap("replaced");
    const { object } = await create(transport, key, content("1"), write);
    const reply = await replace(transport, key, content("2"), { ...write, before: object });
    assert.deepEqual(reply.object["data"], { key: "2" });
    assert.equal(await refused(replace(transport, key, content("3"), { ...write, before: object })), "stale");
  });

  it("a status is written through its subresource alone", async () => {
    const key: ObjectKey = {
      resource: { group: "", version: "v1", plural: "services" },
      namespace: "default",
      name: "status",
    };
    await create(transport, key, { kind: "Service", spec: { ports: [{ port: 80 }] } }, write);
    const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
    const { object } = await mergePatch(transport, key, { status }, { ...write, subresource: "status" });
    assert.deepEqual(object["status"], status);
  });

  it("a removal takes the object that was read, in the version that was read", async () => {
    const key = configMap("removed");
    const { object } = await create(transport, key, content("1"), write);
    const { uid, resourceVersion } = object.metadata;
    assert.equal(
      await refused(remove(transport, key, { ...write, uid: NO_UID, resourceVersion })),
      "uid-mismatch",
    );
    const changed = await mergePatch(transport, key, { data: { key: "2" } }, write);
    assert.equal(await refused(remove(transport, key, { ...write, uid, resourceVersion })), "stale");
    const now = { ...write, uid, resourceVersion: changed.object.metadata.resourceVersion };
    assert.equal(await remove(transport, key, { ...now, isDryRun: true }), "gone");
    assert.notEqual(await read(transport, key, { signal }), null);
    assert.equal(await remove(transport, key, now), "gone");
    assert.equal(await read(transport, key, { signal }), null);
    assert.equal(await refused(remove(transport, key, now)), "object-missing");
  });

  it("a removal says when finalizers keep the object", async () => {
    const key = configMap("kept");
    const manifest = { ...content("1"), metadata: { finalizers: ["fedns.io/test"] } };
    const { object } = await create(transport, key, manifest, write);
    const { uid, resourceVersion } = object.metadata;
    assert.equal(await remove(transport, key, { ...write, uid, resourceVersion }), "pending");
    const done = await mergePatch(transport, key, { metadata: { finalizers: null } }, write);
    assert.notEqual(done.object.metadata.deletionTimestamp, undefined);
    assert.equal(await read(transport, key, { signal }), null);
  });

  it("a collection is read whole, by label", async () => {
    const labels = { set: "a" };
    for (const name of ["list-1", "list-2"])
      await create(transport, configMap(name), { ...content("1"), metadata: { labels } }, write);
    const objects = await readAll(transport, configMap(""), { signal, labelSelector: "set=a" });
    assert.deepEqual(objects.map(({ metadata }) => metadata.name).sort(), ["list-1", "list-2"]);
  });

  it("null means that the object or its namespace is missing, never that its kind is", async () => {
    assert.equal(await read(transport, configMap("none"), { signal }), null);
    assert.equal(
      await refused(create(transport, configMap("a", "none"), content("1"), write)),
      "namespace-missing",
    );
    const resource = { group: "none.example", version: "v1", plural: "things" };
    assert.equal(
      await refused(read(transport, { ...configMap("a"), resource }, { signal })),
      "kind-not-served",
    );
  });

  it("nothing is sent when the permit ends while the request waits for a connection", async (t) => {
    const { server, transport: fresh } = await connectedServer(t);
    const key = configMap("waited");
    const seconds = [9, 7];
    const permit = {
      ask: () => ({ timeoutSeconds: seconds.shift() ?? 0, signal, settled: () => undefined }),
    };
    assert.equal(await refused(create(fresh, key, content("1"), { ...write, permit })), "not-permitted");
    assert.deepEqual(seconds, [], "asked before the connection and after it");
    const at = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "waited" };
    assert.equal(server.objects.get(at), undefined);
  });

  it("nothing is sent without a permit, and a permit that is lost ends a request", async () => {
    const key = configMap("unpermitted");
    const denied: WritePermit = {
      ask: () => {
        throw new OperationalError("WRITE_NOT_PERMITTED", "paused");
      },
    };
    assert.equal(
      await refused(create(transport, key, content("1"), { ...write, permit: denied })),
      "not-permitted",
    );
    assert.equal(await read(transport, key, { signal }), null);
    const lost = new AbortController();
    const permit = { ask: () => ({ timeoutSeconds: 5, signal: lost.signal, settled: () => undefined }) };
    const late = refused(create(transport, key, content("1"), { ...write, permit }));
    lost.abort(new OperationalError("WRITE_PERMIT_LOST", "lost"));
    assert.equal(await late, "hang-up");
  });
});
