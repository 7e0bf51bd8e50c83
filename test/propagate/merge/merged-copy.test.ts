/** A copy that is merged by ourselves: what is ours, what is the member's, and what the template has given up. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergedCopy } from "../../../src/propagate/merge/merged-copy.ts";
import { fieldsOfText, sentFields, textOfFields } from "../../../src/propagate/merge/sent-fields.ts";

type Spec = Readonly<Record<string, unknown>>;
const deployment = (spec: Spec) => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: {}, spec });
const service = (spec: Spec) => ({ apiVersion: "v1", kind: "Service", metadata: {}, spec });
const pods = (...containers: readonly Spec[]): Spec => ({ template: { spec: { containers } } });
const ab = { name: "a", image: "b" };

/** As it goes: `before` was sent, the member made `live` of it, and `sent` is wanted now. */
function merged(before: Spec | null, live: Spec, sent: Spec, make = deployment): unknown {
  const fields = before === null ? {} : fieldsOfText(textOfFields(sentFields(make(before))));
  return mergedCopy(make(live), make(sent), fields)["spec"];
}

describe("a merged copy", () => {
  const table: readonly (readonly [string, Spec | null, Spec, Spec, Spec])[] = [
    ["has what is sent", { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ["keeps what was never sent", { a: 1 }, { a: 1, mine: 1 }, { a: 2 }, { a: 2, mine: 1 }],
    ["loses what is not sent any more", { a: 1, b: 1 }, { a: 1, b: 1 }, { a: 1 }, { a: 1 }],
    ["keeps everything when nobody knows what was sent", null, { a: 1, b: 1 }, { a: 1 }, { a: 1, b: 1 }],
    ["keeps replicas that are not sent any more", { replicas: 3 }, { replicas: 7 }, {}, { replicas: 7 }],
    ["loses a map of which nothing was the member's", { m: { a: 1 } }, { m: { a: 1 }, n: 1 }, {}, { n: 1 }],
    [
      "keeps the member's part of a map that is given up",
      { m: { a: 1 } },
      { m: { a: 1, mine: 2 } },
      {},
      { m: { mine: 2 } },
    ],
    ["has a list without keys as it is sent", { l: [1, 2] }, { l: [1, 2, 3] }, { l: [2] }, { l: [2] }],
    [
      "keeps containers of others, after the one that they came after",
      pods(ab),
      pods({ ...ab, mine: 1 }, { name: "sidecar" }),
      pods({ name: "z" }, { ...ab, image: "c" }),
      pods({ name: "z" }, { ...ab, image: "c", mine: 1 }, { name: "sidecar" }),
    ],
    [
      "loses a container that is given up, and keeps one that was never sent",
      pods(ab, { name: "old" }),
      pods({ name: "first" }, ab, { name: "old", mine: 1 }, { name: "sidecar" }),
      pods(ab),
      pods({ name: "first" }, ab, { name: "sidecar" }),
    ],
    [
      "loses a field of a container that is given up",
      pods({ ...ab, env: [{ name: "A", value: "1" }], tty: true }),
      pods({ ...ab, env: [{ name: "A", value: "1" }, { name: "MINE" }], tty: true, policy: "Always" }),
      pods(ab),
      pods({ ...ab, env: [{ name: "MINE" }], policy: "Always" }),
    ],
    [
      "replaces a value of another kind, which the server judges",
      pods(ab),
      pods(ab),
      { template: { spec: { containers: "x" } } },
      { template: { spec: { containers: "x" } } },
    ],
  ];
  for (const [claim, before, live, sent, expected] of table)
    it(claim, () => {
      const after = merged(before, live, sent);
      assert.deepEqual(after, expected);
      assert.deepEqual(merged(sent, after as Spec, sent), expected, "again it is the same");
    });

  it("keeps addresses and node ports that a create has sent", () => {
    const port = { port: 80, targetPort: 8080 };
    const first = { clusterIP: "10.0.0.9", ports: [{ ...port, nodePort: 30_001 }] };
    const live = { clusterIP: "10.0.0.9", ports: [{ ...port, protocol: "TCP", nodePort: 30_001 }] };
    const sent = { ports: [{ ...port, targetPort: 9090 }] };
    const expected = { ...live, ports: [{ ...live.ports[0], targetPort: 9090 }] };
    assert.deepEqual(merged(first, live, sent, service), expected);
  });
});

describe("the text of what was sent", () => {
  it("has names and no values", () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { key: "c2VjcmV0" } };
    assert.equal(textOfFields(sentFields(secret)), '{"f:data":{"f:key":{}},"f:metadata":{}}');
  });
  for (const text of [undefined, "", "no JSON", "[]", "null", '{"f:a":1}', '{"f:a":[]}'])
    it(`has no fields when it is ${JSON.stringify(text)}`, () => {
      assert.deepEqual(fieldsOfText(text), {});
    });
  it("is not kept when it is too long", () => {
    const data = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${"k".repeat(200)}${i}`, ""]));
    assert.equal(textOfFields(sentFields({ apiVersion: "v1", kind: "ConfigMap", data })), "{}");
  });
});
