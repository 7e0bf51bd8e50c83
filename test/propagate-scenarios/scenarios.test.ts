/** Scenarios. */
import { before, describe } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { fields } from "./fields.ts";
import { lostObjects } from "./lost-objects.ts";
import { neverEnding } from "./never-ending.ts";
import { Stage } from "./stage.ts";

describe("propagation", () => {
  const scope = suiteScope();
  let stage: Stage;
  before(async () => {
    stage = await Stage.open(scope);
  });
  lostObjects(() => stage);
  neverEnding(() => stage);
  fields(() => stage);
});
