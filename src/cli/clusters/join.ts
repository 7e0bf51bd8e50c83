/** `fedns join`: makes an account in the member, and declares the member in the host. */
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { CONFIG_NAME, CONFIGS } from "../../fleet/host-objects/host-types.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import { parseMemberSecret } from "../../fleet/host-objects/member-secret.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import type { SourceName } from "../../fleet/sources/source-table.ts";
import { declaredProxy } from "../../fleet/proxy/proxy.ts";
import { clusterObject, type HostPlan, secretObject } from "../membership/host-objects.ts";
import { findKinds, qualified } from "../membership/kinds.ts";
import { memberObjects, type MemberPlan, sourcesIn, tokenSecret } from "../membership/member-objects.ts";
import { PLACES } from "../membership/place.ts";
import { type AllowedKinds, powerNotes, powerProblems } from "../membership/powerful-kinds.ts";
import { accountName } from "../membership/names.ts";
import type { GrantedKind } from "../membership/rights.ts";
import { BUILT_IN } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";
import { clusterUid, declaredClusters } from "./host.ts";
import { removeSurplus } from "./made-objects.ts";
import type { StepRunner } from "./runner.ts";
import { stepError, stepRefused } from "./step-error.ts";
import { accountToken } from "./token.ts";
import { acceptsToken } from "./try-token.ts";

type JoinOptions = AllowedKinds & {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly member: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The name of the KubeFedCluster. */
  readonly cluster: string;
  readonly namespace: string;
  /** Undefined: named after the cluster. */
  readonly secretName: string | undefined;
  /** Null: as before, or all. */
  readonly sources: readonly SourceName[] | null;
  /** Null: rights to propagate stay as they are. */
  readonly kinds: readonly string[] | null;
  readonly namespaces: readonly string[] | null;
  /** Undefined: the server of the context. */
  readonly apiEndpoint: string | undefined;
  readonly place: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly tokenSeconds: number;
  /** The cluster behind the name may be another one than before. */
  readonly isReplacement: boolean;
  readonly isErrorOnExisting: boolean;
};

/** Resolves with what the host declares now. Throws an OperationalError that names the step and the cure. */
export async function join(options: JoinOptions): Promise<void> {
  const { runner, host, member, namespace, cluster } = options;
  const { declared, isNamespaced } = await checkHost(options);
  const namespaces = placesOf(options, isNamespaced);
  await checkNamespaces(options, namespaces);
  const before = declared.find(({ metadata }) => metadata.name === cluster);
  const plans = await plansOf({ ...options, namespaces, ...keptOf(options, before) });
  checkIdentity(options, declared, plans.host.clusterUid);
  const objects = memberObjects(plans.member);
  for (const planned of objects) await runner.apply(member, planned);
  await removeSurplus(member, {
    runner,
    hostUid: plans.host.hostUid,
    planned: objects,
    keepsPropagation: options.kinds === null,
    signal: options.signal,
  });
  if (runner.isDryRun) {
    runner.show(secretObject(plans.host, ""));
    runner.say(host.name, "would have the token", `Secret ${namespace}/${plans.host.secretName}`);
  } else await runner.apply(host, secretObject(plans.host, await seedOf(options, plans)));
  await runner.apply(host, clusterObject(plans.host));
  if (!runner.isDryRun) runner.say(host.name, "joined", `cluster ${cluster}`);
}

/** A cluster keeps the places and labels that it was given before. */
function keptOf(
  { place, labels }: JoinOptions,
  before: ApiObject | undefined,
): Pick<JoinOptions, "place" | "labels"> {
  const { annotations = {}, labels: former = {} } = before?.metadata ?? {};
  const places = PLACES.flatMap((name) => {
    const value = annotations[clusterAnnotation(name)];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { place: { ...Object.fromEntries(places), ...place }, labels: { ...former, ...labels } };
}

type Plans = { readonly member: MemberPlan; readonly host: HostPlan };

type HostState = {
  readonly declared: readonly ApiObject[];
  /** Only the namespace of the federation is federated. */
  readonly isNamespaced: boolean;
};

/** Throws where it is no host yet. */
async function checkHost(options: JoinOptions): Promise<HostState> {
  const { runner, host, namespace, cluster, signal } = options;
  const declared = await declaredClusters(host, namespace, signal);
  const key = { resource: preferredResource(CONFIGS), namespace, name: CONFIG_NAME };
  const config = await runner.read(host, "KubeFedConfig", key);
  if (config === null)
    throw stepRefused(
      `${host.name}: KubeFedConfig ${namespace}/${CONFIG_NAME}`,
      "there is none; run fedns init first, or name the namespace of the federation with --namespace",
    );
  const existing = declared.find(({ metadata }) => metadata.name === cluster);
  if (existing !== undefined && options.isErrorOnExisting)
    throw stepRefused(
      `${host.name}: KubeFedCluster ${namespace}/${cluster}`,
      "it exists; leave out --error-on-existing to repair it",
    );
  const isNamespaced = isRecord(config["spec"]) && config["spec"]["scope"] === "Namespaced";
  return { declared, isNamespaced };
}

/** Where objects may be propagated to; null = everywhere. */
function placesOf(options: JoinOptions, isNamespaced: boolean): readonly string[] | null {
  const { host, namespace, namespaces } = options;
  if (!isNamespaced) return namespaces;
  const other = namespaces?.find((name) => name !== namespace);
  if (other === undefined) return [namespace];
  throw stepRefused(
    `${host.name}: KubeFedConfig ${namespace}/${CONFIG_NAME}`,
    `its scope is Namespaced, so nothing is propagated to ${other}; leave out --namespaces`,
  );
}

async function plansOf(options: JoinOptions): Promise<Plans> {
  const { runner, host, member, namespace, cluster, signal, namespaces } = options;
  const hostUid = await clusterUid(host, signal);
  const memberUid = await clusterUid(member, signal);
  const { server, proxy, tls } = member.credentials;
  if (tls.servername !== null && options.apiEndpoint === undefined)
    throw stepRefused(
      `${member.name}: context ${member.context}`,
      `its certificate is checked for the name ${tls.servername}, which a KubeFedCluster cannot hold; give an address with that name with --api-endpoint`,
    );
  const isChecked = tls.rejectUnauthorized || server.protocol === "http:";
  const role = { resource: BUILT_IN.ClusterRole, namespace: "", name: accountName(hostUid) };
  const sources = options.sources ?? sourcesIn(await runner.read(member, "ClusterRole", role));
  return {
    member: { hostUid, cluster, namespace, sources, kinds: await grantedKinds(options), namespaces },
    host: {
      hostUid,
      cluster,
      namespace,
      secretName: options.secretName ?? `fedns-${cluster}`,
      apiEndpoint: options.apiEndpoint ?? server.href.replace(/\/$/, ""),
      caBundle: tls.ca?.toString("utf8") ?? null,
      // A variable of this person says nothing about the way from fedns.
      proxyURL: declaredProxy(proxy),
      disabledTLSValidations: isChecked ? [] : ["*"],
      clusterUid: memberUid,
      place: options.place,
      labels: options.labels,
    },
  };
}

async function grantedKinds(options: JoinOptions): Promise<readonly GrantedKind[]> {
  const { runner, member, namespaces } = options;
  if (options.kinds === null || options.kinds.length === 0) return [];
  const step = `${member.name}: --kinds`;
  const document = await member.discovery.kinds().catch((error: unknown) => {
    throw stepError(step, error);
  });
  const { kinds, problems } = findKinds(document.kinds, options.kinds);
  if (problems.length > 0) throw stepRefused(step, problems.join("; "));
  const clusterScoped = kinds.filter(({ isNamespaced }) => !isNamespaced).map(qualified);
  if (namespaces !== null && clusterScoped.length > 0)
    throw stepRefused(
      step,
      `${clusterScoped.join(", ")} are in no namespace; leave them out, or leave out --namespaces`,
    );
  const tooPowerful = powerProblems(kinds, options);
  if (tooPowerful.length > 0) throw stepRefused(step, tooPowerful.join("; "));
  for (const note of powerNotes(kinds, namespaces)) runner.note(`${member.name}: ${note}`);
  return kinds;
}

/** Nothing is written to another cluster under a known name, or to a known cluster under another name. */
function checkIdentity(options: JoinOptions, declared: readonly ApiObject[], uid: string): void {
  const { host, namespace, cluster, isReplacement } = options;
  const uidOf = ({ metadata }: ApiObject): string | undefined =>
    metadata.annotations?.[clusterAnnotation("cluster-uid")];
  const twin = declared.find((object) => object.metadata.name !== cluster && uidOf(object) === uid);
  if (twin !== undefined)
    throw stepRefused(
      `${host.name}: KubeFedCluster ${namespace}/${cluster}`,
      `this cluster is a member already, as ${twin.metadata.name}; run fedns unjoin ${twin.metadata.name} first`,
    );
  const before = declared.find(({ metadata }) => metadata.name === cluster);
  const recorded = before === undefined ? undefined : uidOf(before);
  if (recorded === undefined || recorded === uid || isReplacement) return;
  throw stepRefused(
    `${host.name}: KubeFedCluster ${namespace}/${cluster}`,
    `the cluster behind the context ${options.member.context} is another one than before (uid ${uid}, was ${recorded}); ` +
      "check the context, or join with --replace if the cluster was built anew",
  );
}

async function checkNamespaces(
  { runner, member, namespace }: JoinOptions,
  namespaces: readonly string[] | null,
): Promise<void> {
  // The one of the federation is made if it is missing.
  for (const name of (namespaces ?? []).filter((place) => place !== namespace)) {
    const found = await runner.read(member, "Namespace", {
      resource: BUILT_IN.Namespace,
      namespace: "",
      name,
    });
    if (found === null)
      throw stepRefused(
        `${member.name}: Namespace ${name}`,
        "there is none; create it first, or leave it out of --namespaces",
      );
  }
}

/** The token in the host's Secret if the member still accepts it for long enough, or else a new one. */
async function seedOf(options: JoinOptions, plans: Plans): Promise<string> {
  const { runner, host, member, clock, signal, tokenSeconds } = options;
  const key = { resource: BUILT_IN.Secret, namespace: plans.host.namespace, name: plans.host.secretName };
  const secret = await runner.read(host, "Secret", key);
  const content = secret === null ? null : parseMemberSecret(secret);
  const name = accountName(plans.host.hostUid);
  const account = { namespace: plans.member.namespace, name };
  const lifetime = { wallMs: clock.wallMs(), wantedSeconds: tokenSeconds };
  if (content !== null && "token" in content)
    if (await acceptsToken(member, { token: content.token, account, lifetime, clock, signal }))
      return content.token;
  const { token, expiresMs } = await accountToken(member, {
    runner,
    account,
    secret: tokenSecret(plans.member),
    lifetimeSeconds: tokenSeconds,
    clock,
    signal,
  });
  runner.say(member.name, "issued", `token of ServiceAccount ${account.namespace}/${name}`);
  noteShortened(options, expiresMs);
  return token;
}

function noteShortened({ runner, member, clock, tokenSeconds }: JoinOptions, expiresMs: number | null): void {
  if (expiresMs === null) return;
  const seconds = Math.round((expiresMs - clock.wallMs()) / 1000);
  if (seconds > tokenSeconds * 0.9) return;
  const until = new Date(expiresMs).toISOString();
  runner.note(
    `${member.name} shortened the token: it expires at ${until}, not after ${tokenSeconds} s as asked. A running fedns renews ` +
      "its own tokens; one that starts after that date with an empty state directory needs fedns join again. The API server's " +
      "--service-account-max-token-expiration sets the limit",
  );
}
