/** The controllers of a cluster, in the order they are asked. */
import type { Objects } from "../store/objects.ts";
import { balancerController } from "./balancers.ts";
import { deploymentController } from "./deployments.ts";
import { endpointController } from "./endpoints.ts";
import { garbageController } from "./garbage.ts";
import { runControllers } from "./loop.ts";
import type { RunningControllers } from "./loop.ts";
import { namespaceController } from "./namespaces.ts";
import { podController } from "./pods.ts";
import { replicaSetController } from "./replicasets.ts";
import type { ControllerSettings } from "./settings.ts";

export function startControllers(objects: Objects, settings: ControllerSettings): RunningControllers {
  const controllers = [
    namespaceController(objects, settings.caPem),
    garbageController(objects),
    deploymentController(objects, settings.clock),
    replicaSetController(objects, settings.random),
    podController(objects, settings.clock),
    endpointController(objects),
    ...(settings.loadBalancer ? [balancerController(objects, settings.loadBalancer)] : []),
  ];
  return runControllers(objects, controllers, settings.log);
}
