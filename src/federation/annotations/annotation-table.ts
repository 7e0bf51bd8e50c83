/**
 * The table of all annotations that fedns reads. Readers take the names from it, an annotation with an unknown name is
 * reported, and the documents print it.
 */
import { DEFAULT_POLICY, POLICY_NAMES } from "../policy/policies.ts";

/** The prefix of all annotations of fedns. */
export const ANNOTATION_PREFIX = "fedns.io/";

/** The part after the prefix. */
type AnnotationName =
  | "policy"
  | "weights"
  | "failover-order"
  | "clusters"
  | "max-answers"
  | "ttl"
  | "capacity"
  | "probe"
  | "probe-interval"
  | "probe-timeout"
  | "probe-fall"
  | "probe-rise"
  | "probe-forgive"
  | "probe-codes"
  | "probe-body"
  | "probe-verify"
  | "slow-start"
  | "expose"
  | "ingress-hosts"
  | "balancer-hostname";

/** An option of a probe: "interval" of `fedns.io/probe-interval`. */
export type ProbeOption = OptionIn<AnnotationName>;
type OptionIn<N> = N extends `probe-${infer Option}` ? Option : never;

type AnnotationRow = {
  /** Meaning and values, in Markdown. */
  readonly value: string;
  /** The default, in Markdown; "" = none. */
  readonly default: string;
  /**
   * Where it is read. `plan` (traffic/annotations): on a Service, its Namespace or a host object, over all clusters.
   * `health` (traffic/health): on the same objects, for the addresses of their own cluster. `source` (fleet/sources): on a
   * Service or an Ingress; it says nothing about traffic.
   */
  readonly reader: "plan" | "health" | "source";
};

export const ANNOTATION_TABLE: { readonly [K in AnnotationName]: AnnotationRow } = {
  policy: {
    value: `${POLICY_NAMES.slice(0, -1)
      .map((name) => `\`${name}\``)
      .join(", ")} or \`${POLICY_NAMES.at(-1)}\``,
    default: `\`${DEFAULT_POLICY}\``,
    reader: "plan",
  },
  weights: {
    value:
      "like `us-west=3,eu-central=1`, 0 to 10000 each; 0 or unlisted: standby, used only when the others are at capacity",
    default: "all equal",
    reader: "plan",
  },
  "failover-order": {
    value: "like `us-west,eu-central`; unlisted clusters come last, together",
    default: "the order of the settings",
    reader: "plan",
  },
  clusters: {
    value: "how many clusters are selected per response, 1 to 16",
    default: "1",
    reader: "plan",
  },
  "max-answers": { value: "addresses per response, 1 to 64", default: "8", reader: "plan" },
  ttl: { value: "seconds, or like `30s`, `5m`", default: "30", reader: "plan" },
  capacity: {
    value: "the number of ready endpoints at which a cluster is at full strength; set per cluster",
    default: "as many as it usually has",
    reader: "plan",
  },
  probe: {
    value:
      "like `https://:8443/healthz`, or with `http`, `tcp`, `tls`, `grpc`, `grpcs`; a host in the URL sets only SNI and the Host header; the probe always connects to the address itself; `off`",
    default: "no probe",
    reader: "health",
  },
  "probe-interval": {
    value: "time between two probes of an address, like `10s`",
    default: "`10s`",
    reader: "health",
  },
  "probe-timeout": {
    value: "time after which a probe has failed, like `500ms`",
    default: "`4s`",
    reader: "health",
  },
  "probe-fall": { value: "failures before removal", default: "3", reader: "health" },
  "probe-rise": { value: "consecutive successes before return", default: "2", reader: "health" },
  "probe-forgive": {
    value: "consecutive successes that reset the failure count",
    default: "5",
    reader: "health",
  },
  "probe-codes": {
    value: "HTTP status codes that are good, like `200,204`",
    default: "`200-399`",
    reader: "health",
  },
  "probe-body": {
    value: "counts in the settings alone: `health.probes[].body`",
    default: "any",
    reader: "health",
  },
  "probe-verify": {
    value: '`"true"`: the certificate must be valid for the host',
    default: "any certificate",
    reader: "health",
  },
  "slow-start": {
    value:
      "ramp-up time to the full share, like `2m`; also used when a cluster had no ready endpoint; `2m new`: for new addresses too; `0s`: none",
    default: "`60s`, after probes only",
    reader: "health",
  },
  expose: {
    value:
      "`nodes` or `endpoints`: how clients reach a [Service](../fleet/README.md#services) without a load balancer",
    default: "",
    reader: "source",
  },
  "ingress-hosts": {
    value:
      "on an Ingress: `rules` or `all`: whether the hosts of `spec.tls` are left out or count as those of its rules",
    default: "`all`",
    reader: "source",
  },
  "balancer-hostname": {
    value:
      "`resolve` or `alias`: what is answered for a [load balancer with a host name](../fleet/README.md#load-balancers-with-a-host-name)",
    default: "`resolve`",
    reader: "source",
  },
};

/** The names after the prefix, in the order of the table. */
export const ANNOTATION_NAMES = Object.keys(ANNOTATION_TABLE) as readonly AnnotationName[];

/** The annotation as objects carry it. */
export function annotationOf(name: AnnotationName): string {
  return `${ANNOTATION_PREFIX}${name}`;
}

/** Whether an annotation of fedns may be about traffic: the table has it with such a reader, or does not have it at all. */
export function mayBeAboutTraffic(annotation: string): boolean {
  return annotation.startsWith(ANNOTATION_PREFIX) && readerOf(annotation) !== "source";
}

/** Null for an annotation that is not in the table. */
export function readerOf(annotation: string): AnnotationRow["reader"] | null {
  const name = ANNOTATION_NAMES.find((one) => annotationOf(one) === annotation);
  return name === undefined ? null : ANNOTATION_TABLE[name].reader;
}
