/** The sample federation: three members, their locations, and Services that show what a federation does. */
import type { LoadBalancerPool, NodeSpec } from "./reconcile/settings.ts";
import { sampleEdgeManifests } from "./sample-edge.ts";
import type { Manifest } from "./store/objects.ts";

export type SampleMember = {
  /** Also the name of its region. */
  readonly name: string;
  readonly zones: readonly string[];
  readonly latitude: number;
  readonly longitude: number;
  /** Documentation addresses (RFC 5737, RFC 3849), which are not routed. */
  readonly loadBalancer: LoadBalancerPool;
};

const perService = { ipv4PerService: 2, ipv6PerService: 1 };
const zones = ["a", "b"];

export const sampleMembers: readonly SampleMember[] = [
  {
    name: "us-west",
    zones,
    latitude: 37.4,
    longitude: -122.1,
    loadBalancer: { ipv4Prefix: "192.0.2.", ipv6Prefix: "2001:db8:1::", ...perService },
  },
  {
    name: "eu-central",
    zones,
    latitude: 50.1,
    longitude: 8.7,
    loadBalancer: { ipv4Prefix: "198.51.100.", ipv6Prefix: "2001:db8:2::", ...perService },
  },
  {
    name: "ap-northeast",
    zones,
    latitude: 35.7,
    longitude: 139.7,
    loadBalancer: { ipv4Prefix: "203.0.113.", ipv6Prefix: "2001:db8:3::", ...perService },
  },
];

/** Two nodes in each zone. */
export function nodesOf({ name, zones: own }: SampleMember): readonly NodeSpec[] {
  return ["1", "2"].flatMap((number) =>
    own.map((zone) => ({ name: `${name}-${zone}${number}`, region: name, zone })),
  );
}

type Exposure = "dual-stack" | "ipv4" | "cluster-only" | "hostname";

type Sample = {
  readonly namespace: string;
  readonly name: string;
  readonly exposure: Exposure;
  /** Ready endpoints by member; a member that is not listed does not have the Service. */
  readonly replicas: Readonly<Record<string, number>>;
};

const samples: readonly Sample[] = [
  // First, so that it gets the first addresses of every pool.
  {
    namespace: "demo",
    name: "hello",
    exposure: "dual-stack",
    replicas: { "us-west": 3, "eu-central": 3, "ap-northeast": 3 },
  },
  {
    namespace: "shop",
    name: "checkout",
    exposure: "dual-stack",
    replicas: { "us-west": 0, "eu-central": 2 },
  },
  { namespace: "billing", name: "invoices", exposure: "dual-stack", replicas: { "eu-central": 2 } },
  { namespace: "shop", name: "legacy", exposure: "ipv4", replicas: { "us-west": 2, "ap-northeast": 1 } },
  {
    namespace: "shop",
    name: "inventory",
    exposure: "cluster-only",
    replicas: { "us-west": 1, "eu-central": 1, "ap-northeast": 1 },
  },
  { namespace: "media", name: "images", exposure: "hostname", replicas: { "us-west": 2, "ap-northeast": 2 } },
];

/** The objects of a member: namespaces, a Deployment and a Service per sample, then the Ingress and the Gateway. */
export function sampleManifests(member: string): readonly Manifest[] {
  const own = samples.filter(({ replicas }) => member in replicas);
  const namespaces = [...new Set(own.map(({ namespace }) => namespace))];
  return [
    ...namespaces.map((name): Manifest => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...own.flatMap((sample) => [deployment(sample, sample.replicas[member] ?? 0), service(sample, member)]),
    ...sampleEdgeManifests,
  ];
}

function deployment({ namespace, name }: Sample, replicas: number): Manifest {
  const labels = { app: name };
  const container = {
    name,
    image: `registry.example.net/${name}:1.0`,
    ports: [{ name: "http", containerPort: 8080 }],
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace, labels }, spec };
}

/** What fedns answers for balancers with a host name: here the name itself, since no resolver knows those of the sample. */
const BALANCER_HOSTNAME = "fedns.io/balancer-hostname";

function service({ namespace, name, exposure }: Sample, member: string): Manifest {
  const labels = { app: name };
  const ports = [{ name: "http", port: 80, targetPort: "http" }];
  const annotations = exposure === "hostname" ? { annotations: { [BALANCER_HOSTNAME]: "alias" } } : {};
  const metadata = { name, namespace, labels, ...annotations };
  const isInside = exposure === "cluster-only";
  const spec = {
    type: isInside ? "ClusterIP" : "LoadBalancer",
    selector: labels,
    ports,
    ...(exposure === "dual-stack" ? { ipFamilyPolicy: "PreferDualStack" } : {}),
    ...(exposure === "hostname" ? { loadBalancerClass: "lb.example.net/hostname" } : {}),
  };
  const manifest = { apiVersion: "v1", kind: "Service", metadata, spec };
  if (exposure !== "hostname") return manifest;
  // The sample sets the status itself, as a load balancer with a host name (as on AWS) would.
  const hostname = `${name}.${member}.lb.example.net`;
  return { ...manifest, status: { loadBalancer: { ingress: [{ hostname }] } } };
}
