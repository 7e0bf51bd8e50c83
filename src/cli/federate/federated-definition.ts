/**
 * The CustomResourceDefinition of a federated type: KubeFed's schema, and in the status room for what fedns says besides: why a copy
 * is not as wanted, the HTTP code, since when, and the generation that the copy has. `deploy/crds/types` is made from this.
 */
import { definitionName, type FederatedName } from "./federated-names.ts";

type Schema = Readonly<Record<string, unknown>>;

type FederatedDefinition = {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
};

/** `hasReplicas`: the kind has `spec.replicas`, which members may be left to decide. */
export function federatedDefinition(federated: FederatedName, hasReplicas: boolean): FederatedDefinition {
  const { group, version, kind, plural, isNamespaced, shortNames } = federated;
  return {
    name: definitionName(federated),
    spec: {
      group,
      scope: isNamespaced ? "Namespaced" : "Cluster",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames.length > 0 && { shortNames }),
        categories: ["kubefed"],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: hasReplicas ? SCALED : PLAIN },
        },
      ],
    },
  };
}

const TEXT: Schema = { type: "string" };
const TIME: Schema = { type: "string", format: "date-time" };
const COUNT: Schema = { type: "integer", format: "int64" };
const OPEN = { "x-kubernetes-preserve-unknown-fields": true };

function object(properties: Schema, more: Schema = {}): Schema {
  return { ...more, type: "object", properties };
}

function list(items: Schema, description?: string): Schema {
  return { ...(description !== undefined && { description }), type: "array", items };
}

const TEMPLATE: Schema = {
  description: "The copies, but for what overrides change.",
  type: "object",
  ...OPEN,
};

const SELECTOR = object({
  matchLabels: { type: "object", additionalProperties: TEXT },
  matchExpressions: list(
    object({ key: TEXT, operator: TEXT, values: list(TEXT) }, { required: ["key", "operator"] }),
  ),
});

const PLACEMENT = object(
  {
    clusters: list(object({ name: TEXT }, { required: ["name"] })),
    clusterSelector: {
      description: "Labels of KubeFedClusters. Not used where clusters are listed.",
      ...SELECTOR,
    },
  },
  {
    description:
      "The members that get copies. An empty list of clusters selects none, an empty selector all.",
  },
);

const OPERATION = object(
  {
    op: { description: "Default replace.", type: "string", pattern: "^(add|remove|replace)?$" },
    path: TEXT,
    value: OPEN,
  },
  { required: ["path"] },
);

const OVERRIDES = list(
  object({ clusterName: TEXT, clusterSelector: SELECTOR, clusterOverrides: list(OPERATION) }),
  "JSON patches of the template, for the cluster of a name or for all that a selector selects.",
);

const RETAIN_REPLICAS: Schema = {
  description: "Whether copies keep the replicas that they have, for an autoscaler in the member.",
  type: "boolean",
};

const CONDITION = object(
  {
    type: TEXT,
    status: TEXT,
    reason: TEXT,
    message: TEXT,
    lastUpdateTime: TIME,
    lastTransitionTime: TIME,
  },
  { required: ["type", "status"] },
);

const CLUSTER = object(
  {
    name: TEXT,
    status: { description: "Absent for a copy that is as it should be.", type: "string" },
    message: { description: "Why, and what to do about it.", type: "string" },
    code: { description: "The HTTP code of the refusal.", ...COUNT },
    lastTransitionTime: { description: "Since when the status is this one.", ...TIME },
    generation: { description: "The generation of this object that the copy has.", ...COUNT },
    remoteStatus: { description: "The status of the copy.", ...OPEN },
  },
  { required: ["name"] },
);

const STATUS = object({
  observedGeneration: COUNT,
  conditions: list(CONDITION),
  clusters: list(CLUSTER),
});

const SPEC = { template: TEMPLATE, placement: PLACEMENT, overrides: OVERRIDES };

function whole(spec: Schema, description: string): Schema {
  const properties = { apiVersion: TEXT, kind: TEXT, metadata: { type: "object" }, spec: object(spec) };
  return object({ ...properties, status: STATUS }, { description });
}

const PLAIN = whole(SPEC, "Copies of an object in members.");
const SCALED = whole(
  { ...SPEC, retainReplicas: RETAIN_REPLICAS },
  "Copies of an object that has replicas in members.",
);
