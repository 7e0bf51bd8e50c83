/** Minimal valid objects of built-in kinds, and the paths they are created at. */

export const paths = {
  Service: "/api/v1/namespaces/default/services",
  Pod: "/api/v1/namespaces/default/pods",
  ConfigMap: "/api/v1/namespaces/default/configmaps",
  Secret: "/api/v1/namespaces/default/secrets",
  Ingress: "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
  Deployment: "/apis/apps/v1/namespaces/default/deployments",
  StatefulSet: "/apis/apps/v1/namespaces/default/statefulsets",
  DaemonSet: "/apis/apps/v1/namespaces/default/daemonsets",
  Job: "/apis/batch/v1/namespaces/default/jobs",
  CronJob: "/apis/batch/v1/namespaces/default/cronjobs",
} as const;
export type Kind = keyof typeof paths;

export const container = { name: "c", image: "i" } as const;

/** `own` overrides fields of the spec. */
export function pod(own: object): object {
  return { spec: { containers: [container], ...own } };
}

/** `own` overrides fields of the workload's spec, `spec` those of its pods. */
export function workload(own: object, spec: object = {}): object {
  return {
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, ...pod(spec) },
      ...own,
    },
  };
}

export function job(spec: object): object {
  return { spec: { template: pod(spec) } };
}

export function service(own: object): object {
  return { spec: { ports: [{ port: 80 }], ...own } };
}
