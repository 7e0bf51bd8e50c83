/** Requests that tests of writes repeat: applies, patches and replacements, each in the name of a field manager. */
import type { Answer, Client } from "./client.ts";

const applyType = "application/apply-patch+yaml";

export type Steps = {
  readonly apply: (path: string, config: any, manager?: string, query?: string) => Promise<Answer>;
  readonly merge: (path: string, change: object, manager?: string) => Promise<Answer>;
  readonly put: (path: string, body: any, manager?: string) => Promise<Answer>;
  readonly remove: (path: string, preconditions?: object) => Promise<Answer>;
};

export function stepsOf(client: Client): Steps {
  return {
    apply: (path, config, manager = "fedns", query = "") =>
      client.patch(`${path}/${config.metadata.name}?fieldManager=${manager}${query}`, config, applyType),
    merge: (path, change, manager = "kubectl-edit") =>
      client.patch(`${path}?fieldManager=${manager}`, change),
    put: (path, body, manager = "controller-manager") =>
      client.call(`${path}?fieldManager=${manager}`, { method: "PUT", body }),
    remove: (path, preconditions = {}) => client.call(path, { method: "DELETE", body: { preconditions } }),
  };
}

/** The fields of an object by their manager: `fedns Apply`, `hpa Update scale`. */
export function owners(body: any): Readonly<Record<string, any>> {
  const entries = (body.metadata.managedFields ?? []) as readonly any[];
  const named = entries.map(({ manager, operation, subresource = "", fieldsV1 }) => [
    [manager, operation, subresource].filter(Boolean).join(" "),
    fieldsV1,
  ]);
  return Object.fromEntries(named) as Readonly<Record<string, any>>;
}

/** What a write changes of an object's counters: generation and version. */
export function counters(body: any): { readonly generation: number; readonly version: string } {
  return { generation: body.metadata.generation, version: body.metadata.resourceVersion };
}

export const deployments = "/apis/apps/v1/namespaces/default/deployments";

/** With one container `a`; `spec` and `container` add to it. */
export function deployment(name: string, spec: object = {}, container: object = {}): any {
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "a", image: "i", ...container }] },
  };
  const selector = { matchLabels: { app: name } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector, template, ...spec },
  };
}
