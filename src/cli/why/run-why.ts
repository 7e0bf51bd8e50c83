/** `fedns why`, step by step: the running fedns and the host are asked at the same time, and either may be missing. */
import { OperationalError } from "../../kernel/error.ts";
import { usageError } from "../arguments/usage-error.ts";
import { withHostConnection } from "../clusters/with-host.ts";
import { openWorld } from "../plan/open-world.ts";
import type { PlanOptions } from "../plan/plan-options.ts";
import type { Session } from "../session/session.ts";
import { askTraffic, type TrafficOptions } from "../traffic/ask-shares.ts";
import { type AskedName, askedName, type ServiceName } from "../traffic/served-name.ts";
import { readPlacement } from "./placement-half.ts";
import { type PlacementRead, type Why, whyOf } from "./why.ts";
import { whyText } from "./why-text.ts";

export const EXIT_CODES = { asWanted: 0, differs: 1, unknown: 2 } as const;

export type WhyOptions = Omit<PlanOptions, "namespace"> & TrafficOptions & { readonly service?: ServiceName };

/** Sets the exit code. Throws an OperationalError for wrong usage, or a configuration that cannot be read. */
export async function runWhy(session: Session, name: string, options: WhyOptions): Promise<void> {
  const asked = askedName(name);
  const found = { ...asked, service: options.service ?? asked.service };
  const [traffic, placement] = await Promise.all([
    askTraffic(found, options),
    placementOf(session, found, options),
  ]);
  const { service } = found;
  const title = service === null ? name : `Service ${service.namespace}/${service.name}`;
  const why = whyOf(title, { traffic, placement });
  session.print(options.output === "json" ? documentOf(why) : whyText(why));
  const isUnknown = traffic.kind === "unknown" && placement.kind === "unknown";
  session.exitCode = isUnknown
    ? EXIT_CODES.unknown
    : why.hasProblems
      ? EXIT_CODES.differs
      : EXIT_CODES.asWanted;
}

async function placementOf(
  session: Session,
  { service }: AskedName,
  options: WhyOptions,
): Promise<PlacementRead> {
  if (service === null)
    return {
      kind: "unknown",
      problem: "the name does not say of which Service it is; name that with --service",
    };
  const { clock } = session;
  try {
    return await withHostConnection(session, options, async ({ host, signal }) => {
      const open = await openWorld({ ...options, host, federation: options.kubefedNamespace, clock, signal });
      try {
        return { kind: "known", placement: await readPlacement(open, service) };
      } finally {
        for (const { transport } of open.world.members) transport.close();
      }
    });
  } catch (error) {
    if (!(error instanceof OperationalError) || NOT_OURS.has(error.code)) throw error;
    return { kind: "unknown", problem: error.message };
  }
}

/** A mistake of the person who asks, not a host that does not answer. */
const NOT_OURS: ReadonlySet<string> = new Set(["USAGE", "CONFIG_INVALID", "CONFIG_UNREADABLE"]);

/** "web.shop", as names of DNS are written. */
export function parseService(text: string): ServiceName {
  const { service, domainName } = askedName(text);
  if (service === null || domainName !== null)
    throw usageError(`--service: ${JSON.stringify(text)} is no SERVICE.NAMESPACE like web.shop`);
  return service;
}

function documentOf({
  title,
  shares,
  service,
  workloads,
  clusters,
  missing,
  notes,
  hasProblems,
}: Why): string {
  const document = {
    asked: title,
    name: shares?.name ?? null,
    outcome: shares?.outcome ?? null,
    federatedService: service,
    workloads,
    clusters: clusters.map(({ traffic, ...line }) => ({
      ...line,
      share: traffic === null ? null : (traffic.share ?? "all"),
      traffic: traffic?.text ?? null,
    })),
    missing,
    notes,
    hasProblems,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
