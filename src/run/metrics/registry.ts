/**
 * A Prometheus registry whose metrics come from the catalog and whose values are read when Prometheus scrapes. The
 * library is loaded by the first scrape: it takes memory and time that the start of a process needs for answers.
 */
import type * as prom from "prom-client";
import type { Counter, Gauge, LabelValues, Registry } from "prom-client";
import { type CounterName, type GaugeName, METRICS, type MetricName } from "./catalog.ts";

type Library = typeof prom;
type LabelOf<N extends MetricName> = (typeof METRICS)[N]["labels"][number];

/** One counter while it is scraped. */
type Total<L extends string> = { readonly count: (total: number, labels?: LabelValues<L>) => void };

/** Gauges of the library with the ending of a counter, which Prometheus rejects. They are the sums of metrics that stay. */
const MISNAMED_GAUGES = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

export class MetricRegistry {
  /** Each adds one metric, or some, to the registry. */
  readonly #additions: ((library: Library, registry: Registry) => void)[] = [];
  #registry: Promise<Registry> | null = null;

  /** `collect` sets all values of the metric; it is called for each scrape. */
  gauge<N extends GaugeName>(name: N, collect: (gauge: Gauge<LabelOf<N>>) => void): void {
    this.#additions.push((library, registry) => {
      const gauge: Gauge<LabelOf<N>> = new library.Gauge<LabelOf<N>>({
        ...describe(name),
        registers: [registry],
        collect: () => {
          // A cluster that has left takes its values with it.
          gauge.reset();
          collect(gauge);
        },
      });
    });
  }

  /** As `gauge`, for what is counted elsewhere: `count` takes the total so far. */
  counter<N extends CounterName>(name: N, collect: (counter: Total<LabelOf<N>>) => void): void {
    this.#additions.push((library, registry) => {
      const counter: Counter<LabelOf<N>> = new library.Counter<LabelOf<N>>({
        ...describe(name),
        registers: [registry],
        collect: () => {
          counter.reset();
          collect({
            // The parts of a difference are read one after the other, and the library throws for less than nothing.
            count: (total, labels = {}) => counter.inc(labels, Math.max(0, total)),
          });
        },
      });
    });
  }

  /** Adds Node's own metrics of this process. What they count starts at the first scrape. */
  addNodeMetrics(): void {
    this.#additions.push((library, register) => {
      library.collectDefaultMetrics({ register });
      for (const name of MISNAMED_GAUGES) register.removeSingleMetric(name);
    });
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

function describe<N extends MetricName>(name: N): { name: N; help: string; labelNames: LabelOf<N>[] } {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: [...labels] };
}
