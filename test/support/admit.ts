/** Members of a pipeline without a fleet: those of the settings join, and those that an earlier run knew besides leave. */
import { membershipOf } from "../../src/run/control/membership.ts";
import type { Config } from "../../src/run/config/config.ts";
import { type Pipeline, quotaOf } from "../../src/run/control/pipeline.ts";

export function admit(pipeline: Pipeline, config: Config): void {
  const { federation, publisher } = pipeline;
  const names = config.clusters.map(({ name }) => name);
  const membership = membershipOf({
    ...pipeline,
    hosts: null,
    quotaOf: (members) => quotaOf(config, members),
  });
  for (const { name } of federation.members) if (!names.includes(name)) membership.leave(name);
  publisher.flush();
  for (const name of names) membership.join(name);
  membership.settle(names);
  publisher.flush();
}
