/** Where clients are, by the settings in force: the watch of the location database, begun again when the settings change. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import { watchClients } from "../../traffic/locate/watch.ts";
import { geographyOf } from "../../traffic/plan/geography.ts";
import type { Config } from "../config/config.ts";

type ClientPlacesOptions = {
  readonly config: () => Config;
  readonly publisher: Pick<Publisher, "setGeography">;
  readonly clock: Clock;
  readonly log: Log;
};

type Running = {
  /** Nothing is built before it resolves. */
  readonly mayBuild: Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * Whether an answer can depend on where the client is: it takes two clusters to choose between. The host may know any number.
 * Reading the database takes seconds of a core and hundreds of megabytes.
 */
export function dependsOnClients({
  federations,
  clusters,
  host,
}: Pick<Config, "federations" | "clusters" | "host">): boolean {
  return federations.length > 0 && (host !== null || clusters.length > 1);
}

export class ClientPlaces {
  readonly #options: ClientPlacesOptions;
  #running: Running | null = null;
  #watching: AbortController = new AbortController();

  constructor(options: ClientPlacesOptions) {
    this.#options = options;
  }

  /** Runs until aborted. */
  run(mayBuild: Promise<void>, signal: AbortSignal): void {
    this.#running = { mayBuild, signal };
    this.#watch(false);
  }

  /** The settings have changed. The table in use stays until there is one by the new settings. */
  begin(): void {
    this.#watching.abort();
    this.#watch(true);
  }

  #watch(hasTable: boolean): void {
    if (this.#running === null || this.#running.signal.aborted) return;
    const { config, publisher, clock, log } = this.#options;
    const { locate, traffic, stateDirectory } = config();
    const database = dependsOnClients(config()) ? locate.database : null;
    const { mayBuild, signal } = this.#running;
    this.#watching = new AbortController();
    void watchClients(
      {
        ...locate,
        database,
        directory: stateDirectory,
        hasTable,
        clock,
        log,
        mayBuild,
        onTable: (table) => publisher.setGeography(geographyOf(table, traffic.halfDistanceKm)),
      },
      AbortSignal.any([signal, this.#watching.signal]),
    );
  }
}
