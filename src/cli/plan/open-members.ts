/**
 * The members that a plan asks, as the propagate process would: from KubeFedClusters and the Secrets that these name, or, with
 * `--member-contexts`, by contexts of the person's kubeconfig with the names of the clusters.
 */
import { messageOf, OperationalError } from "../../kernel/error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { MemberCredentials } from "../../fleet/credentials/member-credentials.ts";
import { leavingMsOf } from "../../fleet/host-objects/copies-on-deletion.ts";
import { type DeclaredMember, parseKubeFedCluster } from "../../fleet/host-objects/declared-member.ts";
import { parseMemberSecret } from "../../fleet/host-objects/member-secret.ts";
import { Transport } from "../../fleet/kube/transport.ts";
import { read } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { type ClusterIdentity, identityProblems } from "../../fleet/member-status/identity.ts";
import { MemberCopies } from "../../propagate/copies/member-copies.ts";
import type { PlanMember } from "../../propagate/plan/plan-world.ts";
import { type ClusterConnection, connect } from "../clusters/connect.ts";
import { declaredClusters } from "../clusters/host.ts";
import { BUILT_IN } from "../membership/planned-object.ts";

type OpenMembersOptions = {
  readonly host: ClusterConnection;
  /** Of the federation. */
  readonly namespace: string;
  readonly kubeconfig: string | undefined;
  readonly usesContexts: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

type Opened = {
  readonly declared: DeclaredMember;
  readonly transport: Transport;
  /** The cluster's uid; null = it could not be read. */
  readonly uid: string | null;
  readonly problem: string | null;
};

/** A cluster that is away must not hold up the others for long. */
const FIRST_TIMEOUT_MS = 5_000;

/** All members that are declared; what keeps one from being asked is its `problem`. `problems`: declarations that cannot be read. */
export async function openMembers(
  options: OpenMembersOptions,
): Promise<{ readonly members: readonly PlanMember[]; readonly problems: readonly string[] }> {
  const objects = await declaredClusters(options.host, options.namespace, options.signal);
  const parsed = objects.map((object) => parseKubeFedCluster(object, null));
  const declared = parsed.flatMap(({ value }) => value ?? []);
  const unusable = parsed.filter(({ value }) => value === null).flatMap(({ problems }) => problems);
  const opened = await Promise.all(declared.map((member) => openMember(member, options)));
  const strangers = new Map(
    identityProblems(opened.map(identityOf)).map(({ name, sentence }) => [name, sentence]),
  );
  const members = opened.map(({ declared: { name, labels }, transport, problem }): PlanMember => {
    const found = problem ?? strangers.get(name) ?? null;
    const leavingMs = leavingMsOf(objects.find(({ metadata }) => metadata.name === name)?.metadata ?? {});
    const leaving = leavingMs !== null && { leavingMs };
    const known = { copies: new MemberCopies(), views: new Map() };
    return { name, labels, transport, problem: found, ...known, ...leaving };
  });
  return {
    members: members.sort((a, b) => (a.name < b.name ? -1 : 1)),
    problems: unusable.map(({ object, sentence }) => `${object}: ${sentence}`),
  };
}

function identityOf({ declared: { name, clusterUid }, uid }: Opened): ClusterIdentity {
  return { name, live: uid, recorded: clusterUid, remembered: null };
}

async function openMember(declared: DeclaredMember, options: OpenMembersOptions): Promise<Opened> {
  let transport = new Transport({ clock: options.clock, random: Math.random });
  try {
    if (options.usesContexts) {
      const { name } = declared;
      transport.close();
      ({ transport } = await connect({ ...options, name, context: name }));
    } else await adoptToken(transport, declared, options);
    const { signal } = options;
    const { json } = await transport.request({
      path: "/api/v1/namespaces/kube-system",
      timeoutMs: FIRST_TIMEOUT_MS,
      signal,
    });
    const { uid } = (json as { readonly metadata: { readonly uid: string } }).metadata;
    return { declared, transport, uid, problem: null };
  } catch (error) {
    return { declared, transport, uid: null, problem: sentenceOf(error) };
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof OperationalError && error.code === "KUBE_CONFIG") return messageOf(error);
  const { message, advice } = refusalOf(error, BUILT_IN.Namespace);
  return `${message}; ${advice}`;
}

/** With the token of the Secret that the host has for the member. */
async function adoptToken(
  transport: Transport,
  member: DeclaredMember,
  { host, namespace, clock, signal }: OpenMembersOptions,
): Promise<void> {
  const { secretName, name } = member;
  const key = { resource: BUILT_IN.Secret, namespace, name: secretName };
  const problem = (sentence: string): OperationalError =>
    new OperationalError("KUBE_CONFIG", `the Secret ${namespace}/${secretName} of the host ${sentence}`);
  const secret = await read(host.transport, key, { signal }).catch((error: unknown) => {
    const { message } = refusalOf(error, BUILT_IN.Secret);
    throw problem(`cannot be read: ${message}; use a context that may, or --member-contexts`);
  });
  if (secret === null) throw problem("does not exist; run fedns join again");
  const content = parseMemberSecret(secret);
  if ("problem" in content) throw problem(content.problem);
  const credentials = new MemberCredentials({
    name: `KubeFedCluster ${name}`,
    endpoint: member,
    rereadSeed: () => Promise.resolve(),
    clock,
  });
  credentials.setSeed(content.token);
  transport.adopt((await credentials.load()).credentials);
}
