/** A probe meets a server of servers.ts: the outcome in words, and nothing left open. */
import assert from "node:assert/strict";
import { parseProbe } from "../../../src/traffic/health/probe-annotations.ts";
import type { ProbeQuestion } from "../../../src/traffic/health/probe-spec.ts";
import type { ProbeOutcome, Prober } from "../../../src/traffic/probe/outcome.ts";
import { createProber } from "../../../src/traffic/probe/prober.ts";
import { until } from "../../support/until.ts";
import { startServer, type RunningServer } from "../probe/servers.ts";

export const probe: Prober = createProber({ denialOf: () => null });
/** Longer than anything here takes; a probe that needs it is reported as "timed out" and fails its test. */
export const patienceMs = 3000;
/** For servers that never answer. */
export const shortMs = 60;

export function question(url: string, options: Readonly<Record<string, string>> = {}): ProbeQuestion {
  const named = Object.entries(options).map(([name, value]) => [`fedns.io/probe-${name}`, value]);
  const { spec, problems } = parseProbe({ "fedns.io/probe": url, ...Object.fromEntries(named) });
  assert.ok(spec !== null, JSON.stringify(problems));
  return spec.question;
}

export function ask(
  asked: ProbeQuestion,
  address: string = "127.0.0.1",
  withinMs: number = patienceMs,
): Promise<ProbeOutcome> {
  return probe(asked, address, AbortSignal.timeout(withinMs));
}

/** Asks `url` with PORT in it of a server, and then waits until the server sees no connection any more. */
export async function meet(
  server: Parameters<typeof startServer>[0],
  url: string,
  options: { readonly asked?: Readonly<Record<string, string>>; readonly withinMs?: number } = {},
): Promise<string> {
  const running: RunningServer = await startServer(server);
  try {
    const outcome = await ask(
      question(url.replace("PORT", String(running.port)), options.asked),
      "127.0.0.1",
      options.withinMs,
    );
    await until("the probe's connection is closed", () => running.counts.open === 0);
    return outcome.kind === "good" ? "good" : `${outcome.kind}: ${outcome.reason}`;
  } finally {
    await running.close();
  }
}
