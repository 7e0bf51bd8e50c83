/** A claim in its cluster, and what is reported when it is not answered. */
import { type Claim, type HostDeclaration, objectKey } from "./declaration.ts";
import type { Host } from "./host.ts";

/** A claim, and the object in a cluster that makes it. */
export type ClusterClaim = {
  readonly cluster: string;
  readonly declaration: HostDeclaration;
  readonly claim: Claim;
};

export type ClaimProblem = {
  /** "" = the object as a whole. */
  readonly host: Host;
  readonly cluster: string;
  /** "Ingress shop/web". */
  readonly object: string;
  readonly reason: "outside" | "reserved" | "not allowed" | "other owner" | "alias" | "not served";
  readonly sentence: string;
  /** As Fault.isPassing. */
  readonly isPassing?: boolean;
};

/** `isPassing`: as ClaimProblem.isPassing; absent = false. */
export type ReportProblem = (
  claim: ClusterClaim,
  reason: ClaimProblem["reason"],
  sentence: string,
  isPassing?: boolean,
) => void;

/** "Ingress shop/web in us-west". */
export function titleOf({ cluster, declaration }: ClusterClaim): string {
  return `${objectKey(declaration)} in ${cluster}`;
}
