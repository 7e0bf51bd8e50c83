/** The ingress controller: all Ingresses of its class share the addresses of one Service. */
import { isDeepStrictEqual } from "node:util";
import { addressesOf, ignoreLabel, ingressService, isOurIngress } from "../edge/names.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";

const apiVersion = "networking.k8s.io/v1";

export function ingressController(objects: ObjectClient): Controller {
  const everyKey = (): readonly string[] => objects.list(apiVersion, "Ingress").map(keyOf);
  return {
    name: "ingresses",
    keysFor({ kind, object, previous }) {
      if (object.kind === "IngressClass") return everyKey();
      if (object.kind === "Service") {
        const { name, namespace } = object.metadata;
        return name === ingressService.name && namespace === ingressService.namespace ? everyKey() : [];
      }
      if (object.kind !== "Ingress" || object.apiVersion !== apiVersion || kind === "DELETED") return [];
      // A status written by others is kept until the spec changes, as for Services.
      return kind === "MODIFIED" && isDeepStrictEqual(object["spec"], previous?.["spec"])
        ? []
        : [keyOf(object)];
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const ingress = objects.get({ apiVersion, kind: "Ingress", namespace, name });
      if (!ingress || ingress.metadata.deletionTimestamp || !isOurIngress(objects, ingress)) return;
      const service =
        objects.get({ apiVersion: "v1", kind: "Service", ...ingressService }) ?? ensureService(objects);
      const addresses = addressesOf(service).map((ip) => ({ ip }));
      if (addresses.length > 0) objects.putStatus(ingress, { loadBalancer: { ingress: addresses } });
    },
  };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Created with the first Ingress, so that a cluster without Ingresses uses no addresses. */
function ensureService(objects: ObjectClient): KubeObject {
  const { namespace, name } = ingressService;
  const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  if (!objects.get({ ...space, name: namespace })) objects.put(space);
  const ports = [
    { name: "http", port: 80 },
    { name: "https", port: 443 },
  ];
  const spec = {
    type: "LoadBalancer",
    ipFamilyPolicy: "PreferDualStack",
    allocateLoadBalancerNodePorts: false,
    ports,
  };
  return objects.put({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: ignoreLabel },
    spec,
  });
}
