/** How the clusters of a running fedns differ, as its own accounts may see them. */
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../../run/config/config.ts";
import { loadKubeconfig } from "../../fleet/credentials/kubeconfig.ts";
import { type KubeconfigTerms, termsOf } from "../../fleet/credentials/kubeconfig-trust.ts";
import { MemberCredentials } from "../../fleet/credentials/member-credentials.ts";
import { parseKubeFedCluster } from "../../fleet/host-objects/declared-member.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { parseMemberSecret } from "../../fleet/host-objects/member-secret.ts";
import type { Credentials } from "../../fleet/kube/credentials.ts";
import { Transport } from "../../fleet/kube/transport.ts";
import { Discovery } from "../../fleet/objects/discovery.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { ComparedCluster } from "../membership/compared-cluster.ts";
import { type Drift, driftOf } from "../membership/drift.ts";
import { BUILT_IN } from "../membership/planned-object.ts";
import { readFacts } from "./read-facts.ts";

type SettingsOptions = { readonly clock: Clock; readonly signal: AbortSignal };
type Subject = { readonly name: string; readonly region: string | null; readonly credentials: Credentials };

/** Clusters that cannot be reached are left out: their problems are in the status already. */
export async function driftOfSettings(config: Config, options: SettingsOptions): Promise<readonly Drift[]> {
  const terms = termsOf(config.kubeconfigs, null);
  const listed = await Promise.all(config.clusters.map((cluster) => listedSubject(cluster, terms, options)));
  const declared = await declaredSubjects(config, terms, options);
  const names = new Set(config.clusters.map(({ name }) => name));
  const subjects = [...listed.flat(), ...declared];
  const facts = await Promise.all(
    subjects.map(async (subject, index) => {
      const isInSettings = index >= listed.flat().length && names.has(subject.name);
      return factsOf(subject, { ...options, isInSettings });
    }),
  );
  // Each difference once: every cluster against those before it.
  return facts.flatMap((one, index) => driftOf(one, facts.slice(0, index)));
}

async function listedSubject(
  { name, kubeconfig, context, region }: Config["clusters"][number],
  terms: KubeconfigTerms,
  { clock }: SettingsOptions,
): Promise<readonly Subject[]> {
  const source = { path: kubeconfig, context: context ?? undefined };
  const credentials = await loadKubeconfig(source, clock, terms).catch(() => null);
  return credentials === null ? [] : [{ name, region, credentials }];
}

async function declaredSubjects(
  { host }: Config,
  terms: KubeconfigTerms,
  { clock, signal }: SettingsOptions,
): Promise<readonly Subject[]> {
  if (host === null) return [];
  const { namespace } = host;
  const source =
    host.kubeconfig === null
      ? ({ inCluster: true } as const)
      : { path: host.kubeconfig, context: host.context ?? undefined };
  const transport = new Transport({ clock, random: Math.random });
  try {
    transport.adopt(await loadKubeconfig(source, clock, terms));
    const objects = await readAll(
      transport,
      { resource: preferredResource(CLUSTERS), namespace },
      { signal },
    );
    const members = objects.flatMap((object) => parseKubeFedCluster(object, null).value ?? []);
    const found = await Promise.all(
      members.map(async (member): Promise<readonly Subject[]> => {
        const key = { resource: BUILT_IN.Secret, namespace, name: member.secretName };
        const content = parseMemberSecret(await read(transport, key, { signal }));
        if (!("token" in content)) return [];
        const credentials = new MemberCredentials({
          name: member.name,
          endpoint: member,
          rereadSeed: () => Promise.resolve(),
          clock,
        });
        credentials.setSeed(content.token);
        const loaded = await credentials.load();
        return [{ name: member.name, region: member.region, credentials: loaded.credentials }];
      }),
    );
    return found.flat();
  } finally {
    transport.close();
  }
}

async function factsOf(
  { name, region, credentials }: Subject,
  options: SettingsOptions & { readonly isInSettings: boolean },
): Promise<ComparedCluster> {
  const transport = new Transport({ clock: options.clock, random: Math.random });
  transport.adopt(credentials);
  const discovery = new Discovery({ transport, ...options });
  const apiEndpoint = credentials.server.href;
  try {
    return await readFacts({ name, apiEndpoint, transport, discovery }, { ...options, region });
  } finally {
    transport.close();
  }
}
