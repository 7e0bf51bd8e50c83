/**
 * For CoreDNS: server blocks for its Corefile, from plugins that every build has (errors, cache, rewrite, kubernetes,
 * forward). Its `federation` plugin is gone since 1.7; these blocks do what it did.
 */
import {
  addressText,
  comment,
  domainsOf,
  levelSuffix,
  localSuffix,
  placeNotes,
  type StubPlan,
} from "./plan.ts";

/** Positive and negative answers live no longer than this, so that a change is seen in time. */
const CACHE_SECONDS = 30;
/** Of the block behind a block, on loopback: the first of as many as there are federations. */
const INNER_PORT = 5300;
/** SERVICE.NAMESPACE, with _PORT._PROTOCOL in front for SRV: other names below the suffix stay as they are. */
const SERVICE = String.raw`((?:_[^.]+\._[^.]+\.)?[^.]+\.[^.]+)`;

export function corednsStub(plan: StubPlan): string {
  const forward = `forward . ${plan.servers.map(addressText).join(" ")}`;
  const blocks = plan.federations.flatMap((federation, index) => {
    const local = localSuffix(plan, federation);
    const level = levelSuffix(plan, federation);
    if (plan.first === "federation") return [block(`${local}:53`, [rewrite(local, level), forward])];
    const plain = `svc.${plan.clusterDomain}`;
    const port = INNER_PORT + index;
    return [
      block(`${local}:53`, [rewrite(local, plain), kubernetes(plan), `forward . 127.0.0.1:${port}`]),
      inner(`${plan.clusterDomain}:${port}`, [rewrite(plain, level), forward]),
    ];
  });
  const domains = domainsOf(plan).map((domain) => block(`${domain}:53`, [forward]));
  return `${comment(notes(plan))}${[...blocks, ...domains].join("")}`;
}

function block(key: string, plugins: readonly string[]): string {
  return `${key} {\n${indented(["errors", `cache ${CACHE_SECONDS}`, ...plugins])}}\n`;
}

/** Not cached: what is in front of it caches. */
function inner(key: string, plugins: readonly string[]): string {
  return `${key} {\n${indented(["bind 127.0.0.1", "errors", ...plugins])}}\n`;
}

function indented(parts: readonly string[]): string {
  const lines = parts.flatMap((part) => part.split("\n"));
  return lines.map((line) => `    ${line}\n`).join("");
}

/** The question's name from one suffix to another, and in the answer back: the client sees the name it asked for. */
function rewrite(from: string, to: string): string {
  const rule = (a: string, b: string): string => `^${SERVICE}\\.${escaped(a)}\\.$ {1}.${b}.`;
  return `rewrite stop {\n    name regex ${rule(from, to)}\n    answer name ${rule(to, from)}\n}`;
}

/** A Service that is not there, or has nothing ready, is the next plugin's question. */
function kubernetes({ clusterDomain }: StubPlan): string {
  return `kubernetes ${clusterDomain} {\n    ignore empty_service\n    fallthrough\n}`;
}

function escaped(name: string): string {
  return name.replaceAll(".", String.raw`\.`);
}

function notes(plan: StubPlan): readonly string[] {
  const hidden = plan.federations.map(({ name }) => name).join(" or ");
  const short = `SERVICE.NAMESPACE.${plan.federations[0]?.name ?? ""}.svc.${plan.clusterDomain}`;
  const order =
    plan.first === "federation"
      ? `${short} is answered as the cluster's own name in the federation: fedns says where to go, this cluster's load balancer first as long as something is ready behind it. With --first cluster, Services of this cluster go before, by their cluster IPs.`
      : `${short} is answered with the cluster IP where this cluster has the Service and something ready, else as the cluster's own name in the federation. CoreDNS holds Services and endpoints once more in memory for this. Without --first cluster, fedns alone decides.`;
  return [
    `CoreDNS of cluster ${plan.cluster}: put these server blocks beside the others in the Corefile (ConfigMap kube-system/coredns).`,
    ...placeNotes(plan),
    "",
    order,
    "The client sees the name it asked for, with addresses; where nothing is ready here, aliases (CNAME) up the ladder as well.",
    `Names of Services in a namespace called ${hidden} end up here too, and are not found: call no namespace so.`,
    `Answers are kept for ${CACHE_SECONDS} s at most, and one client's answer serves all: no client subnet is passed on, and fedns sees an address of this cluster. That is why the names below say where it is.`,
  ];
}
