/** The labels that are keys in the picture: of the pool of a service or host, of a port, of an alias. */
import { nameOf } from "../../dns/message/name.ts";
import type { NamedPort, ServiceKey } from "../../federation/members/backend.ts";
import type { PoolAlias } from "../content/content.ts";
import { keyLabels } from "../content/decode.ts";
import { HOSTS } from "../format/node.ts";

/** The labels service and namespace, as a federated name starts on the wire, or the labels of a host. */
export function serviceKey({ namespace, name }: ServiceKey): Uint8Array {
  return nameOf(namespace === "" ? name : `${name}.${namespace}`).subarray(0, -1);
}

/** The service or host that has this pool; a host has no namespace. */
export function pooledService(federation: number, key: Uint8Array): ServiceKey {
  const labels = keyLabels(key);
  if (federation === HOSTS) return { namespace: "", name: labels.join(".") };
  const [name = "", namespace = ""] = labels;
  return { namespace, name };
}

/** The labels of a port: _http _tcp. */
export function portLabels({ name, protocol }: NamedPort): Uint8Array {
  return serviceKey({ name: `_${name}`, namespace: `_${protocol}` });
}

/** The absolute name that clients of a cluster are sent to; null = it has addresses. */
export function aliasOf(aliases: readonly PoolAlias[], cluster: number): string | null {
  const alias = aliases.find((one) => one.cluster === cluster);
  return alias === undefined ? null : aliasText(alias);
}

export function aliasText({ labels }: PoolAlias): string {
  return `${keyLabels(labels).join(".")}.`;
}
