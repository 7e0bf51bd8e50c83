/** The settings of sources when the file does not mention them: only Services are read. */
import { SOURCE_NAMES, type SourceSettings, SOURCES } from "../../../src/fleet/sources/source-table.ts";

const CHOICE = { namespaces: [], namespaceSelector: "", labelSelector: "" };
const OWN: Readonly<Record<string, object>> = {
  services: {
    externalIPs: true,
    balancerHostnames: "resolve",
    internalIPv6: false,
    remoteEndpoints: false,
  },
  ingresses: { classes: [], tlsHosts: true },
  gateways: { classes: [] },
  externalDns: { internalHostnames: false },
};

export const DEFAULT_SOURCES: SourceSettings = settingsOf((name) => name === "services");

/** The defaults, with those sources on that `isOn` names. */
export function settingsOf(isOn: (name: string) => boolean, choice: object = {}): SourceSettings {
  const groups = SOURCE_NAMES.map((name) => {
    const hasObjects = Object.keys(SOURCES[name].resources).length > 0;
    return [name, { enabled: isOn(name), ...(hasObjects && { ...CHOICE, ...choice }), ...OWN[name] }];
  });
  return Object.fromEntries(groups) as SourceSettings;
}
