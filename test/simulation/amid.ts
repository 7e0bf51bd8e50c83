/** A commit in the middle of an answer: the reader notices, and the answer is of the new commit, whole. */
import { someClient } from "./clients.ts";
import { checkAnswer } from "./invariants.ts";
import { forecast, put, someQuestion } from "./questions.ts";
import { count, type Run, tell, Violation } from "./run-state.ts";
import { someSlices } from "./world.ts";

/** Changes a service as its cluster would, and publishes that at the n-th read of the picture. */
export function askAmidCommit(run: Run): void {
  const { chance, control, workers } = run;
  const asked = someQuestion(run, someClient(chance));
  const worker = workers.all[asked.worker];
  const declaring = [...control.told.values()].filter(({ backends }) => backends.has(asked.key));
  if (worker === undefined || declaring.length === 0 || control.publisher.health.pending > 0) return;
  const { name, backends } = chance.pick(declaring);
  const backend = backends.get(asked.key);
  const federated = control.federation.member(name)?.backends.get(asked.key);
  if (backend === undefined || federated === undefined) return;
  const slices = someSlices(chance);
  let looks = chance.int(0, 6);
  const { picture } = worker.context;
  const health = picture.health.bind(picture);
  const serial = picture.serial.bind(picture);
  let isDone = false;
  const look = (): void => {
    if (looks-- > 0 || isDone) return;
    isDone = true;
    control.federation.setBackend(name, asked.key, {
      ...federated,
      readyEndpoints: slices.ready,
      wantedEndpoints: slices.wanted,
    });
    control.publisher.flush();
  };
  picture.health = (endpoint) => {
    look();
    return health(endpoint);
  };
  picture.serial = () => {
    look();
    return serial();
  };
  const { message } = put(run, asked);
  Reflect.deleteProperty(picture, "health");
  Reflect.deleteProperty(picture, "serial");
  if (!isDone) return;
  tell(run, `amid an answer ${asked.key} in ${name} has ${slices.ready} of ${slices.wanted} ready`);
  backends.set(asked.key, { ...backend, ...slices });
  run.world.cluster(name).slices.set(asked.key, slices);
  control.feeds.get(name)?.watch("slices", asked.key, 0);
  control.plans.refresh(asked.key);
  if (worker.context.serial !== picture.serial())
    throw new Violation(
      `the answer is of commit ${worker.context.serial}, the picture of ${picture.serial()}`,
    );
  checkAnswer(run, asked, message, forecast(run, asked));
  count(run, "check: a commit amid an answer");
}
