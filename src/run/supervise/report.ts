/** The reports of the supervisor: /status and /metrics, from the scoreboard, the picture and the child processes. */
import type { Reported } from "../reports/bounded.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ControlStatus } from "../control/messages.ts";
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import type { PictureFile } from "../../kernel/native/picture-file.ts";
import { header, Header } from "../../picture/format/layout.ts";
import { NONE } from "../../picture/format/memory.ts";
import { unreadRecord } from "../../picture/content/unread.ts";
import { joinMetrics } from "../metrics/join.ts";
import type { PropagateStatus } from "../propagate/messages.ts";
import type { SettingsStatus } from "../live/live-settings.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { addSupervisorMetrics } from "../metrics/supervisor-metrics.ts";
import type { Liveness } from "./liveness.ts";
import { readiness, type ReadinessSources } from "./readiness.ts";

export type ReportSources = ReadinessSources & {
  readonly version: string;
  readonly startedMs: number;
  readonly clock: Clock;
  readonly scoreboard: Scoreboard;
  readonly picture: () => PictureFile;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  readonly liveness: Pick<Liveness, "answered" | "idle">;
  readonly settingsStatus: () => SettingsStatus;
  /** Null when the control process does not reply in time. */
  readonly control: () => Promise<Reported<ControlStatus> | null>;
  readonly controlMetrics: () => Promise<string | null>;
  /** Null when there is nothing to propagate, or the propagate process does not reply in time. */
  readonly propagation: () => Promise<Reported<PropagateStatus> | null>;
};

export async function status(sources: ReportSources): Promise<unknown> {
  const { clock, processes } = sources;
  const [control, propagation] = await Promise.all([sources.control(), sources.propagation()]);
  const { u32 } = sources.picture().memory;
  const committedAt = header(u32, Header.CommittedAt);
  return {
    version: sources.version,
    startedAt: new Date(sources.startedMs).toISOString(),
    now: new Date(clock.wallMs()).toISOString(),
    ...readiness(sources),
    isStale: control?.isStale ?? true,
    listen: sources.listen,
    settings: sources.settingsStatus(),
    processes: { supervisor: { pid: process.pid }, ...processes() },
    picture: {
      serial: header(u32, Header.Serial),
      soaSerial: header(u32, Header.SoaSerial),
      committedAt: committedAt === 0 ? null : new Date(committedAt * 1000).toISOString(),
      isComplete: committedAt !== 0 && unreadRecord(u32) === NONE,
      wasSaved: sources.isRestored,
      nodes: header(u32, Header.NodesLive),
      servicesAndNamespaces: header(u32, Header.ServicesLive),
    },
    clusters: control?.clusters ?? null,
    fleet: control?.fleet ?? null,
    host: control?.host ?? null,
    zones: control?.zones ?? null,
    publisher: control?.publisher ?? null,
    hostnames: control?.hostnames ?? null,
    orders: control?.orders ?? null,
    forgotten: control?.forgotten ?? null,
    rememberedPlaces: control?.rememberedPlaces ?? null,
    hosts: control?.hosts ?? null,
    steering: control?.steering ?? null,
    health: control?.health ?? null,
    propagation,
    cut: [...(control?.cut ?? []), ...(propagation?.cut ?? []).map((line) => `propagation.${line}`)],
    problem:
      control === null
        ? "the control process does not answer; queries are answered from the last picture"
        : null,
  };
}

export class Metrics {
  readonly #sources: ReportSources;
  readonly #registry: MetricRegistry = new MetricRegistry();

  constructor(sources: ReportSources) {
    this.#sources = sources;
    const { version, scoreboard, processes, picture } = sources;
    addSupervisorMetrics(this.#registry, {
      version,
      scoreboard,
      processes,
      isReady: () => readiness(sources).ready,
      ownQueries: sources.liveness.answered,
      settings: sources.settingsStatus,
      soaSerial: () => header(picture().memory.u32, Header.SoaSerial),
    });
  }

  /** Prometheus text format 0.0.4, of this process and, when it replies in time, of the control process. */
  async text(): Promise<string> {
    const control = await this.#sources.controlMetrics();
    await this.#sources.liveness.idle();
    const parts = [{ process: "supervisor", text: await this.#registry.text() }];
    if (control !== null) parts.push({ process: "control", text: control });
    return joinMetrics(parts);
  }
}
