/** Strategic merge patches: the effect of each directive and each kind of list. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtinShape } from "../../src/sandbox/types/shapes.ts";
import { strategicMerge } from "../../src/sandbox/merge/strategic.ts";

type Example = readonly [what: string, target: any, patch: any, expected: any];

function check(group: string, kind: string, examples: readonly Example[]): void {
  for (const [what, target, patch, expected] of examples) {
    test(what, () => {
      assert.deepEqual(strategicMerge(target, patch, builtinShape(group, kind)), expected);
    });
  }
}

const pod = (more: object): any => ({
  spec: {
    containers: [
      { name: "a", image: "1" },
      { name: "b", image: "2" },
    ],
    ...more,
  },
});

describe("a strategic merge patch of a Pod", () => {
  check("", "Pod", [
    [
      "merges a container by its name",
      pod({}),
      { spec: { containers: [{ name: "b", image: "3" }] } },
      {
        spec: {
          containers: [
            { name: "a", image: "1" },
            { name: "b", image: "3" },
          ],
        },
      },
    ],
    [
      "appends a new entry",
      pod({}),
      { spec: { containers: [{ name: "c" }] } },
      { spec: { containers: [...pod({}).spec.containers, { name: "c" }] } },
    ],
    [
      "deletes an entry",
      pod({}),
      { spec: { containers: [{ name: "a", $patch: "delete" }] } },
      { spec: { containers: [{ name: "b", image: "2" }] } },
    ],
    [
      "ignores the deletion of a missing entry",
      pod({}),
      { spec: { containers: [{ name: "x", $patch: "delete" }] } },
      pod({}),
    ],
    [
      "replaces a whole list",
      pod({}),
      { spec: { containers: [{ $patch: "replace" }, { name: "c" }] } },
      { spec: { containers: [{ name: "c" }] } },
    ],
    ["replaces a whole object", pod({ x: 1 }), { spec: { $patch: "replace", y: 2 } }, { spec: { y: 2 } }],
    ["empties an object on request", pod({}), { spec: { $patch: "delete" } }, { spec: {} }],
    [
      "orders by $setElementOrder",
      pod({}),
      { spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] } },
      {
        spec: {
          containers: [
            { name: "b", image: "2" },
            { name: "a", image: "1" },
          ],
        },
      },
    ],
    [
      "keeps entries that the order does not list between their neighbours",
      pod({}),
      {
        spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "c" }], containers: [{ name: "c" }] },
      },
      { spec: { containers: [{ name: "a", image: "1" }, { name: "b", image: "2" }, { name: "c" }] } },
    ],
    [
      "merges nested lists by their own keys",
      {
        spec: {
          containers: [
            {
              name: "a",
              env: [
                { name: "X", value: "1" },
                { name: "Y", value: "2" },
              ],
            },
          ],
        },
      },
      {
        spec: {
          containers: [
            {
              name: "a",
              env: [
                { name: "X", $patch: "delete" },
                { name: "Y", value: "3" },
              ],
            },
          ],
        },
      },
      { spec: { containers: [{ name: "a", env: [{ name: "Y", value: "3" }] }] } },
    ],
    [
      "replaces lists without keys",
      { spec: { tolerations: [{ key: "a" }] } },
      { spec: { tolerations: [{ key: "b" }] } },
      { spec: { tolerations: [{ key: "b" }] } },
    ],
    [
      "changes the source of a volume with $retainKeys",
      { spec: { volumes: [{ name: "v", emptyDir: {} }] } },
      { spec: { volumes: [{ $retainKeys: ["name", "hostPath"], name: "v", hostPath: { path: "/x" } }] } },
      { spec: { volumes: [{ name: "v", hostPath: { path: "/x" } }] } },
    ],
    [
      "adds and removes finalizers",
      { metadata: { finalizers: ["a", "b"] } },
      {
        metadata: {
          finalizers: ["c", "b"],
          "$deleteFromPrimitiveList/finalizers": ["a"],
          "$setElementOrder/finalizers": ["c", "b"],
        },
      },
      { metadata: { finalizers: ["c", "b"] } },
    ],
    [
      "removes fields that are null, and drops nulls of new objects",
      { metadata: { labels: { a: "b" } } },
      { metadata: { labels: { a: null }, annotations: { x: null, y: "z" } } },
      { metadata: { labels: {}, annotations: { y: "z" } } },
    ],
    [
      "cannot reach the prototype of objects",
      {},
      JSON.parse('{"__proto__": {"polluted": true}}'),
      JSON.parse('{"__proto__": {"polluted": true}}'),
    ],
  ]);
});

describe("a strategic merge patch of other kinds", () => {
  const ports = [
    { port: 80, name: "http" },
    { port: 53, protocol: "UDP", name: "dns" },
  ];
  check("", "Service", [
    [
      "identifies ports of a Service by number",
      { spec: { ports } },
      { spec: { ports: [{ port: 80, name: "web" }] } },
      { spec: { ports: [{ port: 80, name: "web" }, ports[1]] } },
    ],
  ]);
  check("apps", "Deployment", [
    [
      "identifies container ports in a template",
      { spec: { template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80 }] }] } } } },
      {
        spec: {
          template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80, name: "http" }] }] } },
        },
      },
      {
        spec: {
          template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80, name: "http" }] }] } },
        },
      },
    ],
    [
      "keeps only what a strategy retains",
      { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
      { spec: { strategy: { type: "Recreate" } } },
    ],
  ]);
  check("networking.k8s.io", "Ingress", [
    [
      "replaces the rules of an Ingress as a whole",
      { spec: { rules: [{ host: "a" }] } },
      { spec: { rules: [{ host: "b" }] } },
      { spec: { rules: [{ host: "b" }] } },
    ],
  ]);
});

describe("a strategic merge patch", () => {
  for (const [what, patch] of [
    ["an entry without its key", { spec: { containers: [{ image: "x" }] } }],
    ["an entry that is no object", { spec: { containers: ["x"] } }],
    ["an unknown directive", { spec: { $patch: "shuffle" } }],
    ["an order that is no list", { spec: { "$setElementOrder/containers": 1 } }],
    ["a removal that is no list", { metadata: { "$deleteFromPrimitiveList/finalizers": "a" } }],
  ] as const) {
    test(`with ${what} is refused with a Status`, () => {
      assert.throws(() => strategicMerge(pod({}), patch, builtinShape("", "Pod")), {
        name: "ApiError",
        code: 400,
      });
    });
  }
});
