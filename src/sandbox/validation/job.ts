/** Defaults and validation of Jobs and CronJobs. */
import { isDeepStrictEqual } from "node:util";
import { isObject, objectAt, textAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { invalidValue, required, unsupportedValue } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { podCauses } from "./pod.ts";
import { withTemplate } from "./pod-defaults.ts";

const policies = ["OnFailure", "Never"];
const concurrencyPolicies = ["Allow", "Forbid", "Replace"];
/** The label that selects the pods of a Job. */
const jobLabel = "batch.kubernetes.io/controller-uid";

/** Selector and labels are generated for new Jobs only: a replacement must bring its own. */
export function completeJob(object: KubeObject, previous: KubeObject | undefined): KubeObject {
  const spec = withTemplate({ ...jobDefaults, ...objectAt(object, "spec") });
  const uid = object.metadata.uid ?? "";
  if (previous || spec["manualSelector"] === true || isObject(spec["selector"])) return { ...object, spec };
  const own = { [jobLabel]: uid, "controller-uid": uid };
  const names = { "batch.kubernetes.io/job-name": object.metadata.name, "job-name": object.metadata.name };
  const template = objectAt(spec, "template");
  const labels = { ...objectAt(template, "metadata.labels"), ...own, ...names };
  const metadata = { ...objectAt(template, "metadata"), labels };
  const selector = { matchLabels: { [jobLabel]: uid } };
  return { ...object, spec: { ...spec, selector, template: { ...template, metadata } } };
}

const jobDefaults = {
  completions: 1,
  parallelism: 1,
  backoffLimit: 6,
  completionMode: "NonIndexed",
  manualSelector: false,
  podReplacementPolicy: "TerminatingOrFailed",
  suspend: false,
};

export function completeCronJob(object: KubeObject): KubeObject {
  const spec = objectAt(object, "spec");
  const job = objectAt(spec, "jobTemplate");
  const defaults = {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  };
  const jobTemplate = { ...job, spec: withTemplate(objectAt(job, "spec")) };
  return { ...object, spec: { ...defaults, ...spec, jobTemplate } };
}

export function jobCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const causes = [...templateCauses(objectAt(object, "spec"), "spec.template")];
  const before = objectAt(previous, "spec.template");
  const after = objectAt(object, "spec.template");
  if (!isObject(objectAt(object, "spec")["selector"])) causes.push(required("spec.selector"));
  if (!previous || isDeepStrictEqual(before, after)) return causes;
  return [...causes, invalidValue("spec.template", after, "field is immutable")];
}

export function cronJobCauses(object: KubeObject): readonly StatusCause[] {
  const spec = objectAt(object, "spec");
  const schedule = textAt(spec, "schedule");
  const policy = textAt(spec, "concurrencyPolicy");
  const causes: StatusCause[] = [];
  if (schedule === "") causes.push(required("spec.schedule"));
  else causes.push(...scheduleCauses(schedule));
  if (!concurrencyPolicies.includes(policy))
    causes.push(unsupportedValue("spec.concurrencyPolicy", policy, concurrencyPolicies));
  return [...causes, ...templateCauses(objectAt(spec, "jobTemplate.spec"), "spec.jobTemplate.spec.template")];
}

function scheduleCauses(schedule: string): readonly StatusCause[] {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(schedule)) return [];
  const fields = schedule.trim().split(/\s+/);
  const why = `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  return fields.length === 5 ? [] : [invalidValue("spec.schedule", schedule, why)];
}

function templateCauses(spec: JsonObject, path: string): readonly StatusCause[] {
  const pod = objectAt(spec, "template.spec");
  const policy = textAt(pod, "restartPolicy");
  const field = `${path}.spec.restartPolicy`;
  const causes: StatusCause[] = [];
  if (policy === "" || policy === "Always")
    causes.push(required(field, 'valid values: "OnFailure", "Never"'));
  else if (!policies.includes(policy)) causes.push(unsupportedValue(field, policy, policies));
  return [...podCauses({ ...pod, restartPolicy: "Never" }, `${path}.spec`), ...causes];
}
