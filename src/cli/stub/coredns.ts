/**
 * CoreDNS: server blocks for its Corefile, with plugins that every build has (errors, cache, rewrite, kubernetes,
 * forward). They replace its `federation` plugin, which was removed in 1.7.
 */
import {
  addressText,
  comment,
  domainsOf,
  levelSuffix,
  localSuffix,
  placeNotes,
  serverNotes,
  type StubPlan,
} from "./plan.ts";

/** The cache time of positive and negative answers, short enough to follow changes. */
const CACHE_SECONDS = 30;
/** The first loopback port of inner server blocks, one for each federation. */
const INNER_PORT = 5300;
/**
 * SERVICE.NAMESPACE, and _PORT._PROTOCOL.SERVICE.NAMESPACE for SRV; other names below the suffix are not rewritten. Each has a rule of
 * its own, because the rule that a query met rewrites every name of the answer: beside an SRV record, the address must keep the name
 * that the record points to.
 */
const NAMES = [String.raw`([^_.][^.]*\.[^.]+)`, String.raw`(_[^.]+\._[^.]+\.[^.]+\.[^.]+)`] as const;

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

/** Not cached, because the outer block caches. */
function inner(key: string, plugins: readonly string[]): string {
  return `${key} {\n${indented(["bind 127.0.0.1", "errors", ...plugins])}}\n`;
}

function indented(parts: readonly string[]): string {
  const lines = parts.flatMap((part) => part.split("\n"));
  return lines.map((line) => `    ${line}\n`).join("");
}

/** Rewrites the name in the query from one suffix to another, and back in the answer. */
function rewrite(from: string, to: string): string {
  return NAMES.map((name) => {
    const rule = (a: string, b: string): string => `^${name}\\.${escaped(a)}\\.$ {1}.${b}.`;
    return `rewrite stop {\n    name regex ${rule(from, to)}\n    answer name ${rule(to, from)}\n}`;
  }).join("\n");
}

/** Queries for Services that do not exist or have no ready endpoints go to the next plugin. */
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
      ? `${short} is rewritten to the federation name for the place of this cluster. fedns answers, with the load balancer of this cluster first while it has ready endpoints. With --first cluster, Services of this cluster are preferred, by their cluster IPs.`
      : `${short} is answered with the cluster IP if this cluster has the Service with ready endpoints, otherwise as the federation name for the place of this cluster. CoreDNS keeps Services and endpoints in memory a second time for this. Without --first cluster, fedns alone decides.`;
  return [
    `CoreDNS of cluster ${plan.cluster}: put these server blocks beside the others in the Corefile (ConfigMap kube-system/coredns).`,
    ...placeNotes(plan),
    ...serverNotes(plan),
    "",
    order,
    "Clients see the name that they asked for, with addresses; if nothing is ready here, the answer also has aliases (CNAME) to wider levels.",
    `Names of Services in a namespace called ${hidden} are rewritten too and do not resolve: do not use that name for a namespace.`,
    `Answers are cached for at most ${CACHE_SECONDS} s and shared by all clients. No client subnet is sent, so fedns sees an address of this cluster; therefore the names below contain its place.`,
  ];
}
