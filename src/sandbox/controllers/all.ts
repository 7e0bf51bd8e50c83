/** The controllers of a cluster, in the order they are asked. */
import type { Objects } from "../store/objects.ts";
import type { ResourceTable } from "../store/resource.ts";
import { balancerController } from "./balancers.ts";
import { bootstrapController } from "./bootstrap.ts";
import { definitionController } from "./definitions.ts";
import { deploymentController } from "./deployments.ts";
import { endpointController } from "./endpoints.ts";
import { garbageController } from "./garbage.ts";
import { gatewayController } from "./gateways.ts";
import { ingressController } from "./ingresses.ts";
import { jobController } from "./jobs.ts";
import { runControllers } from "./loop.ts";
import type { RunningControllers } from "./loop.ts";
import { namespaceController } from "./namespaces.ts";
import { daemonSetController, statefulSetController } from "./numbered.ts";
import { podController } from "./pods.ts";
import { replicaSetController } from "./replicasets.ts";
import type { ControllerSettings } from "./settings.ts";
import { tokenController } from "./tokens.ts";

export function startControllers(
  objects: Objects,
  table: ResourceTable,
  settings: ControllerSettings,
): RunningControllers {
  const controllers = [
    bootstrapController(objects),
    namespaceController(objects, settings.caPem),
    garbageController(objects),
    tokenController(objects, settings),
    definitionController(objects, table, settings.clock),
    deploymentController(objects, settings.clock),
    replicaSetController(objects, settings.random),
    statefulSetController(objects),
    daemonSetController(objects, settings.random),
    jobController(objects, settings.clock, settings.random),
    podController(objects, settings.clock),
    endpointController(objects),
    ...(settings.loadBalancer
      ? [
          balancerController(objects, settings.loadBalancer),
          ingressController(objects),
          gatewayController(objects, settings.clock),
        ]
      : []),
  ];
  return runControllers(objects, controllers, settings.log);
}
