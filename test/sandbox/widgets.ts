/** A definition for tests: widgets, with a field for each rule that a schema can state. */

export const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const widgets = "/apis/example.com/v1/namespaces/default/widgets";

const spec = {
  type: "object",
  required: ["color"],
  properties: {
    color: { type: "string", enum: ["red", "green"] },
    size: { type: "integer", minimum: 0, maximum: 5, default: 1 },
    ratio: { type: "number", multipleOf: 0.5 },
    name: { type: "string", pattern: "^[a-z]+$", minLength: 2, maxLength: 4 },
    port: { "x-kubernetes-int-or-string": true },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    maybe: { type: "string", nullable: true },
    level: { type: "string", default: "low" },
    since: { type: "string", format: "date-time" },
    tags: { type: "array", "x-kubernetes-list-type": "set", maxItems: 3, items: { type: "string" } },
    limits: { type: "object", minProperties: 1, additionalProperties: { type: "integer" } },
    inner: {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      properties: { data: { type: "string" } },
    },
    choice: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, weight: { type: "integer", default: 7 } },
      },
    },
  },
};

export function widgetDefinition(change: (definition: any) => void = () => undefined): any {
  const status = { type: "object", properties: { ready: { type: "integer" } } };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], categories: ["all"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.ready" },
          },
          schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec, status } } },
          additionalPrinterColumns: [
            { name: "Size", type: "integer", jsonPath: ".spec.size" },
            { name: "Heavy", type: "integer", jsonPath: '.spec.parts[?(@.name=="b")].weight' },
            {
              name: "Note",
              type: "string",
              jsonPath: ".metadata.annotations.example\\.com/note",
              priority: 1,
            },
            { name: "Last", type: "string", jsonPath: ".spec.tags[-1:]" },
            { name: "Odd", type: "string", jsonPath: ".spec..name" },
            { name: "Since", type: "date", jsonPath: ".spec.since" },
          ],
        },
        {
          name: "v2",
          served: true,
          storage: false,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
  change(definition);
  return definition;
}

export const widget = (name: string, own: object = {}): any => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name },
  spec: { color: "red", ...own },
});
