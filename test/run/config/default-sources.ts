/** Where names come from when the settings do not say: from Services alone. */
import type { SourcesConfig } from "../../../src/run/config/types.ts";

const chosen = { enabled: false, namespaces: [], namespaceSelector: "", labelSelector: "" };

export const DEFAULT_SOURCES: SourcesConfig = {
  services: { ...chosen, enabled: true, externalIPs: true, balancerHostnames: "resolve" },
  ingresses: { ...chosen, classes: [] },
  gateways: { ...chosen, classes: [] },
  externalDns: { enabled: false, internalHostnames: false },
  dnsEndpoints: chosen,
};
