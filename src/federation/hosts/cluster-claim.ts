/** A claim in its cluster, the claims of one host in order of precedence, and what is reported when one is not answered. */
import type { Sight } from "../sights/first-sights.ts";
import { type Claim, type HostDeclaration, objectKey } from "./declaration.ts";
import type { Host } from "./host.ts";

/** A claim, and the object in a cluster that makes it. */
export type ClusterClaim = {
  readonly cluster: string;
  readonly declaration: HostDeclaration;
  readonly claim: Claim;
  /** When the namespace in this cluster was first seen to claim the host. */
  readonly sight: Sight;
};

export type ClaimProblem = {
  /** "" = the object as a whole. */
  readonly host: Host;
  readonly cluster: string;
  /** "Ingress shop/web". */
  readonly object: string;
  readonly reason:
    | "outside"
    | "reserved"
    | "not allowed"
    | "other owner"
    | "alias"
    | "not served"
    | "too many";
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

/**
 * The claims on one host. They are put in order when they are asked for: what is in order already is not compared anew
 * but once, and to remove a claim needs no search.
 */
export class HostClaims {
  readonly #claims: Set<ClusterClaim> = new Set();
  #inOrder: ClusterClaim[] = [];
  /** Not in order yet. */
  #added: ClusterClaim[] = [];
  #hasRemoved = false;

  get size(): number {
    return this.#claims.size;
  }

  add(claim: ClusterClaim): void {
    this.#claims.add(claim);
    this.#added.push(claim);
  }

  remove(claim: ClusterClaim): void {
    if (this.#claims.delete(claim)) this.#hasRemoved = true;
  }

  /** The first has precedence. */
  inOrder(): readonly ClusterClaim[] {
    const kept = (claim: ClusterClaim): boolean => this.#claims.has(claim);
    if (this.#hasRemoved) {
      this.#inOrder = this.#inOrder.filter(kept);
      this.#added = this.#added.filter(kept);
      this.#hasRemoved = false;
    }
    if (this.#added.length > 0) {
      // The sort finds the run that is in order, and merges the others into it.
      this.#inOrder = [...this.#inOrder, ...this.#added].sort(byPrecedence);
      this.#added = [];
    }
    return this.#inOrder;
  }
}

function byPrecedence(a: ClusterClaim, b: ClusterClaim): number {
  return (
    a.sight.sinceSeconds - b.sight.sinceSeconds ||
    a.declaration.createdSeconds - b.declaration.createdSeconds ||
    compare(a.declaration.namespace, b.declaration.namespace) ||
    compare(a.declaration.name, b.declaration.name) ||
    compare(a.declaration.kind, b.declaration.kind) ||
    compare(a.cluster, b.cluster)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
