/**
 * What each cluster gets of the answers for a name, read from the explanation of a running fedns (answer/explain): the last level
 * of it is the one that is answered from.
 *
 *   the line of a cluster begins with | share
 *   out: REASON                       | 0, with the reason
 *   0 %: REASON                       | 0, with the reason
 *   33.3 % …                          | 0.333
 *   in every answer                   | null: clients choose themselves
 */

export type ClusterShare = {
  readonly cluster: string;
  /** 0 to 1; null = it is in every answer. */
  readonly share: number | null;
  /** The server's words: "33.3 % of answers". */
  readonly text: string;
  /** Why it gets nothing; null = it gets something. */
  readonly reason: string | null;
  /** Endpoints, as the server knows them; null = its version does not say. */
  readonly ready: number | null;
  readonly wanted: number | null;
};

export type Shares = {
  /** The domain name. */
  readonly name: string;
  /** What the level says as a whole: "2 of 2 can answer". */
  readonly outcome: string;
  /** Those that declare the name, in the order of the server. */
  readonly clusters: readonly ClusterShare[];
};

const MEMBER = /^([^\s:]+): (out: .+?|in every answer|0 %: .+?|(?:less than )?[\d.]+ %[^;]*); (.*)$/;
const LEVEL = /^(?:level \S+|host)(?: \(top\))?: (.+)$/;
/** "less than 0.1 %" */
const LEAST = 0.0005;

/** Null = nothing is chosen among clusters at this name: the lines say why. */
export function readShares(name: string, lines: readonly string[]): Shares | null {
  const last = lines.findLastIndex((line) => LEVEL.test(line));
  if (last < 0) return null;
  const clusters = lines.slice(last + 1).flatMap((line) => {
    const [, cluster, head, facts] = MEMBER.exec(line) ?? [];
    return cluster === undefined || head === undefined ? [] : [shareOf(cluster, head, facts ?? "")];
  });
  return { name, outcome: LEVEL.exec(lines[last] ?? "")?.[1] ?? "", clusters };
}

function shareOf(cluster: string, head: string, facts: string): ClusterShare {
  const [, ready, wanted] = /^(\d+) ready of (\d+)/.exec(facts) ?? [];
  const counts = { ready: countOf(ready), wanted: countOf(wanted) };
  const [, reason] = /^(?:out|0 %): (.+)$/.exec(head) ?? [];
  if (reason !== undefined) return { cluster, share: 0, text: "0 %", reason, ...counts };
  const number = /^([\d.]+) %/.exec(head)?.[1];
  const share = head === "in every answer" ? null : number === undefined ? LEAST : Number(number) / 100;
  return { cluster, share, text: head, reason: null, ...counts };
}

function countOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** Clients are sent there. */
export function getsClients({ share }: ClusterShare): boolean {
  return share === null || share > 0;
}

/** For a column: "33.3 %", "all" where it is in every answer. */
export function shareText({ share, text }: ClusterShare): string {
  return share === null ? "all" : (/^(?:less than )?[\d.]+ %/.exec(text)?.[0] ?? text);
}
