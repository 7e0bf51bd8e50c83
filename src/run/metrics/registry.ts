/** A Prometheus registry whose metrics come from the catalog and whose values are read when somebody scrapes. */
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { METRICS, type MetricName } from "./catalog.ts";

type LabelOf<N extends MetricName> = (typeof METRICS)[N]["labels"][number];

export class MetricRegistry {
  readonly #registry: Registry = new Registry();

  /** `collect` sets all values of the metric; it is called for each scrape. */
  gauge<N extends MetricName>(name: N, collect: (gauge: Gauge<LabelOf<N>>) => void): void {
    const { help, labels } = METRICS[name];
    const gauge: Gauge<LabelOf<N>> = new Gauge<LabelOf<N>>({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect: () => collect(gauge),
    });
  }

  /** Adds Node's own metrics of this process. */
  addNodeMetrics(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Prometheus text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
