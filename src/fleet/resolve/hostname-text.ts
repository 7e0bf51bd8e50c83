/** What stands where a load balancer has a host name: a name that can be looked up, an address, or neither. */
import { isIP } from "node:net";
import { isDnsName } from "../../kernel/literal.ts";
import type { HostAddresses } from "./hostname-state.ts";

/**
 * Names that each cluster and each machine resolves by itself: here they mean something else than where they were written.
 * Gateways without a load balancer have such names, and ingress controllers on a laptop; and names of one label, such as
 * GKE's named addresses, are not host names at all.
 */
const LOCAL_NAME = /^[^.]+$|\.localhost$|\.svc(\.cluster\.local)?$/;

/** `hostname`: lower case, without a final dot. */
export function isUsable(hostname: string): boolean {
  if (isIP(hostname) !== 0) return true;
  return isDnsName(hostname.replaceAll("_", "-")) && !LOCAL_NAME.test(hostname);
}

/** Some load balancers have an address in the field for a host name. */
export function literalAddresses(hostname: string): HostAddresses | null {
  const family = isIP(hostname);
  if (family === 0) return null;
  return family === 4 ? { ipv4: [hostname], ipv6: [] } : { ipv4: [], ipv6: [hostname] };
}
