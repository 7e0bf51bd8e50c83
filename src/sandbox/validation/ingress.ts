/** Validation of Ingresses, with the messages of the API server. */
import { isObject, listAt, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { nameCauses, portNameCauses } from "../object/name.ts";
import type { KubeObject } from "../object/object.ts";
import { invalidValue, required, unsupportedValue } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { portCauses } from "./pod.ts";

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const classKey = "kubernetes.io/ingress.class";

export function ingressCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const spec = objectAt(object, "spec");
  const rules = listAt(spec, "rules");
  const causes: StatusCause[] = [];
  if (rules.length === 0 && !isObject(spec["defaultBackend"]))
    causes.push(required("spec", "either `defaultBackend` or `rules` must be specified"));
  const annotated = object.metadata.annotations?.[classKey];
  if (!previous && annotated !== undefined && textAt(spec, "ingressClassName") !== "") {
    const why = "can not be set when the class field is also set";
    causes.push(invalidValue(`annotations.${classKey}`, annotated, why));
  }
  if (isObject(spec["defaultBackend"]))
    causes.push(...backendCauses(spec["defaultBackend"], "spec.defaultBackend"));
  for (const [index, tls] of listAt(spec, "tls").entries()) {
    for (const [place, host] of textsAt(tls, "hosts").entries())
      causes.push(...hostCauses(host, `spec.tls[${index}].hosts[${place}]`));
  }
  causes.push(...rules.flatMap((rule, index) => ruleCauses(rule, `spec.rules[${index}]`)));
  const name = textAt(spec, "ingressClassName");
  return name === "" ? causes : [...causes, ...nameCauses(name, "subdomain", "spec.ingressClassName")];
}

/** Warns about the deprecated annotation. */
export function ingressWarnings(object: JsonObject): readonly string[] {
  const annotations = objectAt(object, "metadata.annotations");
  if (!Object.hasOwn(annotations, classKey)) return [];
  return [`annotation ${JSON.stringify(classKey)} is deprecated, please use 'spec.ingressClassName' instead`];
}

function ruleCauses(rule: Json, path: string): readonly StatusCause[] {
  const host = textAt(rule, "host");
  const causes = host === "" ? [] : [...hostCauses(host, `${path}.host`)];
  if (!isObject(rule) || !isObject(rule["http"])) return causes;
  const paths = listAt(rule, "http.paths");
  if (paths.length === 0) causes.push(required(`${path}.http.paths`));
  return [...causes, ...paths.flatMap((one, index) => pathCauses(one, `${path}.http.paths[${index}]`))];
}

function hostCauses(host: string, path: string): readonly StatusCause[] {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(":");
  if (isAddress) return [invalidValue(path, host, "must be a DNS name, not an IP address")];
  if (!host.includes("*")) return nameCauses(host, "subdomain", path);
  return nameCauses(host, "wildcard", path);
}

function pathCauses(one: Json, path: string): readonly StatusCause[] {
  const type = textAt(one, "pathType");
  const text = textAt(one, "path");
  const causes: StatusCause[] = [];
  if (type === "") causes.push(required(`${path}.pathType`, "pathType must be specified"));
  else if (!pathTypes.includes(type)) causes.push(unsupportedValue(`${path}.pathType`, type, pathTypes));
  else if (!text.startsWith("/") && !(type === "ImplementationSpecific" && text === ""))
    causes.push(invalidValue(`${path}.path`, text, "must be an absolute path"));
  return [...causes, ...backendCauses(objectAt(one, "backend"), `${path}.backend`)];
}

function backendCauses(backend: JsonObject, path: string): readonly StatusCause[] {
  const { service, resource } = backend;
  if (isObject(service) && isObject(resource))
    return [invalidValue(path, "", "cannot set both resource and service backends")];
  if (isObject(resource)) return [];
  if (!isObject(service)) return [required(path, "resource or service backend is required")];
  const name = textAt(service, "name");
  const port = textAt(service, "port.name");
  const number = numberAt(service, "port.number") ?? 0;
  const causes =
    name === ""
      ? [required(`${path}.service.name`)]
      : [...nameCauses(name, "service", `${path}.service.name`)];
  if (port !== "" && number !== 0)
    causes.push(invalidValue(path, "", "cannot set both port name & port number"));
  else if (port !== "") causes.push(...portNameCauses(port, `${path}.service.port.name`));
  else if (number !== 0) causes.push(...portCauses(number, `${path}.service.port.number`));
  else causes.push(required(path, "port name or number is required"));
  return causes;
}
