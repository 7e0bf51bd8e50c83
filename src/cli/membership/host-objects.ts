/** The objects that `fedns join` makes in the host: the Secret with the member's token, and its KubeFedCluster. */
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import { type MadeFor, membershipLabels } from "./names.ts";
import { planned, type PlannedObject } from "./planned-object.ts";

export type HostPlan = MadeFor & {
  readonly namespace: string;
  readonly secretName: string;
  readonly apiEndpoint: string;
  /** PEM; null = the certificates that the system trusts. */
  readonly caBundle: string | null;
  readonly proxyURL: string | null;
  readonly disabledTLSValidations: readonly string[];
  /** Of the member. */
  readonly clusterUid: string;
  /** What operators say about the cluster, by the names of annotations: region, zones, location, addresses. */
  readonly place: Readonly<Record<string, string>>;
  /** What selectors match. */
  readonly labels: Readonly<Record<string, string>>;
};

export function secretObject(plan: HostPlan, token: string): PlannedObject {
  const { namespace, secretName } = plan;
  return planned("Secret", {
    namespace,
    name: secretName,
    labels: membershipLabels(plan),
    fields: { type: "Opaque", data: { token: base64(token) } },
  });
}

/** One that kubefedctl made is adopted. */
export function clusterObject(plan: HostPlan): PlannedObject {
  const { namespace, cluster, caBundle, proxyURL, disabledTLSValidations } = plan;
  const annotations = Object.fromEntries(
    Object.entries({ "cluster-uid": plan.clusterUid, ...plan.place }).map(([name, value]) => [
      clusterAnnotation(name),
      value,
    ]),
  );
  const spec = {
    apiEndpoint: plan.apiEndpoint,
    ...(caBundle !== null && { caBundle: base64(caBundle) }),
    ...(proxyURL !== null && { proxyURL }),
    ...(disabledTLSValidations.length > 0 && { disabledTLSValidations }),
    secretRef: { name: plan.secretName },
  };
  return {
    key: { resource: preferredResource(CLUSTERS), namespace, name: cluster },
    manifest: {
      kind: "KubeFedCluster",
      metadata: { labels: { ...plan.labels, ...membershipLabels(plan) }, annotations },
      spec,
    },
    ifForeign: "adopt",
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
