/** The explanation of one federated object as text: the object, then each cluster with what is there and what comes next. */
import type { CopyFacts } from "../../propagate/plan/copy-facts.ts";
import type { Explained, ExplainedCluster, StatusLine } from "./explain-document.ts";
import { replicasText } from "./explain-replicas.ts";
import type { FrontService } from "../moves/services-in-front.ts";
import { outcomeText, placementText } from "../plan/outcome-text.ts";
import { printable } from "../text/printable.ts";

/** Ends with a newline. */
export function explainText(object: Explained, front: readonly FrontService[] = []): string {
  const { kind, namespace, name, clusters } = object;
  return printable(
    [
      `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`,
      ...rows([
        ["type", typeText(object)],
        ["problem", object.problem],
        ["generation", generationText(object)],
        ["finalizer", finalizerText(object)],
        ["deletion", deletionText(object)],
        ...front.map(({ service, traffic }): Row => [
          "traffic",
          traffic.kind === "known"
            ? `by the Service ${service.name}: ${traffic.shares.outcome}`
            : `by the Service ${service.name}: not known: ${traffic.problem}`,
        ]),
        ...object.conditions.map(({ type, status, reason, message, since }): Row => [
          type.toLowerCase(),
          [status, reason, since === "" ? "" : `since ${since}`, message]
            .filter((part) => part !== "")
            .join(", "),
        ]),
      ]),
      ...clusters.flatMap((cluster) => clusterLines(cluster, object, front)),
      "",
    ].join("\n"),
  );
}

type Row = readonly [string, string | null];

/** Without what there is nothing to say about. */
function rows(all: readonly Row[]): readonly string[] {
  return all.flatMap(([word, text]) => (text === null ? [] : [`  ${word.padEnd(11)} ${text}`]));
}

function clusterLines(
  { plan, live, status, replicas, overrides }: ExplainedCluster,
  { type }: Explained,
  front: readonly FrontService[],
): readonly string[] {
  const next = type.isPropagated ? outcomeText(plan) : "nothing, since its type is switched off";
  return [
    plan.cluster,
    ...rows([
      ["placement", placementText(plan)],
      ["copy", copyText(live, plan.live.kind)],
      ["fields", live === null ? null : fieldsText(live)],
      ["replicas", replicas === null ? null : replicasText(replicas)],
      ...front.map((one): Row => ["traffic", trafficText(one, plan.cluster)]),
      ["status", statusText(status)],
      ["next", next],
      ...overrides.map(({ from, operations }, index): Row => [
        `override ${index + 1}`,
        `${from}: ${operations.join(", ")}`,
      ]),
    ]),
  ];
}

function typeText({ type: { name, isPropagated } }: Explained): string {
  return isPropagated
    ? `${name} is propagated`
    : `${name} is switched off: its FederatedTypeConfig says propagation: Disabled; fedns enable ${name} switches it on`;
}

function generationText({ generation, observedGeneration }: Explained): string {
  if (observedGeneration === null) return `${generation ?? "unknown"}; it has no status yet`;
  const isCurrent = generation === observedGeneration;
  return `${generation ?? "unknown"}${isCurrent ? "" : `; the status is of generation ${observedGeneration}`}`;
}

function finalizerText({ isHeld, otherFinalizers }: Explained): string {
  const own = isHeld
    ? "kubefed.io/sync-controller holds it until its copies are gone"
    : "none yet: fedns puts kubefed.io/sync-controller on it before it is placed";
  return otherFinalizers.length === 0 ? own : `${own}; others: ${otherFinalizers.join(", ")}`;
}

function deletionText({ isDeleting, orphan, deleteOptions }: Explained): string {
  const copies =
    orphan === null
      ? "copies are deleted with it, and adopted ones stay"
      : orphan
        ? "all copies stay (kubefed.io/orphan: true)"
        : "all copies are deleted with it, adopted ones too (kubefed.io/orphan: false)";
  const options = Object.keys(deleteOptions).length === 0 ? "" : `, with ${JSON.stringify(deleteOptions)}`;
  return `${isDeleting ? "it is being deleted: " : ""}${copies}${options}`;
}

/** Null = it is not known of any cluster. */
function trafficText({ service, traffic }: FrontService, cluster: string): string | null {
  if (traffic.kind === "unknown") return null;
  const share = traffic.shares.clusters.find((one) => one.cluster === cluster);
  if (share === undefined) return `none by the Service ${service.name}: it is not known there`;
  const { reason, text } = share;
  return reason === null
    ? `${text}, by the Service ${service.name}`
    : `none by the Service ${service.name}: ${reason}`;
}

const OWNERS: Readonly<Record<CopyFacts["owner"], string>> = {
  us: "ours",
  kubefed: "KubeFed's",
  "another-federation": "of another federation",
  nobody: "without an owner",
};

function copyText(live: CopyFacts | null, known: "unknown" | "absent" | "present"): string {
  if (live === null) return known === "unknown" ? "not known" : "none";
  const { generation, owner, ownerLabel, isAdopted, isDeleting, finalizers } = live;
  const parts = [
    OWNERS[owner],
    ...(owner === "another-federation" ? [`fedns.io/owner is ${ownerLabel}`] : []),
    ...(isAdopted ? ["adopted"] : []),
    ...(generation === null ? [] : [`generation ${generation}`]),
    ...(isDeleting
      ? [`being deleted${finalizers.length === 0 ? "" : `, held by ${finalizers.join(", ")}`}`]
      : []),
  ];
  return parts.join(", ");
}

function fieldsText({ lost, managers, owner }: CopyFacts): string {
  const all = `written by ${managers.join(", ") || "nobody that is known"}`;
  if (owner !== "us") return all;
  if (lost.length === 0) return `all of the template are ours; ${all}`;
  const texts = lost.map(({ path, owners }) => `${path} (${owners.join(", ") || "nobody's"})`);
  return `not ours any more: ${texts.join(", ")}; ${all}`;
}

function statusText(line: StatusLine | null): string {
  if (line === null) return "the host says nothing of it";
  const { status, message, code, since } = line;
  const parts = [
    status === "" ? "as wanted" : status,
    ...(code === null ? [] : [`HTTP ${code}`]),
    ...(since === null ? [] : [`since ${since}`]),
    ...(message === null ? [] : [message]),
  ];
  return parts.join(", ");
}
