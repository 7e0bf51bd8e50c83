/**
 * Whether a name still means the same cluster: by the uid of its namespace kube-system, which a cluster has for life. A
 * cluster that is not the one that joined is read, and nothing is written to it. Pure.
 */

export type ClusterIdentity = {
  readonly name: string;
  /** Of the cluster that answers now; null = not read. */
  readonly live: string | null;
  /** In the annotation of the KubeFedCluster, by `fedns join`; null = none. */
  readonly recorded: string | null;
  /** As this server first saw it; null = never. */
  readonly remembered: string | null;
};

export type IdentityProblem = {
  readonly name: string;
  readonly reason: "ClusterReplaced" | "SameCluster";
  readonly sentence: string;
};

/** The uid to remember from now on; null = none is known. What `fedns join` recorded counts more than what was seen first. */
export function uidToRemember({ live, recorded, remembered }: ClusterIdentity): string | null {
  return recorded ?? remembered ?? live;
}

/**
 * `members`: the one that counts first, as clusters of the settings and older objects do.
 *
 *     live   recorded   remembered   problem
 *     -      any        any          none: nothing is known of the cluster that answers
 *     x      x          any          none
 *     x      -          x or -       none
 *     x      y          any          ClusterReplaced, until fedns join --replace
 *     x      -          y            ClusterReplaced
 *     x      of an earlier member    SameCluster
 */
export function identityProblems(members: readonly ClusterIdentity[]): readonly IdentityProblem[] {
  const first = new Map<string, string>();
  return members.flatMap((member): IdentityProblem[] => {
    const { name, live } = member;
    if (live === null) return [];
    const known = uidToRemember(member);
    if (known !== live) {
      const sentence = `it is not the cluster that joined: its uid is ${live}, and was ${known}; nothing is written to it until fedns join --replace ${name}`;
      return [{ name, reason: "ClusterReplaced", sentence }];
    }
    const twin = first.get(live);
    if (twin !== undefined) {
      const sentence = `it is the same cluster as ${twin} (uid ${live}), so nothing is written to it by this name; remove one of the two`;
      return [{ name, reason: "SameCluster", sentence }];
    }
    first.set(live, name);
    return [];
  });
}
