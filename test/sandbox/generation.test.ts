/** Which writes count: `generation` and `resourceVersion` of each kind, as real servers count them. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { counters, deployment, deployments, stepsOf } from "./api-steps.ts";
import { samples } from "./kinds.ts";
import type { Sample } from "./kinds.ts";
import { startServer } from "./server.ts";
import { crds, widgetDefinition, widgets } from "./widgets.ts";

const { server, client } = await startServer();
const { apply, merge, put } = stepsOf(client);

/** A new object that controllers have finished with. */
async function made({ path, body }: Sample, name: string): Promise<any> {
  const { code, body: answer } = await client.create(`${path}?fieldManager=maker`, body(name));
  assert.equal(code, 201, answer.message);
  await server.settled();
  return (await client.call(`${path}/${name}`)).body;
}

describe("a write", () => {
  before(async () => {
    await client.create(crds, widgetDefinition());
    await server.settled();
  });

  for (const sample of samples) {
    const { kind, path, body, hasGeneration } = sample;

    test(`to the metadata of a ${kind} counts as a generation only for annotations of a Deployment`, async () => {
      const start = await made(sample, "counted");
      assert.equal(start.metadata.generation, hasGeneration ? 1 : undefined);
      const changes: readonly (readonly [object, boolean])[] = [
        [{ labels: { a: "b" } }, false],
        [{ finalizers: ["example.com/x"] }, false],
        [{ managedFields: [{}] }, false],
        [{ annotations: { a: "b" } }, kind === "Deployment"],
      ];
      for (const [metadata, counts] of changes) {
        const { body: old } = await client.call(`${path}/counted`);
        const { body: now } = await merge(`${path}/counted`, { metadata });
        assert.notEqual(counters(now).version, counters(old).version, JSON.stringify(metadata));
        const expected = hasGeneration ? old.metadata.generation + (counts ? 1 : 0) : undefined;
        assert.equal(now.metadata.generation, expected, JSON.stringify(metadata));
        await server.settled();
      }
    });

    test(`that changes nothing of a ${kind} keeps its version`, async () => {
      const config = body("same");
      await apply(path, config);
      await server.settled();
      const { body: start } = await client.call(`${path}/same`);
      const empty = { apiVersion: config.apiVersion, kind, metadata: { name: "same" } };
      const noops = [
        await apply(path, config),
        await apply(path, config, "fedns", "&force=true"),
        await merge(`${path}/same`, {}),
        await put(`${path}/same`, start),
        await apply(path, empty, "stranger"),
      ];
      for (const [index, { code, body: now }] of noops.entries()) {
        assert.equal(code, 200, now.message);
        assert.deepEqual(now, start, `the write number ${index}`);
      }
    });
  }

  test("of an apply that only takes co-ownership changes the version and no generation", async () => {
    await apply(deployments, deployment("shared"), "one");
    await server.settled();
    const { body: old } = await client.call(`${deployments}/shared`);
    const { body: now } = await apply(deployments, deployment("shared"), "two");
    assert.equal(counters(now).generation, counters(old).generation);
    assert.notEqual(counters(now).version, counters(old).version);
    const entry = now.metadata.managedFields.find(({ manager }: any) => manager === "two");
    assert.equal("time" in entry, false, "an apply that changes no content has no time");
  });

  test("of a Job's bare template over the Job is refused, since it lacks selector and labels", async () => {
    const sample = samples.find(({ kind }) => kind === "Job");
    assert.ok(sample);
    await client.create(sample.path, sample.body("bare"));
    const { code, body } = await put(`${sample.path}/bare`, sample.body("bare"));
    assert.deepEqual([code, body.reason], [422, "Invalid"]);
    const fields = body.details.causes.map(({ field }: any) => field as string);
    assert.ok(fields.includes("spec.selector"), fields.join());
  });

  test("of a bare template over a StatefulSet, with all defaults left out, changes nothing", async () => {
    const sample = samples.find(({ kind }) => kind === "StatefulSet");
    assert.ok(sample);
    await client.create(sample.path, sample.body("bare"));
    await server.settled();
    const { body: old } = await client.call(`${sample.path}/bare`);
    const { body: now } = await put(`${sample.path}/bare`, sample.body("bare"));
    assert.deepEqual(now, old);
  });

  test("to the status of a custom kind without a status subresource is a generation", async () => {
    const plain = widgetDefinition((one) => {
      one.metadata.name = "plains.example.net";
      one.spec.group = "example.net";
      one.spec.names = { plural: "plains", kind: "Plain" };
      one.spec.versions[0].subresources = {};
    });
    await client.create(crds, plain);
    await server.settled();
    const path = widgets.replace("example.com", "example.net").replace("widgets", "plains");
    const object = { apiVersion: "example.net/v1", kind: "Plain", metadata: { name: "p" } };
    const { body } = await client.create(path, { ...object, spec: { color: "red" } });
    const { body: now } = await merge(`${path}/p`, { status: { ready: 1 } });
    assert.deepEqual([body.metadata.generation, now.metadata.generation], [1, 2]);
  });
});
