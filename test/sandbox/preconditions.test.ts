/** Creation guards, preconditions and their refusals, as real servers word them. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { stepsOf } from "./api-steps.ts";
import { configMap, configMaps } from "./client.ts";
import { samples } from "./kinds.ts";
import { startServer } from "./server.ts";
import { crds, widgetDefinition } from "./widgets.ts";

const { server, client } = await startServer();
const { apply, merge, put, remove } = stepsOf(client);
const strange = "00000000-0000-4000-8000-000000000000";
const only = (name: string, more: object = {}): any => ({ ...configMap(name), data: { a: "1" }, ...more });
const guarded = (name: string, metadata: object): any => ({ ...only(name), metadata: { name, ...metadata } });

describe("an apply", () => {
  before(async () => {
    await client.create(crds, widgetDefinition());
    await server.settled();
  });

  for (const { kind, path, body } of samples) {
    test(`of a ${kind} with resourceVersion 1 creates and never changes`, async () => {
      const config = body("guarded");
      config.metadata.resourceVersion = "1";
      const dry = await apply(path, config, "fedns", "&dryRun=All");
      const first = await apply(path, config);
      const again = await apply(path, config);
      const dryAgain = await apply(path, config, "fedns", "&dryRun=All");
      assert.deepEqual(
        [dry.code, first.code, again.code, dryAgain.code],
        [201, 201, 409, 409],
        first.body.message,
      );
      assert.match(again.body.message, /the object has been modified/);
      assert.equal("causes" in again.body.details, false);
    });

    test(`of a missing ${kind} with a uid is refused`, async () => {
      const config = body("missing");
      config.metadata.uid = strange;
      const { code, body: status } = await apply(path, config);
      assert.deepEqual([code, status.reason], [409, "Conflict"]);
      assert.match(
        status.message,
        new RegExp(
          `: uid mismatch: the provided object specified uid ${strange}, and no existing object was found$`,
        ),
      );
    });
  }

  test("of six at once that all guard their creation lets one win", async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, () => apply(configMaps, guarded("raced", { resourceVersion: "1" }))),
    );
    assert.deepEqual(
      all.map(({ code }) => code).toSorted((a, b) => a - b),
      [201, 409, 409, 409, 409, 409],
    );
  });

  test("with another uid is invalid even if nothing changes, and with the right one it is not", async () => {
    const { body: made } = await apply(configMaps, only("known"));
    const { code, body } = await apply(configMaps, guarded("known", { uid: strange }));
    assert.deepEqual([code, body.reason], [422, "Invalid"]);
    assert.deepEqual(
      body.details.causes.map(({ field }: any) => field),
      ["metadata.uid"],
    );
    const right = await apply(configMaps, guarded("known", { uid: made.metadata.uid }));
    assert.deepEqual([right.code, right.body.metadata.resourceVersion], [200, made.metadata.resourceVersion]);
  });

  test("with an old version is a conflict even if nothing changes, and version 0 demands nothing", async () => {
    await apply(configMaps, only("aged"));
    assert.equal((await apply(configMaps, guarded("aged", { resourceVersion: "1" }))).code, 409);
    assert.equal((await apply(configMaps, guarded("aged", { resourceVersion: "0" }))).code, 200);
  });

  test("without a guard merges into an object of someone else before it answers 200", async () => {
    await client.create(`${configMaps}?fieldManager=stranger`, {
      metadata: { name: "theirs" },
      data: { theirs: "1" },
    });
    const { code, body } = await apply(configMaps, only("theirs"));
    assert.deepEqual([code, body.data], [200, { theirs: "1", a: "1" }]);
  });

  test("to a terminating object succeeds, and the reply says that it is terminating", async () => {
    await client.create(configMaps, configMap("dying", { finalizers: ["example.com/x"] }));
    await remove(`${configMaps}/dying`);
    const { code, body } = await apply(configMaps, only("dying"));
    assert.equal(code, 200);
    assert.ok(body.metadata.deletionTimestamp);
    const more = await merge(`${configMaps}/dying`, {
      metadata: { finalizers: ["example.com/x", "example.com/y"] },
    });
    assert.equal(more.code, 422);
    const posted = await client.create(configMaps, configMap("dying"));
    assert.deepEqual([posted.code, posted.body.reason], [409, "AlreadyExists"]);
    assert.equal(posted.body.message, 'object is being deleted: configmaps "dying" already exists');
  });
});

describe("a plain write", () => {
  test("of an old version or another uid says which in a merge patch, and not in a JSON patch", async () => {
    const { body: made } = await client.create(configMaps, only("checked"));
    const stale = await merge(`${configMaps}/checked`, { metadata: { resourceVersion: "1" } });
    assert.deepEqual([stale.code, stale.body.reason], [409, "Conflict"]);
    const other = await merge(`${configMaps}/checked`, { metadata: { uid: strange } });
    assert.deepEqual([other.code, other.body.details.causes[0].field], [422, "metadata.uid"]);
    const operations = [{ op: "test", path: "/metadata/uid", value: strange }];
    const tested = await client.patch(`${configMaps}/checked`, operations, "application/json-patch+json");
    assert.deepEqual(tested.body, {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "the server rejected our request due to an error in our request",
      reason: "Invalid",
      details: {},
      code: 422,
    });
    const replaced = await put(`${configMaps}/checked`, {
      ...made,
      metadata: { ...made.metadata, uid: strange },
    });
    assert.deepEqual([replaced.code, replaced.body.reason], [409, "Conflict"]);
    assert.match(replaced.body.message, /Precondition failed: UID in precondition: /);
  });

  test("that deletes names both the asked and the found value of a precondition", async () => {
    const { body: made } = await client.create(configMaps, only("kept"));
    const { uid, resourceVersion } = made.metadata;
    const byUid = await remove(`${configMaps}/kept`, { uid: strange });
    assert.deepEqual([byUid.code, byUid.body.reason], [409, "Conflict"]);
    assert.equal(
      byUid.body.message,
      `Operation cannot be fulfilled on ConfigMap "kept": the UID in the precondition (${strange}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
    const byVersion = await remove(`${configMaps}/kept`, { uid, resourceVersion: "1" });
    assert.match(
      byVersion.body.message,
      new RegExp(
        `the ResourceVersion in the precondition \\(1\\) does not match the ResourceVersion in record \\(${resourceVersion}\\)`,
      ),
    );
    assert.equal((await remove(`${configMaps}/kept`, { uid, resourceVersion })).code, 200);
    const { code, body } = await remove(`${configMaps}/kept`, { uid });
    assert.deepEqual([code, body.details], [404, { name: "kept", kind: "configmaps" }]);
  });
});
