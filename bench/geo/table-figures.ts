/**
 * Measures a finished table in a separate process: look-ups, and the computation when a cluster joins. Prints one
 * TableFigures.
 *
 *   node bench/geo/table-figures.ts TABLE DIRECTORY SECONDS JOINS
 */
import { knownRegions } from "../../src/traffic/locate/cloud-regions.ts";
import { readTable } from "../../src/traffic/locate/table-file.ts";
import { geographyOf } from "../../src/traffic/plan/geography.ts";
import { median } from "../goal.ts";
import { buildBridge } from "../image/bridge.ts";
import { clusters } from "../image/fleet.ts";
import type { Bridge } from "../load/bridge.ts";
import { createDataPlane } from "../load/data-plane.ts";
import { createRandom } from "../load/zone.ts";
import { halfKm, type JoinFigures, type LookUpFigures, type TableFigures } from "./figures.ts";
import { locatedV6, type LookUps, lookUpsV4, lookUpsV6 } from "./prefixes.ts";

const [tablePath = "", directory = ".", seconds = "1", joins = "1"] = process.argv.slice(2);
/**
 * Enough look-ups that their memory does not stay in the caches, in slices too short for another process to get the
 * core.
 */
const addressCount = 1 << 18;
const sliceCount = 1 << 10;
/** Clusters that exist when another one joins; the first are those of the fleet. */
const sizes = [3, 10, 100];
/** Few suffice: a cluster that joins touches no service. */
const services = 1_000;

const saved = readTable(tablePath);
if (saved === null) throw new Error("there is no table");
const { table } = saved;
const random = createRandom(5);
const v4 = measure(lookUpsV4(addressCount, random));
const v6 = measure(lookUpsV6(locatedV6(table.words), addressCount, random));
const figures: TableFigures = { v4, v6, joins: measureJoins() };
process.stdout.write(`${JSON.stringify(figures)}\n`);

function measure(lookUps: LookUps): LookUpFigures {
  const nanoseconds: number[] = [];
  const endMs = performance.now() + 1_000 * Number(seconds);
  let sum = 0;
  for (let from = 0; performance.now() < endMs; from = (from + sliceCount) % addressCount) {
    const began = process.hrtime.bigint();
    sum += lookUps(table.words, from, from + sliceCount);
    nanoseconds.push(Number(process.hrtime.bigint() - began) / sliceCount);
  }
  if (sum === 0) throw new Error("no address has a location");
  const lowest = nanoseconds.reduce((least, one) => Math.min(least, one));
  return { lowest, median: median(nanoseconds) ?? lowest };
}

function measureJoins(): readonly JoinFigures[] {
  const { bridge } = buildBridge(createDataPlane(directory), { services, records: 0 });
  const { federation, publisher } = bridge;
  const geography = geographyOf(table, halfKm);
  publisher.setGeography(geography);
  publisher.flush();
  return sizes.map((size) => {
    for (let i = federation.members.length; i < size; i++) joinAt(bridge, i);
    publisher.flush();
    const nearnessMs: number[] = [];
    const joinMs: number[] = [];
    for (let i = 0; i < Number(joins); i++) {
      joinMs.push(lasts(() => publishJoin(bridge, size)));
      nearnessMs.push(lasts(() => geography.nearness(federation.members)));
      federation.leave(regionAt(size));
      publisher.flush();
    }
    return { clusters: size, nearnessMs, joinMs };
  });
}

function publishJoin(bridge: Bridge, number: number): void {
  joinAt(bridge, number);
  bridge.publisher.flush();
}

function joinAt({ federation }: Bridge, number: number): void {
  const region = regionAt(number);
  federation.join(region);
  federation.setLocality(region, { places: [{ region, zone: "a" }], latitude: null, longitude: null });
}

/** Regions from all over the world, none twice. */
function regionAt(number: number): string {
  const others = knownRegions().filter((region) => !clusters.some((cluster) => cluster === region));
  return others[(number * 3) % others.length] as string;
}

function lasts(work: () => unknown): number {
  const beganMs = performance.now();
  work();
  return performance.now() - beganMs;
}
