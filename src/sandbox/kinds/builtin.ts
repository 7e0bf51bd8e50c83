/** The built-in resources of the Kubernetes API that are stored. */
import type { ApiResource } from "../store/resource.ts";
import { clusterResources } from "./cluster.ts";
import { coreResources } from "./core.ts";
import { pods } from "./pod.ts";
import { policyResources } from "./policy.ts";
import { services } from "./service.ts";
import {
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  replicaSets,
  replicationControllers,
  statefulSets,
} from "./workload.ts";

const workloads = [
  pods,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  replicationControllers,
  jobs,
  cronJobs,
];

export const builtinResources: readonly ApiResource[] = [
  ...coreResources,
  services,
  ...workloads,
  ...policyResources,
  ...clusterResources,
];
