/**
 * What users of other propagators have suffered from, each as a test with everything real: `fedns serve`, the commands, and API
 * servers that are the judge. Times are those of a test; what takes minutes runs at full length in simulated time.
 *
 *   scenario                                    | here              | in detail, or at full length
 *   1  members back from a network cut          | lost-objects.ts   | full-length.test.ts, test/propagate/member-away
 *   2  a reason to place is lost                | lost-objects.ts   | test/cli/types/disable, test/propagate/placement
 *   3  the host is restored from a backup       | members.ts        | test/propagate/brake, test/simulation/propagate
 *   4  what was adopted is deleted on the host  | lost-objects.ts   | test/propagate/apply, test/cli/leave
 *   5  leaving the federation                   | lost-objects.ts   | test/cli/clusters/unjoin, test/cli/leave/workloads
 *   6  deletion with a dead member              | never-ending.ts   | full-length.test.ts, test/propagate/dead-member
 *   7  unjoin without the member                | never-ending.ts   | test/cli/clusters/unjoin
 *   8  ServiceAccounts                          | fields.ts         | test/propagate/retention
 *   9  Services and claims                      | fields.ts         | test/propagate/retention, test/propagate/render
 *   10 people and controllers in the member     | fields.ts         | test/propagate/apply/contests
 *   11 an autoscaler in the member             | replicas.ts       | test/propagate/schedule/replicas, test/simulation/whole
 *   12 a webhook changes back                   | fields.ts         | full-length.test.ts
 *   13 replicas do not come back                | replicas.ts       | test/propagate/planner/steady-plan
 *   14 min, max, weights; applied anew          | replicas.ts       | test/propagate/planner/planner
 *   15 quota                                    | replicas.ts       | test/propagate/schedule/replicas
 *   16 overrides                                | placement.ts      | test/propagate/overrides
 *   17 finished Jobs                            |                   | test/propagate/plain-jobs
 *   18 status                                   | placement.ts      | test/propagate/status
 *   19 a member without the type                | members.ts        | test/propagate/served-version
 *   20 it exists already                        | members.ts        | test/propagate/apply/decide, test/propagate/take-over
 *   21 a member moves; a restart; two hosts     | members.ts        | bench propagate (4,000 objects in 7 members)
 */
import { before, describe } from "node:test";
import { inLong } from "../suite/scale.ts";
import { suiteScope } from "../support/programs.ts";
import { fields } from "./fields.ts";
import { lostObjects } from "./lost-objects.ts";
import { backInTime, itExists, moving, oldMember, oldMemberUpdated } from "./members.ts";
import { neverEnding } from "./never-ending.ts";
import { placement } from "./placement.ts";
import { replicas } from "./replicas.ts";
import { Stage } from "./stage.ts";

/** The first needs adoption off, and the last leaves another host behind. A definition is found while the others run. */
const ALL = [
  itExists,
  oldMember,
  lostObjects,
  neverEnding,
  fields,
  placement,
  replicas,
  moving,
  oldMemberUpdated,
  backInTime,
];

/** They take a minute and a half together; each is held in part by quicker tests, as the table says. */
describe("propagation", inLong, () => {
  const scope = suiteScope();
  let stage: Stage;
  before(async () => {
    stage = await Stage.open(scope);
  });
  for (const scenarios of ALL) scenarios(() => stage);
});
