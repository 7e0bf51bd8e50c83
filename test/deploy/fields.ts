/**
 * Which fields Kubernetes knows in the kinds of deploy/: the types of its generated clients, as tables of name and type. The newest
 * are those of the client that fedns uses. The oldest, of Kubernetes 1.21, are kept in kubernetes-1.21.json, for the types that the
 * manifests reach and no others: a manifest that reaches another type fails until that is added.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Field to type: "string", "V1PodSpec", "Array<V1Container>", "{ [key: string]: string; }". */
export type Fields = Readonly<Record<string, string>>;

export type Schema = {
  readonly version: string;
  /** Undefined = there is no such type. */
  readonly fieldsOf: (type: string) => Fields | undefined;
};

const KINDS: Readonly<Record<string, string>> = {
  "v1 Namespace": "V1Namespace",
  "v1 ServiceAccount": "V1ServiceAccount",
  "v1 ConfigMap": "V1ConfigMap",
  "v1 Secret": "V1Secret",
  "v1 Service": "V1Service",
  "apps/v1 Deployment": "V1Deployment",
  "policy/v1 PodDisruptionBudget": "V1PodDisruptionBudget",
  "networking.k8s.io/v1 NetworkPolicy": "V1NetworkPolicy",
  "rbac.authorization.k8s.io/v1 Role": "V1Role",
  "rbac.authorization.k8s.io/v1 RoleBinding": "V1RoleBinding",
  "rbac.authorization.k8s.io/v1 ClusterRole": "V1ClusterRole",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": "V1ClusterRoleBinding",
  "apiextensions.k8s.io/v1 CustomResourceDefinition": "V1CustomResourceDefinition",
};

export const OLDEST: Schema = oldest();
export const NEWEST: Schema = newest();

/** "Deployment fedns: spec.template.spec.x is not in V1PodSpec", for each field that the version does not know. */
export function unknownFields(manifest: Readonly<Record<string, any>>, schema: Schema): string[] {
  const { apiVersion, kind, metadata } = manifest;
  const type = KINDS[`${apiVersion} ${kind}`];
  if (type === undefined)
    return [`${kind} ${metadata?.name}: ${apiVersion} is not a kind of ${schema.version}`];
  return walk(manifest, type, "", schema).map((sentence) => `${kind} ${metadata?.name}: ${sentence}`);
}

function walk(value: unknown, type: string, path: string, schema: Schema): string[] {
  const item = /^Array<(.+)>$/.exec(type)?.[1];
  if (item !== undefined)
    return Array.isArray(value)
      ? value.flatMap((one, index) => walk(one, item, `${path}[${index}]`, schema))
      : [`${path} is not a list`];
  const entry = /^\{ \[key: string\]: (.+?);? \}$/.exec(type)?.[1];
  if (entry !== undefined)
    return Object.entries(value as object).flatMap(([key, one]) =>
      walk(one, entry, `${path}.${key}`, schema),
    );
  if (!/^V\d/.test(type) || typeof value !== "object" || value === null) return [];
  const fields = schema.fieldsOf(type);
  if (fields === undefined) return [`${path}: the type ${type} is not in the table of ${schema.version}`];
  return Object.entries(value).flatMap(([key, one]) => {
    const below = path === "" ? key : `${path}.${key}`;
    const of = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return of === undefined
      ? [`${below} is not in ${type} of ${schema.version}`]
      : walk(one, of, below, schema);
  });
}

function oldest(): Schema {
  const table = JSON.parse(
    readFileSync(new URL("kubernetes-1.21.json", import.meta.url), "utf8"),
  ) as Readonly<Record<string, Fields>>;
  return { version: "Kubernetes 1.21", fieldsOf: (type) => table[type] };
}

function newest(): Schema {
  const load = createRequire(import.meta.url);
  const entry = load.resolve("@kubernetes/client-node");
  const folder = `${entry.slice(0, entry.lastIndexOf("/dist/"))}/dist/gen/models`;
  const version = /release-([\d.]+)/.exec(readFileSync(`${folder}/V1Pod.js`, "utf8"))?.[1] ?? "?";
  const fieldsOf = (type: string): Fields | undefined => {
    const path = `${folder}/${type}.js`;
    const model = (load(path) as Readonly<Record<string, any>>)[type];
    const list = model?.attributeTypeMap as
      | readonly { readonly baseName: string; readonly type: string }[]
      | undefined;
    return list && Object.fromEntries(list.map(({ baseName, type: of }) => [baseName, of]));
  };
  return { version: `Kubernetes ${version}`, fieldsOf };
}
