/**
 * The candidates as they would be without some clusters, as if these were drained: select.ts gathers, and what is left out is
 * taken from what it found.
 *
 *   of the rest, there can answer                    | not at the top | at the top
 *   some clusters                                    | they do        | they do
 *   none, but some have addresses of the other kind  | NO_FAMILY      | any of this family, else NO_FAMILY
 *   none                                             | CLIMB          | any of this family, else CLIMB
 */
import { memberCluster } from "../../picture/format/member.ts";
import { type LevelAt, levelParent, NO_LEVEL } from "../../picture/format/node.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { CLIMB, gather, gatherAny, NO_FAMILY } from "../select/select.ts";

type Asked = { readonly pool: PoolAt; readonly level: LevelAt; readonly family: 4 | 6 };

/** `without`: numbers of clusters. As gatherAny, which it is where there are none. */
export function gatherRest(
  context: WorkerContext,
  { pool, level, family }: Asked,
  without: ReadonlySet<number>,
): number {
  const all = gatherAny(context, pool, level, family);
  if (without.size === 0 || all === CLIMB) return all;
  const rest = keepRest(context, all, without);
  if (rest > 0) return rest;
  const { state, picture } = context;
  const isTop = levelParent(picture.u32, level) === NO_LEVEL;
  state.healthNeeded = isTop ? 0 : 1;
  const any = isTop ? keepRest(context, gather(context, pool, level, family), without) : 0;
  if (any > 0) return any;
  const others = gather(context, pool, level, family === 4 ? 6 : 4);
  return keepRest(context, others, without) > 0 ? NO_FAMILY : CLIMB;
}

/** Of the first `count` candidates; how many are left. */
function keepRest(context: WorkerContext, count: number, without: ReadonlySet<number>): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const member = context.candidate(i);
    if (!without.has(memberCluster(context.picture.u32, member))) context.setCandidate(kept++, member);
  }
  return kept;
}
