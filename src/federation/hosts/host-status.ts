/** What is said about host names: in /status, and to the owners of objects. */
import type { ObjectWarning } from "../members/object-warning.ts";
import type { ClaimProblem, ClusterClaim } from "./cluster-claim.ts";
import { type HostDeclaration, objectKey } from "./declaration.ts";
import type { Host } from "./host.ts";

export type HostStatus = {
  /** Hosts that are claimed, allowed or not. */
  readonly claimed: number;
  /** Hosts that have an owner. */
  readonly answered: number;
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ClaimProblem[];
  /** Clusters that claim more names than are taken. */
  readonly overflowing: readonly string[];
};

/** What of an object is not served as it declares it. */
export function faultsOf(
  cluster: string,
  object: string,
  declaration: HostDeclaration | null,
): readonly ClaimProblem[] {
  return (declaration?.faults ?? []).map(({ host, sentence, isPassing }) => ({
    host,
    cluster,
    object,
    reason: "not served",
    sentence,
    ...(isPassing === true && { isPassing }),
  }));
}

/** A name outside our zones is no mistake of its owner. */
export function* warningsOf(
  problems: readonly ClaimProblem[],
  uidOf: (cluster: string, object: string) => string,
): Generator<ObjectWarning> {
  for (const { host, cluster, object, reason, sentence, isPassing } of problems) {
    if (isPassing === true || reason === "outside") continue;
    const uid = uidOf(cluster, object);
    const [kind = "", key = ""] = object.split(" ");
    const message = host === "" ? sentence : `${host}: ${sentence}`;
    yield { cluster, kind, key, reason: "NotServed", message, ...(uid !== "" && { uid }) };
  }
}

/** Of problems: whether one is about the host, or about a whole object that claims it. */
export function isAboutHost(host: Host, claims: readonly ClusterClaim[]): (problem: ClaimProblem) => boolean {
  const claiming = new Set(
    claims.flatMap(({ cluster, declaration, claim }) => [
      `${cluster} ${objectKey(declaration)}`,
      ...claim.gateways.map((gateway) => `${cluster} Gateway ${gateway}`),
    ]),
  );
  return ({ host: one, cluster, object }) =>
    one === host || (one === "" && claiming.has(`${cluster} ${object}`));
}
