/** `fedns join`: makes a cluster a member of the federation. */
import { Command, InvalidArgumentError, Option } from "commander";
import { SOURCE_NAMES, type SourceName } from "../../fleet/sources/source-table.ts";
import {
  addLabel,
  addList,
  namespaceOf,
  withWrites,
  type WriteHostOptions,
} from "../arguments/host-options.ts";
import { parseObjectName, parseUrl } from "../arguments/object-argument.ts";
import { usageError } from "../arguments/usage-error.ts";
import { parsePlace } from "../membership/place.ts";
import type { Session } from "../session/session.ts";
import { parseLifetime, TOKEN_LIFETIME_MS } from "../member/token-lifetime.ts";

const epilogue = `
In the member, makes a service account with the rights that fedns needs and no others: it reads what DNS needs, and
with --kinds it may write objects of these kinds, with --namespaces only there. In the host, makes a Secret with its
token and a KubeFedCluster. Running the command again repairs what is missing; what is not named stays as it was, and
--kinds none takes the rights to write back. Whoever may make federated objects in a namespace of the host acts with
these rights in that namespace of the member; roles, and kinds of the whole cluster, need a word of their own.
--stub does what fedns stub --apply does, with the configuration of fedns.
Differences from the other clusters that will cause trouble are listed. NAME may be any name of a context.

Examples:
  fedns join us-west --host-context host
  fedns join us-west --host-context host --region us-west --zones a,b --location 37.4,-122.1
  # May propagate Deployments and Services to one namespace
  fedns join us-west --host-context host --kinds deployments,services --namespaces shop
  # The cluster was built anew
  fedns join us-west --host-context host --replace

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

/** fedns stub has an option for another one. */
const CLUSTER_DOMAIN = "cluster.local";

type JoinCommandOptions = WriteHostOptions & {
  readonly clusterContext?: string;
  readonly clusterKubeconfig?: string;
  readonly secretName?: string;
  readonly apiEndpoint?: string;
  readonly region?: string;
  readonly zones?: string;
  readonly location?: string;
  readonly addresses?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly sources?: readonly SourceName[];
  readonly kinds?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly allowRbac?: boolean;
  readonly allowClusterKinds?: boolean;
  readonly tokenDuration: number;
  readonly replace?: boolean;
  readonly errorOnExisting?: boolean;
  readonly config?: string;
  readonly stub?: "coredns" | "kube-dns";
};

export function joinCommand(session: Session): Command {
  return withWrites(new Command("join"))
    .description("Make a cluster a member of the federation.")
    .argument("<name>", "the name of the cluster")
    .option("--cluster-context <name>", "the context of the cluster (default: its name)")
    .option("--cluster-kubeconfig <file>", "the kubeconfig of that context, if it is another one")
    .option("--secret-name <name>", "the Secret for its token (default: fedns-NAME)", parseObjectName)
    .option(
      "--api-endpoint <url>",
      "where fedns reaches its API server (default: as in the context)",
      parseUrl,
    )
    .option("--region <label>", "its region (default: from the labels of its Nodes)")
    .option("--zones <labels>", "its zones in that region, like a,b")
    .option("--location <coordinates>", "its latitude and longitude, like 50.1,8.7")
    .option("--addresses <networks>", "the networks of the addresses that it may announce")
    .option("--labels <label=value>", "a label of the KubeFedCluster; may be repeated", addLabel)
    .option(
      "--sources <names>",
      "the sources of names that may be read (default: all, or as before)",
      addSources,
    )
    .option(
      "--kinds <names>",
      "the kinds that may be propagated, like deployments,services; or none",
      addList,
    )
    .option("--namespaces <names>", "where they may be propagated to (default: everywhere)", addList)
    .option("--allow-rbac", "--kinds may name roles and bindings")
    .option("--allow-cluster-kinds", "--kinds may name kinds of the whole cluster")
    .addOption(
      new Option("--token-duration <time>", "how long the token in the host is valid")
        .argParser(parseLifetime)
        .default(TOKEN_LIFETIME_MS, "365d"),
    )
    .option("--replace", "the cluster of this name was built anew")
    .option("--error-on-existing", "fail if the KubeFedCluster exists")
    .option("-c, --config <file>", "also compare with the clusters of this configuration of fedns")
    .addOption(
      new Option("--stub <dns>", "have the DNS of the cluster forward federation names to fedns").choices([
        "coredns",
        "kube-dns",
      ]),
    )
    .addHelpText("after", epilogue)
    .action((name: string, options: JoinCommandOptions) => runJoin(session, name, options));
}

async function runJoin(session: Session, name: string, options: JoinCommandOptions): Promise<void> {
  const { clusterNameOf } = await import("../membership/names.ts");
  const cluster = clusterNameOf(name);
  if (cluster === null) throw usageError(`${JSON.stringify(name)} has no letter or digit to make a name of`);
  if (options.namespaces !== undefined && options.kinds === undefined)
    throw usageError("--namespaces limits what --kinds allows: give both");
  if (options.stub !== undefined && options.output !== undefined)
    throw usageError(
      "--stub shows a difference, which is no object: leave out -o, or run fedns stub --apply",
    );
  const place = parsePlace(options);
  const settings = options.config === undefined ? [] : await clustersOf(options.config);
  const { withSteps } = await import("../clusters/with-host.ts");
  const { join } = await import("../clusters/join.ts");
  const { driftOfMember } = await import("../drift/member-drift.ts");
  await withSteps(session, options, async (parts) => {
    const { runner, signal } = parts;
    if (cluster !== name)
      runner.note(`${JSON.stringify(name)} is no name of an object: the cluster is named ${cluster}`);
    const member = await parts.connect(cluster, options.clusterContext ?? name, options.clusterKubeconfig);
    const { clock } = session;
    const namespace = namespaceOf(options);
    await join({
      ...parts,
      member,
      clock,
      cluster,
      namespace,
      secretName: options.secretName,
      sources: options.sources ?? null,
      kinds: kindsOf(options),
      namespaces: options.namespaces ?? null,
      areRolesAllowed: options.allowRbac === true,
      areClusterKindsAllowed: options.allowClusterKinds === true,
      apiEndpoint: options.apiEndpoint,
      place,
      labels: options.labels ?? {},
      tokenSeconds: Math.round(options.tokenDuration / 1000),
      isReplacement: options.replace === true,
      isErrorOnExisting: options.errorOnExisting === true,
    });
    const { kubeconfig } = options;
    const found = await driftOfMember({
      ...parts,
      member,
      clock,
      signal,
      namespace,
      kubeconfig,
      settings,
      region: options.region ?? null,
    });
    for (const { cluster: which, text, cure } of found) runner.note(`${which}: ${text}; ${cure}`);
  });
  if (options.stub !== undefined) await stubOf(session, cluster, { ...options, stub: options.stub });
}

async function stubOf(
  session: Session,
  cluster: string,
  { stub, ...options }: JoinCommandOptions & { readonly stub: "coredns" | "kube-dns" },
): Promise<void> {
  const { config, region, dryRun, clusterContext = cluster, clusterKubeconfig, kubeconfig } = options;
  const file = clusterKubeconfig ?? kubeconfig;
  const { writeStub } = await import("../commands/stub.ts");
  await writeStub(session, {
    for: stub,
    cluster,
    apply: true,
    clusterDomain: CLUSTER_DOMAIN,
    first: "federation",
    clusterContext,
    ...(config !== undefined && { config }),
    ...(region !== undefined && { region }),
    ...(dryRun !== undefined && { dryRun }),
    ...(file !== undefined && { clusterKubeconfig: file }),
  });
}

/** Null: none were named. */
function kindsOf({ kinds }: JoinCommandOptions): readonly string[] | null {
  if (kinds === undefined) return null;
  return kinds.length === 1 && kinds[0] === "none" ? [] : kinds;
}

async function clustersOf(file: string): Promise<readonly string[]> {
  const { requireConfig } = await import("../arguments/config-argument.ts");
  return (await requireConfig(file)).clusters.map(({ name }) => name);
}

function addSources(text: string, before: readonly SourceName[] | undefined): readonly SourceName[] {
  return addList(text, before).map((word) => {
    const name = SOURCE_NAMES.find((source) => source === word);
    if (name === undefined) throw new InvalidArgumentError(`There are ${SOURCE_NAMES.join(", ")}.`);
    return name;
  });
}
