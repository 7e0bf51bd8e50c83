/** The definition of a kind that no cluster has by itself, in the versions in which a server is to serve it. */
import type { KubeObject } from "../../src/sandbox/object/object.ts";

/** `versions`: those that are served; v1 is stored. */
export function widgets(...versions: readonly string[]): KubeObject {
  const spec = { type: "object", properties: { size: { type: "integer" }, color: { type: "string" } } };
  const known = [...new Set(["v1", ...versions])];
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", singular: "widget", listKind: "WidgetList" },
      versions: known.map((name) => ({
        name,
        served: versions.includes(name),
        storage: name === "v1",
        schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
      })),
    },
  };
}
