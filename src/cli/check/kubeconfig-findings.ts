/**
 * The kubeconfigs that the settings name, as `fedns serve` would read them. No cluster is contacted, and no command is run.
 *
 *   it is not there                        a warning: it may come later
 *   it cannot be used                      an error
 *   it asks for more than is allowed       an error, and one note with the setting that allows all of it
 *   it can be used, and trusts too much    a warning: http, a certificate that nobody checks
 */
import { existsSync } from "node:fs";
import {
  type KubeconfigTerms,
  NotAllowed,
  settingFor,
  termsOf,
} from "../../fleet/credentials/kubeconfig-trust.ts";
import { loadKubeconfig } from "../../fleet/credentials/kubeconfig.ts";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { Config } from "../../run/config/config.ts";
import type { CheckFinding } from "./finding.ts";

type Named = {
  readonly kubeconfig: string;
  readonly context: string | null;
  readonly at: readonly (string | number)[];
};
type Found = { readonly findings: readonly CheckFinding[]; readonly asked: readonly NotAllowed["asked"][] };

export async function kubeconfigFindings(
  config: Pick<Config, "clusters" | "host" | "kubeconfigs">,
  clock: Clock,
  env: KubeconfigTerms["env"] = process.env,
): Promise<readonly CheckFinding[]> {
  const terms = { ...termsOf(config.kubeconfigs), env };
  const found = await Promise.all(namedIn(config).map((named) => findingsOf(named, { terms, clock })));
  const findings = found.flatMap((one) => one.findings);
  const asked = found.flatMap((one) => one.asked);
  if (asked.length < 2) return findings;
  const setting = settingFor(asked, config.kubeconfigs);
  const message = `one setting allows what all of these kubeconfigs ask for: ${setting}`;
  return [...findings, { severity: "note", path: ["kubeconfigs"], message }];
}

function namedIn({ clusters, host }: Pick<Config, "clusters" | "host">): readonly Named[] {
  const ofClusters = clusters.map(({ kubeconfig, context }, index) => ({
    kubeconfig,
    context,
    at: ["clusters", index],
  }));
  if (host === null || host.kubeconfig === null) return ofClusters;
  return [...ofClusters, { kubeconfig: host.kubeconfig, context: host.context, at: ["host"] }];
}

async function findingsOf(
  { kubeconfig, context, at }: Named,
  { terms, clock }: { readonly terms: KubeconfigTerms; readonly clock: Clock },
): Promise<Found> {
  const path = [...at, "kubeconfig"];
  const finding = (severity: CheckFinding["severity"], message: string): CheckFinding => ({
    severity,
    path,
    message,
  });
  if (!existsSync(kubeconfig)) {
    const message = `${kubeconfig} is not there; fedns starts, and reads the cluster once it is`;
    return { findings: [finding("warning", message)], asked: [] };
  }
  try {
    const { warnings } = await loadKubeconfig(
      { path: kubeconfig, context: context ?? undefined },
      clock,
      terms,
    );
    return { findings: warnings.map((warning) => finding("warning", warning)), asked: [] };
  } catch (error) {
    const asked = error instanceof NotAllowed ? [error.asked] : [];
    return { findings: [finding("error", messageOf(error))], asked };
  }
}
