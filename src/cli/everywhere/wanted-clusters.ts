/**
 * Which clusters a command asks: those that the host declares, and those that settings list. Where neither can be read, a person
 * can name them.
 */
import { OperationalError } from "../../kernel/error.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { clusterAnnotation } from "../../fleet/host-objects/cluster-annotations.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { declaredClusters } from "../clusters/host.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { problemSentence } from "./problem-sentence.ts";
import type { WantedCluster } from "./choose-context.ts";

type WantedOptions = {
  readonly openHost: () => Promise<ClusterConnection>;
  /** Null: no settings were named. Without a host, settings say all. */
  readonly settings: { readonly clusters: readonly WantedCluster[]; readonly hasHost: boolean } | null;
  /** Of the federation. */
  readonly namespace: string;
  /** Undefined: all. */
  readonly only: readonly string[] | undefined;
  /** Ends the look at the host. */
  readonly signal: AbortSignal;
  /** Aborted when the person has enough. */
  readonly interrupted: AbortSignal;
  /** Says that something was not as usual. */
  readonly note: (sentence: string) => void;
};

const NO_CLUSTERS = "there are no clusters; fedns join NAME joins one";

/** By name. Throws OperationalError (CLUSTER_STEP, KUBE_CONFIG) when they are not known, or one that is named does not exist. */
export async function wantedClusters(options: WantedOptions): Promise<readonly WantedCluster[]> {
  const { only, settings } = options;
  const listed = settings?.clusters ?? [];
  const ofHost = settings?.hasHost === false ? [] : await declaredBy(options);
  const declared = [...ofHost, ...listed.filter(({ name }) => !ofHost.some((one) => one.name === name))];
  if (declared.length === 0) throw new OperationalError("CLUSTER_STEP", NO_CLUSTERS);
  if (only === undefined) return declared.toSorted(byName);
  return [...new Set(only)].sort().map((name) => {
    const found = declared.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new OperationalError("CLUSTER_STEP", noSuchCluster(name, declared));
  });
}

async function declaredBy(options: WantedOptions): Promise<readonly WantedCluster[]> {
  const { openHost, namespace, only, settings, signal, interrupted, note } = options;
  try {
    const objects = await declaredClusters(await openHost(), namespace, signal);
    if (objects.length > 0 || settings !== null) return objects.map(wantedOf);
    throw new OperationalError("CLUSTER_STEP", NO_CLUSTERS);
  } catch (error) {
    interrupted.throwIfAborted();
    if (!(error instanceof OperationalError)) throw error;
    const sentence = problemSentence(error, "host: KubeFedClusters");
    if (only === undefined)
      throw new OperationalError("CLUSTER_STEP", `${sentence}; or name the clusters with --clusters`);
    note(`${sentence}; the clusters are those of --clusters`);
    return only.map((name) => ({ name, apiEndpoint: null, uid: null }));
  }
}

function wantedOf({ metadata, ...fields }: ApiObject): WantedCluster {
  const spec = isRecord(fields["spec"]) ? fields["spec"] : {};
  return {
    name: metadata.name,
    apiEndpoint: typeof spec["apiEndpoint"] === "string" ? spec["apiEndpoint"] : null,
    uid: metadata.annotations?.[clusterAnnotation("cluster-uid")] ?? null,
  };
}

function noSuchCluster(name: string, declared: readonly WantedCluster[]): string {
  const names = declared.map((one) => one.name).sort();
  const near = closestWord(name, names);
  return `there is no cluster ${name}; ${near === null ? `there are: ${names.join(", ")}` : `did you mean ${near}?`}`;
}

function byName(a: WantedCluster, b: WantedCluster): number {
  return a.name < b.name ? -1 : 1;
}
