/** DNSEndpoint (externaldns.k8s.io/v1alpha1), by which ExternalDNS declares records as objects, in a schema of our own. */
import type { Manifest } from "../store/objects.ts";
import { definition, listOf, mapOf, object, text } from "./describe.ts";

const providerSpecific = listOf(object({ name: text(), value: text() }));

const endpoint = object({
  dnsName: text(),
  recordType: text(),
  targets: listOf(text()),
  recordTTL: { type: "integer", format: "int64" },
  setIdentifier: text(),
  labels: mapOf(text()),
  providerSpecific,
});

export const dnsEndpointDefinition: Manifest = definition({
  group: "externaldns.k8s.io",
  kind: "DNSEndpoint",
  plural: "dnsendpoints",
  what: "DNS records to be served: name, type, targets and TTL of each.",
  versions: [
    {
      name: "v1alpha1",
      spec: object({ endpoints: listOf(endpoint) }),
      status: object({ observedGeneration: { type: "integer", format: "int64" } }),
    },
  ],
});
