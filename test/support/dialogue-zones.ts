/** Zone files in a dialogue: read and checked as those of a folder, and published beside the zones of the fleet. */
import { nameOf, sameName } from "../../src/dns/message/name.ts";
import { generatedZone } from "../../src/dns/zone/generated.ts";
import { mergeZones } from "../../src/dns/zone/merge.ts";
import { formatProblem, hasErrors } from "../../src/dns/zone/problem.ts";
import type { Zone } from "../../src/dns/zone/zone.ts";
import { checkZone } from "../../src/dns/zonefile/check.ts";
import { parseZoneFile } from "../../src/dns/zonefile/zone-reader.ts";
import { parseFleet } from "./fleet.ts";
import type { Front } from "./worker-context.ts";

export class DialogueZones {
  readonly #front: Front;
  readonly #generated: readonly Zone[];
  readonly #files: Map<string, Zone> = new Map();

  constructor(front: Front, fleet: string) {
    this.#front = front;
    this.#generated = parseFleet(fleet).zones.map(generatedZone);
  }

  /** Throws when the file has an error. Without lines, there is no file of that name any more. */
  put(name: string, lines: readonly string[]): void {
    if (lines.length === 0) this.#files.delete(name);
    else this.#files.set(name, this.#read(name, `$TTL 600\n${lines.join("\n")}\n`));
    const files = [...this.#files.values()];
    const rest = this.#generated.filter(({ origin }) => !files.some((zone) => sameName(zone.origin, origin)));
    this.#front.publisher.setZones([...rest, ...files], []);
    this.#front.publisher.flush();
  }

  #read(name: string, text: string): Zone {
    const origin = nameOf(name);
    const parsed = parseZoneFile({ name, text, origin, readInclude: () => ({ problem: "no" }) });
    const base = this.#generated.find((zone) => sameName(zone.origin, origin));
    const zone = base === undefined ? parsed.zone : mergeZones(base, parsed.zone);
    const problems = [...parsed.problems, ...checkZone({ zone, positionOf: parsed.positionOf })];
    if (hasErrors(problems)) throw new Error(problems.map(formatProblem).join("\n"));
    return zone;
  }
}
