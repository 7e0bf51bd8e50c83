/**
 * Fields that a member decides once a copy exists: they are not sent then, although the template has them. An override wins.
 *
 *   kind    | field                                          | why
 *   any     | spec.replicas, with retainReplicas             | an autoscaler of the member sets it
 *   Service | spec.clusterIP, unless it is "None"; clusterIPs | the member allocates them, and they cannot be changed
 *   Service | spec.healthCheckNodePort, spec.ports[].nodePort | the member allocates them
 *
 * What the template does not have is the member's anyway: volumeName of a claim, selector and labels of a Job, secrets of a
 * ServiceAccount, the caBundle of a webhook, annotations and finalizers.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";

type Retention = {
  readonly retainReplicas: boolean;
  /** Whether an override sets the field at a JSON pointer. */
  readonly isOverridden: (pointer: string) => boolean;
};

/** `fields`: what is left out, as people name it. The body is not changed. */
export function withoutRetained(
  body: JsonRecord,
  { retainReplicas, isOverridden }: Retention,
): { readonly body: JsonRecord; readonly fields: readonly string[] } {
  const { spec } = body;
  if (!isJsonRecord(spec)) return { body, fields: [] };
  const names = [
    ...(retainReplicas ? ["replicas"] : []),
    ...(isService(body) ? ["clusterIP", "clusterIPs", "healthCheckNodePort"] : []),
  ].filter((name) => name in spec && !isOverridden(`/spec/${name}`) && !isHeadless(name, spec[name]));
  const kept = Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name)));
  const ports = isService(body) ? withoutNodePorts(spec["ports"], isOverridden) : null;
  const fields = names.map((name) => `spec.${name}`);
  if (ports === null) return { body: { ...body, spec: kept }, fields };
  return { body: { ...body, spec: { ...kept, ports } }, fields: [...fields, "spec.ports[].nodePort"] };
}

function isService({ kind, apiVersion }: JsonRecord): boolean {
  return kind === "Service" && apiVersion === "v1";
}

/** "None" is no address: it says that the Service has none. */
function isHeadless(name: string, value: unknown): boolean {
  return name.startsWith("clusterIP") && (value === "None" || (Array.isArray(value) && value[0] === "None"));
}

/** Null = no port has a node port that is the member's. */
function withoutNodePorts(
  ports: unknown,
  isOverridden: Retention["isOverridden"],
): readonly unknown[] | null {
  if (!Array.isArray(ports)) return null;
  const isRetained = (port: unknown, i: number): port is JsonRecord =>
    isJsonRecord(port) && "nodePort" in port && !isOverridden(`/spec/ports/${i}/nodePort`);
  const list = ports as readonly unknown[];
  if (!list.some(isRetained)) return null;
  return list.map((port, i) => {
    if (!isRetained(port, i)) return port;
    const { nodePort: _, ...rest } = port;
    return rest;
  });
}
