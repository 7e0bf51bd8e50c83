/** Every bench there is, in the order they run and appear in bench/README.md. */
import type { Bench } from "./bench.ts";
import { attack } from "./attack.ts";
import { calm } from "./calm.ts";
import { converge } from "./converge.ts";
import { failover } from "./failover.ts";
import { fleet } from "./fleet.ts";
import { geo } from "./geo.ts";
import { image } from "./image.ts";
import { memory } from "./memory.ts";
import { peers } from "./peers.ts";
import { planner } from "./planner.ts";
import { propagate } from "./propagate.ts";
import { start } from "./start.ts";

export const benches: readonly Bench[] = [
  peers,
  geo,
  image,
  failover,
  converge,
  fleet,
  propagate,
  planner,
  calm,
  memory,
  start,
  attack,
];
