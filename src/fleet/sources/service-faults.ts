/** What a Service declares and cannot have, in sentences: why, and the cure. */
import { annotationOf } from "../../federation/annotations/annotation-table.ts";
import type { Claim, Fault } from "../../federation/hosts/declaration.ts";
import type { Host } from "../../federation/hosts/host.ts";
import { at, text } from "./raw.ts";

const EXPOSE_ANNOTATION: string = annotationOf("expose");
/** Faults of one object about its hosts. */
const FAULTS_MAX = 16;

const NO_ADDRESS =
  "its Service has no address outside its cluster: make it type LoadBalancer or NodePort, or headless, or name its addresses in the target annotation of ExternalDNS";

/** Hosts of a Service that clients cannot reach, and that nothing else of it serves. */
export function unreachable(hosts: readonly Host[], claims: readonly Claim[]): readonly Fault[] {
  return hosts
    .filter((host) => !claims.some((claim) => claim.host === host))
    .slice(0, FAULTS_MAX)
    .map((host) => ({ host, sentence: NO_ADDRESS }));
}

/** As in ServiceFacts. */
type Announced = { readonly exposure: string; readonly hasName: boolean };

/** `given`: the value of `fedns.io/expose`. Null: it is absent, or fits the type of the Service. */
export function exposeFault(
  object: unknown,
  given: string | undefined,
  { exposure, hasName }: Announced,
): Fault | null {
  if (given === undefined || (hasName && exposure !== "addresses")) return null;
  const type = text(at(object, "spec", "type")) || "ClusterIP";
  const isHeadless = type === "ClusterIP" && text(at(object, "spec", "clusterIP")) === "None";
  const what = isHeadless ? "a headless Service" : `a Service of type ${type.slice(0, 32)}`;
  const cure =
    exposure === "addresses"
      ? "the addresses that it announces are answered; take the annotation away"
      : isHeadless
        ? '"endpoints" does'
        : type === "NodePort"
          ? '"nodes" does'
          : 'type NodePort has "nodes", and a headless Service "endpoints"; type LoadBalancer needs no annotation';
  const value = JSON.stringify(given.slice(0, 32));
  return { host: "", sentence: `${EXPOSE_ANNOTATION}: ${value} does not fit ${what}: ${cure}` };
}
