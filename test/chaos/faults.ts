/** All faults of a chaos run. Each table has a file; a new kind of fault is a row in one of them, or a table here. */
import { API_FAULTS } from "./faults-of-members.ts";
import { PROCESS_FAULTS } from "./faults-of-processes.ts";
import { PROPAGATION_FAULTS } from "./faults-of-propagation.ts";
import { STATE_FAULTS } from "./faults-of-state.ts";
import { WRITER_FAULTS } from "./faults-of-the-writer.ts";
import { ZONE_FAULTS } from "./faults-of-zones.ts";
import type { Fault } from "./fault.ts";

export const FAULTS: readonly Fault[] = [
  ...API_FAULTS,
  ...PROCESS_FAULTS,
  ...PROPAGATION_FAULTS,
  ...STATE_FAULTS,
  ...WRITER_FAULTS,
  ...ZONE_FAULTS,
];
