/** The TTL of NS records: not so long that a move takes days, not so short that the parent zone is asked all the time. */
import { type Finding, warning } from "./finding.ts";

/** RFC 1912 §2.2 names days; a longer TTL than this keeps resolvers at servers that have moved. */
const TTL_MAX_SECONDS = 172_800;
const TTL_MIN_SECONDS = 60;

export function checkTtl(ttlSeconds: number, where: string): readonly Finding[] {
  if (ttlSeconds > TTL_MAX_SECONDS)
    return [
      warning(
        `the NS records ${where} have a TTL of ${ttlSeconds} s: resolvers keep asking a server for that long after it has moved`,
        `use a TTL of at most ${TTL_MAX_SECONDS} s`,
      ),
    ];
  if (ttlSeconds >= TTL_MIN_SECONDS) return [];
  return [
    warning(
      `the NS records ${where} have a TTL of ${ttlSeconds} s: resolvers ask the parent zone again and again`,
      `use a TTL of at least ${TTL_MIN_SECONDS} s`,
    ),
  ];
}
