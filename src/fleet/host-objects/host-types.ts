/** The kinds of objects that are read from the host cluster: KubeFed's, under KubeFed's names. */
import type { WatchedResource } from "../watch/watched-resource.ts";

export const CORE_GROUP = "core.kubefed.io";
export const CORE_VERSION = "v1beta1";

/** Where KubeFed keeps its own objects. */
export const SYSTEM_NAMESPACE = "kube-federation-system";
/** KubeFed reads the object of this name and no other. */
export const CONFIG_NAME = "kubefed";

export const CLUSTERS: WatchedResource = {
  group: CORE_GROUP,
  plural: "kubefedclusters",
  versions: [CORE_VERSION],
};
export const CONFIGS: WatchedResource = {
  group: CORE_GROUP,
  plural: "kubefedconfigs",
  versions: [CORE_VERSION],
};
export const TYPE_CONFIGS: WatchedResource = {
  group: CORE_GROUP,
  plural: "federatedtypeconfigs",
  versions: [CORE_VERSION],
};

const DNS_GROUP = "multiclusterdns.kubefed.io";
const DNS_VERSION = "v1alpha1";

export const DOMAINS: WatchedResource = { group: DNS_GROUP, plural: "domains", versions: [DNS_VERSION] };
export const SERVICE_DNS_RECORDS: WatchedResource = {
  group: DNS_GROUP,
  plural: "servicednsrecords",
  versions: [DNS_VERSION],
};
export const INGRESS_DNS_RECORDS: WatchedResource = {
  group: DNS_GROUP,
  plural: "ingressdnsrecords",
  versions: [DNS_VERSION],
};
