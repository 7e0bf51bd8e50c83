/**
 * A Prometheus registry whose metrics come from the catalog and whose values are read when Prometheus scrapes. The
 * library is loaded by the first scrape: it takes memory and time that the start of a process needs for answers.
 */
import type * as prom from "prom-client";
import type { Gauge, Registry } from "prom-client";
import { METRICS, type MetricName } from "./catalog.ts";

type Library = typeof prom;
type LabelOf<N extends MetricName> = (typeof METRICS)[N]["labels"][number];

export class MetricRegistry {
  /** Each adds one metric, or some, to the registry. */
  readonly #additions: ((library: Library, registry: Registry) => void)[] = [];
  #registry: Promise<Registry> | null = null;

  /** `collect` sets all values of the metric; it is called for each scrape. */
  gauge<N extends MetricName>(name: N, collect: (gauge: Gauge<LabelOf<N>>) => void): void {
    const { help, labels } = METRICS[name];
    this.#additions.push((library, registry) => {
      const gauge: Gauge<LabelOf<N>> = new library.Gauge<LabelOf<N>>({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        collect: () => {
          // A cluster that has left takes its values with it.
          gauge.reset();
          collect(gauge);
        },
      });
    });
  }

  /** Adds Node's own metrics of this process. What they count starts at the first scrape. */
  addNodeMetrics(): void {
    this.#additions.push((library, register) => library.collectDefaultMetrics({ register }));
  }

  /** Prometheus text format 0.0.4. */
  async text(): Promise<string> {
    this.#registry ??= this.#open();
    return (await this.#registry).metrics();
  }

  async #open(): Promise<Registry> {
    const library = await import("prom-client");
    const registry = new library.Registry();
    for (const add of this.#additions) add(library, registry);
    return registry;
  }
}
