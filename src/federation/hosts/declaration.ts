/** The host names that one object of one cluster declares: the common form that all sources produce. */
import { type RRset, sameRRsets } from "../../dns/message/record.ts";
import { type Annotations, sameAnnotations } from "../members/backend.ts";
import type { Host } from "./host.ts";

/** Where clients of a host go in one cluster. Addresses and names are as declared, neither checked nor looked up. */
export type HostTarget =
  | {
      readonly kind: "addresses";
      readonly addresses: readonly string[];
      readonly hostnames: readonly string[];
      /** A tenant wrote them, not a controller: where they lead inside a network, they are not probed. Absent = false. */
      readonly isOfTenant?: boolean;
    }
  /** "namespace/name" of a Service: its addresses and its readiness. */
  | { readonly kind: "service"; readonly service: string };

/**
 * In the place of a Service that may not be used: it never has a ready endpoint. No Service has such a name.
 */
export const UNUSABLE = "";

/** The TTL of a record whose object gives none: longer than any, so that another object's counts; the setting otherwise. */
export const TTL_OF_SETTINGS: number = Number.POSITIVE_INFINITY;

export type Claim = {
  readonly host: Host;
  /** Null = no addresses, only `rrsets`. */
  readonly target: HostTarget | null;
  /**
   * "namespace/name" of the Services behind the host: it is enough that one of them is ready. Empty = the claim does not
   * affect readiness (a redirect); null = it has a backend whose readiness cannot be known. Where no claim names a
   * Service, or one says null, the host is taken as ready.
   */
  readonly services: readonly string[] | null;
  /** "namespace/name" of the Gateways it is reached through; empty for kinds without Gateways. */
  readonly gateways: readonly string[];
  /** Seconds, 1 to 2^31 - 1; null = the setting. */
  readonly ttlSeconds: number | null;
  /** Records other than addresses; a TTL may be TTL_OF_SETTINGS. */
  readonly rrsets: readonly RRset[];
  /**
   * For a target that is a Service: the addresses and host names that it announces, as declared; absent = they are not known here.
   */
  readonly announced?: readonly string[];
  /**
   * No controller says at present that the host is served, and whether one did before this run is not known: the claim counts
   * only where its cluster has the host already. Absent = false.
   */
  readonly isTentative?: boolean;
};

/** Immutable; replaced whole when anything about it changes. */
export type HostDeclaration = {
  /** Kubernetes' name for the type of the object. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Unix time of `metadata.creationTimestamp`; an object without one counts as the youngest. */
  readonly createdSeconds: number;
  /** `metadata.uid`; absent = not known. */
  readonly uid?: string;
  readonly claims: readonly Claim[];
  /** Where its clients go, for objects that may have hosts elsewhere. */
  readonly target?: HostTarget;
  /** About the traffic of its hosts; absent = nothing. */
  readonly annotations?: Annotations;
  /** What of the object is not served, or not as it says. */
  readonly faults?: readonly Fault[];
};

/** Something that an object declares and that is not served as declared. */
export type Fault = {
  /** As written in the object, cut to 255 characters; "" = the object as a whole. */
  readonly host: string;
  /** Why, and the cure. */
  readonly sentence: string;
  /** It may end without its author, as while a controller has not looked yet: no Event is written about it. Absent = false. */
  readonly isPassing?: boolean;
};

/** "Ingress shop/web": names an object of a cluster in reports and in maps. */
export function objectKey({
  kind,
  namespace,
  name,
}: Pick<HostDeclaration, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace}/${name}`;
}

export function sameDeclaration(a: HostDeclaration, b: HostDeclaration): boolean {
  return (
    a.kind === b.kind &&
    a.namespace === b.namespace &&
    a.name === b.name &&
    a.createdSeconds === b.createdSeconds &&
    a.uid === b.uid &&
    a.claims.length === b.claims.length &&
    a.claims.every((claim, i) => sameClaim(claim, b.claims[i] as Claim)) &&
    sameTarget(a.target ?? null, b.target ?? null) &&
    sameFaults(a.faults ?? [], b.faults ?? []) &&
    sameAnnotations(a.annotations ?? null, b.annotations ?? null)
  );
}

export function sameFaults(a: readonly Fault[], b: readonly Fault[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ host, sentence, isPassing }, i) =>
        host === b[i]?.host && sentence === b[i].sentence && isPassing === b[i].isPassing,
    )
  );
}

function sameClaim(a: Claim, b: Claim): boolean {
  return (
    a.host === b.host &&
    a.ttlSeconds === b.ttlSeconds &&
    a.isTentative === b.isTentative &&
    sameTexts(a.announced ?? null, b.announced ?? null) &&
    sameTexts(a.services, b.services) &&
    sameTexts(a.gateways, b.gateways) &&
    sameTarget(a.target, b.target) &&
    sameRRsets(a.rrsets, b.rrsets)
  );
}

export function sameTarget(a: HostTarget | null, b: HostTarget | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (a.kind === "service") return b.kind === "service" && a.service === b.service;
  return (
    b.kind === "addresses" &&
    (a.isOfTenant ?? false) === (b.isOfTenant ?? false) &&
    sameTexts(a.addresses, b.addresses) &&
    sameTexts(a.hostnames, b.hostnames)
  );
}

export function sameTexts(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a.length === b.length && a.every((text, i) => text === b[i]);
}
