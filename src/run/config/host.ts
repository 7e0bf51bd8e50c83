/** The settings of the host cluster, of what it places in members, and of what kubeconfigs may do; and the rules between them. */
import { z } from "zod";
import { SYSTEM_NAMESPACE } from "../../fleet/host-objects/host-types.ts";
import type { HostConfig, KubeconfigsConfig, PropagationConfig } from "./types.ts";
import { describe, dnsLabel, group, list, oneOf, seconds, text, whole } from "./values.ts";

const namespaceName = z
  .string({ error: "must be the name of a namespace" })
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: "must be the name of a namespace" });

type Given = {
  readonly kubeconfig?: string | undefined;
  readonly inCluster: boolean;
  readonly context?: string | undefined;
  readonly namespace: string;
  readonly dnsEndpoints: HostConfig["dnsEndpoints"];
};

export const host: z.ZodOptional<z.ZodType<Given>> = describe(
  group({
    kubeconfig: describe(text("a path").optional(), {
      description: "Path of the kubeconfig of the host, relative to this file. Read again when it changes.",
      computed: "none; then inCluster must be true",
    }),
    inCluster: describe(z.boolean({ error: "must be true or false" }).default(false), {
      description: "fedns runs as a Pod in the host, and uses the service account of that Pod.",
    }),
    context: describe(text("the name of a context").optional(), {
      description: "The context in that file.",
      computed: "its current context",
    }),
    namespace: describe(namespaceName.default(SYSTEM_NAMESPACE), {
      description: "The namespace of the KubeFedClusters and of their Secrets.",
    }),
    dnsEndpoints: describe(
      oneOf(["none", "externaldns.k8s.io", "multiclusterdns.kubefed.io"]).default("none"),
      {
        description:
          "The API group of the DNSEndpoint objects that are written in the host for an ExternalDNS, from ServiceDNSRecords and IngressDNSRecords.",
      },
    ),
  }).optional(),
  {
    description:
      "The host cluster, whose KubeFedCluster objects are members in addition to `clusters`. Answers do not depend on it: while it is away, its members stay as they were last seen.",
    computed: "no host cluster",
  },
);

/** `resolvePath` makes a path absolute. */
export function resolveHost(
  given: Given | undefined,
  resolvePath: (path: string) => string,
): HostConfig | null {
  if (given === undefined) return null;
  const { kubeconfig, inCluster, context = null, namespace, dnsEndpoints } = given;
  return {
    kubeconfig: kubeconfig === undefined ? null : resolvePath(kubeconfig),
    inCluster,
    context,
    namespace,
    dnsEndpoints,
  };
}

function bound(): z.ZodNullable<z.ZodNumber> {
  return whole(1, 1_000_000).nullable();
}

type GivenPropagation = Omit<PropagationConfig, "owner" | "adoption"> & {
  readonly owner?: string | undefined;
  readonly adoption?: NonNullable<PropagationConfig["adoption"]> | undefined;
};

export const propagation: z.ZodPrefault<z.ZodType<GivenPropagation>> = describe(
  group({
    enabled: describe(z.boolean({ error: "must be true or false" }).default(true), {
      description:
        "Federated objects of the host are placed in its members. Nothing is placed without a host, a FederatedTypeConfig, and rights that `fedns join` gave.",
    }),
    adoption: describe(oneOf(["always", "if-no-diff", "never"]).optional(), {
      description:
        "What happens to an object that exists in a member already: it is always taken over, only if nothing in it would change, or never.",
      computed: "always; never where the KubeFedConfig has adoptResources: Disabled",
    }),
    owner: describe(dnsLabel().optional(), {
      description:
        "The value of the label fedns.io/owner, by which a federation knows its copies. Set it to the old value when a host is rebuilt.",
      computed: "the uid of the host's namespace",
    }),
    deletionWaitSeconds: seconds(
      0,
      30 * 86_400,
      600,
      "For how long a federated object that is deleted waits for a cluster that does not answer. Then it goes, and its copy is deleted when the cluster is back.",
    ),
    drainWaitSeconds: seconds(
      0,
      86_400,
      600,
      "For how long a copy that a person wants to go waits until no client is led to it any more; then it goes without a proof, and the status says so. What fedns moves by itself waits without an end. 0 = no copy waits.",
    ),
    lossPercent: describe(whole(1, 100).default(30), {
      description:
        "When the host loses this part of its federated objects within a minute, and at least lossObjects, copies are neither changed nor removed until fedns resume.",
      unit: "percent",
    }),
    lossObjects: describe(whole(0, 1_000_000).default(20), {
      description: "Fewer objects than this are never too many to lose. 0 = losses pause nothing.",
      unit: "objects",
    }),
    updatesPerMinute: describe(bound().default(6_000), {
      description: "Of how many federated objects copies are changed within a minute; null = no bound.",
      unit: "objects",
    }),
    removalsPerMinute: describe(bound().default(300), {
      description: "Of how many federated objects copies are removed within a minute; null = no bound.",
      unit: "objects",
    }),
    clustersPerMinute: describe(bound().default(null), {
      description:
        "In how many clusters the copies of one object are changed within a minute; null = in all.",
      unit: "clusters",
    }),
    planner: describe(oneOf(["kubefed", "even"]).default("kubefed"), {
      description:
        "How a ReplicaSchedulingPreference distributes replicas: number for number as KubeFed; or even, where what runs is moved less, and minimums do not distort weights.",
    }),
    federationV1: describe(oneOf(["disabled", "enabled", "forced"]).default("disabled"), {
      description:
        "Plain objects of the host are federated by the annotations of Federation v1. Kinds that a host with nodes would run itself are federated there only if it is forced.",
    }),
  }).prefault({}),
  { description: "The propagation of federated objects." },
);

const COMMAND = 'must be the name of a command like "aws", or an absolute path';
const command = z
  .string({ error: COMMAND })
  .regex(/^(?:[^/\0]+|\/[^\0]*[^/\0])$/, { error: COMMAND })
  .max(4096, { error: COMMAND });

export const kubeconfigs: z.ZodPrefault<z.ZodType<KubeconfigsConfig>> = describe(
  group({
    commands: describe(list(command).default([]), {
      description:
        "The commands that kubeconfigs may run to log in (exec): names, which are looked up in PATH, or absolute paths. EKS: aws or aws-iam-authenticator; GKE: gke-gcloud-auth-plugin; AKS: kubelogin. The kubeconfig chooses the arguments: list a command only if you trust who writes it.",
    }),
    folders: describe(list(text("a path")).default([]), {
      description:
        "Folders, relative to this file, whose files kubeconfigs may name (tokenFile, certificates, keys), besides the kubeconfig's own and the service account's.",
    }),
    authProviders: describe(list(oneOf(["oidc"])).default([]), {
      description: "The auth-providers that kubeconfigs may use: oidc.",
    }),
  }).prefault({}),
  {
    description:
      "What kubeconfigs may have fedns do besides sending requests to the servers that they name. Everything else is an error, with the setting that allows it.",
  },
);

/** `resolvePath` makes a path absolute. */
export function resolveKubeconfigs(
  given: KubeconfigsConfig,
  resolvePath: (path: string) => string,
): KubeconfigsConfig {
  return { ...given, folders: given.folders.map(resolvePath) };
}

type HostConflict = { readonly path: readonly string[]; readonly message: string };

/** `raw` is the whole file as it was written. */
export function hostConflicts(raw: Readonly<Record<string, unknown>>): readonly HostConflict[] {
  const written = raw["host"];
  if (typeof written !== "object" || written === null || Array.isArray(written)) return [];
  const { kubeconfig, inCluster, context } = written as Readonly<Record<string, unknown>>;
  const conflicts: HostConflict[] = [];
  const hasFile = kubeconfig !== undefined;
  if (hasFile && inCluster === true)
    conflicts.push({ path: ["host"], message: "has kubeconfig and inCluster; remove one of the two" });
  if (!hasFile && inCluster !== true) {
    const message =
      "says nothing about the way to the host; add kubeconfig: PATH, or inCluster: true for a Pod in the host";
    conflicts.push({ path: ["host"], message });
  }
  if (!hasFile && context !== undefined)
    conflicts.push({ path: ["host", "context"], message: "needs kubeconfig, which it is a context of" });
  if (raw["federations"] === undefined && raw["zones"] !== undefined) {
    const message = "declares members, but there is no federation; add federations, or remove host";
    conflicts.push({ path: ["host"], message });
  }
  return conflicts;
}
