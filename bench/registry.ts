/** Every bench there is, in the order they run and appear in bench/README.md. */
import type { Bench } from "./bench.ts";
import { peers } from "./peers.ts";

export const benches: readonly Bench[] = [peers];
