/** A cluster's answer to an HTTP request, as plain text: the cluster, the rule, the Service and the pod. */
import { listAt, numberAt, textAt, textsAt, valueAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { ObjectClient } from "../store/objects.ts";
import { destinationOf } from "./requests.ts";
import type { Destination, HttpRequest } from "./requests.ts";

export type HttpAnswer = { readonly code: number; readonly text: string };

/** Undefined where no Service of the cluster has the address and port. */
export function answerOf(
  cluster: string,
  objects: ObjectClient,
  request: HttpRequest,
  random: () => number,
): HttpAnswer | undefined {
  const result = destinationOf(objects, request, random);
  if (result.kind === "closed") return undefined;
  const head = `cluster ${cluster}\naddress ${request.address}\n`;
  if (result.kind === "no-rule")
    return { code: 404, text: `${head}${result.at} has no rule for ${request.host}${request.path}\n` };
  if (result.kind === "broken")
    return { code: 500, text: `${head}${result.at} leads nowhere: ${result.why}\n` };
  const { destination } = result;
  const { by, namespace, service, port } = destination;
  const pods = podsBehind(objects, destination);
  const via = `${head}by ${by}\nto service ${namespace}/${service} port ${port}\n`;
  const pod = pods[Math.floor(random() * pods.length)];
  if (pod === undefined) return { code: 503, text: `${via}which has no ready endpoint\n` };
  return { code: 200, text: `${via}from pod ${pod}\nfor ${request.method} ${request.host}${request.path}\n` };
}

/** Names of the ready pods of a Service that has the port. */
function podsBehind(
  objects: ObjectClient,
  { namespace, service: name, port }: Destination,
): readonly string[] {
  const service = objects.get({ apiVersion: "v1", kind: "Service", namespace, name });
  const hasPort = listAt(service, "spec.ports").some(
    (one) => numberAt(one, "port") === port || (port !== "" && textAt(one, "name") === port),
  );
  if (!hasPort) return [];
  const slices = objects
    .list("discovery.k8s.io/v1", "EndpointSlice", namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  const isReady = (endpoint: Json): boolean => valueAt(endpoint, "conditions.ready") !== false;
  const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints")).filter(isReady);
  return [
    ...new Set(endpoints.map((one) => textAt(one, "targetRef.name") || textsAt(one, "addresses").join())),
  ];
}
