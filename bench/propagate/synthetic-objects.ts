/** Federated objects and copies as API servers would show them once all is in place: fedns has nothing to write. Pure. */
import { FINALIZER, parseFederatedObject } from "../../src/propagate/federated/federated-object.ts";
import { render } from "../../src/propagate/render/render.ts";
import { objectStatus } from "../../src/propagate/status/object-status.ts";
import { federatedSpec, memberName, namespace, objectName, overriddenEvery } from "./content.ts";

export const owner = "bench";
export const manager = "fedns";
const metadataCommon = { generation: 1, finalizers: [FINALIZER], creationTimestamp: "2026-01-01T00:00:00Z" };
const statuses = new Map<number, string>();

/** All copies are as wanted. */
function statusText(members: number): string {
  const copies = Array.from({ length: members }, (_, member) => ({
    cluster: memberName(member),
    status: "" as const,
    message: null,
    code: null,
    sinceMs: 0,
    generation: 1,
  }));
  const made = objectStatus({
    generation: 1,
    failure: null,
    copies,
    hasWritten: false,
    before: null,
    nowMs: 0,
  });
  const text = statuses.get(members) ?? JSON.stringify(made);
  statuses.set(members, text);
  return text;
}

function federated(index: number): { readonly metadata: object; readonly spec: object } {
  const metadata = { ...metadataCommon, name: objectName(index), namespace, uid: uidOf(9_999, index) };
  return { metadata: { ...metadata, resourceVersion: "5" }, spec: federatedSpec(index, 0) };
}

export function federatedText(index: number, members: number): string {
  const { metadata, spec } = federated(index);
  return `{"metadata":${JSON.stringify(metadata)},"spec":${JSON.stringify(spec)},"status":${statusText(members)}}`;
}

export function namespaceText(members: number): string {
  const metadata = {
    ...metadataCommon,
    name: namespace,
    namespace,
    uid: uidOf(9_998, 0),
    resourceVersion: "5",
  };
  const spec = { placement: { clusterSelector: {} } };
  return `{"metadata":${JSON.stringify(metadata)},"spec":${JSON.stringify(spec)},"status":${statusText(members)}}`;
}

/** Metadata of the copy, as a watch of metadata shows it. */
export function copyText(member: number, index: number): string {
  const variant = index % overriddenEvery === 0 && member === 1 ? 1 : 0;
  const { labels, fields } = facts(index, variant);
  return metadataText(`"name":"${objectName(index)}","namespace":"${namespace}"`, uidOf(member, index), {
    revision: 10 + index,
    labels,
    fields,
  });
}

export function namespaceCopyText(member: number): string {
  const { labels, fields } = namespaceFacts;
  return metadataText(`"name":"${namespace}"`, uidOf(member, 999_999), { revision: 9, labels, fields });
}

type Facts = { readonly labels: string; readonly fields: string };

function metadataText(
  name: string,
  uid: string,
  { revision, labels, fields }: Facts & { readonly revision: number },
): string {
  return `{"metadata":{${name},"uid":"${uid}","resourceVersion":"${revision}","creationTimestamp":"2026-01-01T00:00:00Z","labels":${labels},"managedFields":[{"manager":"${manager}","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":${fields}}]}}`;
}

const factsOf: (readonly Facts[])[] = [];

/** Of the copies in most members, and in the one with an override. */
function facts(index: number, variant: number): Facts {
  const known = (factsOf[index] ??= [0, 1].map((member) =>
    renderedFacts(federated(index), memberName(member), "ConfigMap"),
  ));
  return known[variant] as Facts;
}

const namespaceFacts: Facts = renderedFacts(
  JSON.parse(namespaceText(0)) as object,
  memberName(0),
  "Namespace",
);

function renderedFacts(object: object, cluster: string, kind: string): Facts {
  const parsed = parseFederatedObject(object);
  if (parsed === null || "problem" in parsed)
    throw new Error(`${JSON.stringify(parsed)} is no federated object`);
  const isNamespaced = kind !== "Namespace";
  const rendered = render({
    object: parsed.object,
    target: { apiVersion: "v1", kind, isNamespaced },
    cluster: { name: cluster, labels: {} },
    owner,
    isUpdate: true,
  });
  if ("problem" in rendered) throw new Error(rendered.problem);
  const { labels } = rendered.body["metadata"] as { readonly labels: object };
  const { apiVersion: _, kind: __, metadata: ___, ...content } = rendered.body;
  return {
    labels: JSON.stringify(labels),
    fields: JSON.stringify(fieldsOf({ ...content, metadata: { labels } })),
  };
}

/** As fieldsV1 for maps. */
function fieldsOf(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      `f:${key}`,
      typeof inner === "object" && inner !== null ? fieldsOf(inner) : {},
    ]),
  );
}

function uidOf(member: number, index: number): string {
  const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
  return `${hex(member, 8)}-0000-4000-8000-${hex(index, 12)}`;
}
