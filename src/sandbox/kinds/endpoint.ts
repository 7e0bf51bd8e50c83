/** The endpoints of Services: EndpointSlices, and Endpoints, their older form. */
import { listAt, numberAt, textAt, textsAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { unsupportedValue } from "../object/status.ts";
import { ageColumn, column, cellAt, nameColumn, none } from "./cells.ts";
import { defineResource } from "./define.ts";

export const endpoints: ApiResource = defineResource("", "v1", {
  plural: "endpoints",
  kind: "Endpoints",
  shortNames: ["ep"],
  columns: [nameColumn, column("Endpoints", endpointsCell), ageColumn],
});

/** The first three addresses, as `kubectl` shortens the list. */
function endpointsCell(object: KubeObject): string {
  const all = listAt(object, "subsets").flatMap((subset) => {
    const ports = listAt(subset, "ports");
    const addresses = listAt(subset, "addresses").map((address) => textAt(address, "ip"));
    return ports.flatMap((port) => addresses.map((address) => `${address}:${numberAt(port, "port") ?? 0}`));
  });
  const rest = all.length > 3 ? ` + ${all.length - 3} more...` : "";
  return none(all.slice(0, 3).join(",") + rest);
}

export const endpointSlices: ApiResource = defineResource("discovery.k8s.io", "v1", {
  plural: "endpointslices",
  kind: "EndpointSlice",
  hasGeneration: true,
  columns: [
    nameColumn,
    column("AddressType", cellAt("addressType")),
    column("Ports", (one) => unset(listAt(one, "ports").map((port) => String(numberAt(port, "port") ?? "")))),
    column("Endpoints", (one) =>
      unset(listAt(one, "endpoints").flatMap((entry) => textsAt(entry, "addresses"))),
    ),
    ageColumn,
  ],
  applyDefaults: (object) => ({ endpoints: null, ports: null, ...object }),
  validate(object) {
    const families = ["IPv4", "IPv6", "FQDN"];
    const type = textAt(object, "addressType");
    return families.includes(type) ? [] : [unsupportedValue("addressType", type, families)];
  },
});

function unset(values: readonly string[]): string {
  if (values.length === 0) return "<unset>";
  return values.slice(0, 3).join(",") + (values.length > 3 ? ` + ${values.length - 3} more...` : "");
}
