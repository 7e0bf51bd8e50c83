/**
 * The schema of federated objects, one for all types: KubeFed's, with room for what fedns says besides in the status. Templates
 * and the values of overrides are not checked here: the members check them.
 */

type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: "string" };
const TIME: Schema = { type: "string", format: "date-time" };
const NUMBER: Schema = { type: "integer", format: "int64" };
const ANYTHING: Schema = { "x-kubernetes-preserve-unknown-fields": true };

const listOf = (items: Schema): Schema => ({ type: "array", items });
const texts = (...names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, TEXT]));

/** Nothing is shared, so that as YAML it has no anchors. */
function object(properties: Schema, required: readonly string[] = []): Schema {
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: JSON.parse(JSON.stringify(properties)),
  };
}

/** Labels of KubeFedClusters. */
const SELECTOR = object({
  matchLabels: { type: "object", additionalProperties: TEXT },
  matchExpressions: listOf(
    object({ ...texts("key", "operator"), values: listOf(TEXT) }, ["key", "operator"]),
  ),
});

const PLACEMENT: Schema = {
  description:
    "The members that get copies. An empty list of clusters selects none, an empty selector all; the selector counts where no clusters are listed.",
  ...object({ clusters: listOf(object({ name: TEXT }, ["name"])), clusterSelector: SELECTOR }),
};

const OVERRIDES: Schema = {
  description: "JSON patches of the template, by the name of a cluster or by labels of KubeFedClusters.",
  ...listOf(
    object({
      clusterName: TEXT,
      clusterSelector: SELECTOR,
      clusterOverrides: listOf(
        object(
          {
            op: { description: "Default replace.", type: "string", pattern: "^(add|remove|replace)?$" },
            path: TEXT,
            value: ANYTHING,
          },
          ["path"],
        ),
      ),
    }),
  ),
};

const STATUS: Schema = object({
  observedGeneration: NUMBER,
  conditions: listOf(
    object(
      {
        ...texts("type", "status", "reason", "message"),
        lastUpdateTime: TIME,
        lastTransitionTime: TIME,
      },
      ["type", "status"],
    ),
  ),
  clusters: listOf(
    object(
      {
        name: TEXT,
        status: { description: "Absent for a copy that is as it should be.", type: "string" },
        message: { description: "Why, with the cure.", type: "string" },
        code: { description: "The HTTP status of a refusal.", ...NUMBER },
        lastTransitionTime: { description: "Since when the status is this one.", ...TIME },
        generation: { description: "That of the federated object which the copy has.", ...NUMBER },
        remoteStatus: { description: "The status of the copy.", ...ANYTHING },
      },
      ["name"],
    ),
  ),
});

const TEMPLATE: Schema = {
  description: "The copies, but for what overrides change.",
  type: "object",
  ...ANYTHING,
};
const RETAIN_REPLICAS: Schema = {
  description: "Whether copies keep the replicas that they have, for an autoscaler in the member.",
  type: "boolean",
};

function schemaOf(description: string, extra: Schema): Schema {
  return {
    description,
    ...object({
      ...texts("apiVersion", "kind"),
      metadata: { type: "object" },
      spec: object({ template: TEMPLATE, placement: PLACEMENT, overrides: OVERRIDES, ...extra }),
      status: STATUS,
    }),
  };
}

/** Of types whose target has no `spec.replicas`. */
export const FEDERATED_SCHEMA: Schema = schemaOf("Copies of an object in members.", {});
/** Of types whose target has `spec.replicas`. */
export const SCALED_SCHEMA: Schema = schemaOf("Copies of an object that has replicas in members.", {
  retainReplicas: RETAIN_REPLICAS,
});
