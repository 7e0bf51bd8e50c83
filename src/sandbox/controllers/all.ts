/** All controllers of a cluster, in order of precedence. */
import type { ObjectClient } from "../store/objects.ts";
import type { ResourceTable } from "../store/resource.ts";
import { loadBalancerController } from "../network/load-balancers.ts";
import { aggregationController } from "./aggregation.ts";
import { bootstrapController } from "./bootstrap.ts";
import { definitionController } from "./definitions.ts";
import { deploymentController } from "../workloads/deployments.ts";
import { endpointController } from "../network/endpoints.ts";
import { EventWriter } from "../reconcile/events.ts";
import { eventController } from "./events.ts";
import { garbageController } from "./garbage.ts";
import { gatewayController } from "../network/gateways.ts";
import { ingressController } from "../network/ingresses.ts";
import { jobController } from "../workloads/jobs.ts";
import { runControllers } from "../reconcile/loop.ts";
import type { RunningControllers } from "../reconcile/loop.ts";
import { namespaceController } from "./namespaces.ts";
import { daemonSetController } from "../workloads/daemonsets.ts";
import { statefulSetController } from "../workloads/statefulsets.ts";
import { podController } from "../workloads/pods.ts";
import { quotaController } from "./quotas.ts";
import { replicaSetController } from "../workloads/replicasets.ts";
import type { ControllerSettings } from "../reconcile/settings.ts";
import { tokenController } from "./tokens.ts";

export function startControllers(
  objects: ObjectClient,
  table: ResourceTable,
  settings: ControllerSettings,
): RunningControllers {
  const events = new EventWriter(objects, settings.clock);
  const controllers = [
    bootstrapController(objects),
    namespaceController(objects, settings.caPem),
    garbageController(objects),
    tokenController(objects, settings),
    aggregationController(objects),
    quotaController(objects),
    definitionController(objects, table, settings.clock),
    ...(settings.runsWorkloads === false
      ? []
      : [
          deploymentController(objects, settings.clock),
          replicaSetController(objects, events, settings.random),
          statefulSetController(objects),
          daemonSetController(objects, settings.random),
          jobController(objects, settings.clock, settings.random),
          podController(objects, settings.clock),
        ]),
    endpointController(objects),
    ...(settings.loadBalancer
      ? [
          loadBalancerController(objects, settings.loadBalancer),
          ingressController(objects),
          gatewayController(objects, settings.clock),
        ]
      : []),
    // Last, since it only reports.
    eventController(events),
  ];
  return runControllers(objects, controllers, settings.log);
}
