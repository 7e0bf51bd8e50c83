/** Scenarios. */
import { before, describe } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { fields } from "./fields.ts";
import { lostObjects } from "./lost-objects.ts";
import { backInTime, itExists, moving, oldMember, oldMemberUpdated } from "./members.ts";
import { neverEnding } from "./never-ending.ts";
import { placement } from "./placement.ts";
import { Stage } from "./stage.ts";

describe("propagation", () => {
  const scope = suiteScope();
  let stage: Stage;
  before(async () => {
    stage = await Stage.open(scope);
  });
  const all = [
    itExists,
    oldMember,
    lostObjects,
    neverEnding,
    fields,
    placement,
    moving,
    oldMemberUpdated,
    backInTime,
  ];
  for (const scenarios of all) scenarios(() => stage);
});
