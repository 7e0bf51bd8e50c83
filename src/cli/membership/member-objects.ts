/** The objects that `fedns join` makes in a member: an account, and exactly the rights that it needs. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { SOURCE_NAMES, type SourceName } from "../../fleet/sources/source-table.ts";
import { accountName, type MadeFor, membershipLabels } from "./names.ts";
import { granted, planned, type PlannedObject } from "./planned-object.ts";
import { EVENT_RULES, type GrantedKind, propagationRules, readRules, renewalRules } from "./rights.ts";

export type MemberPlan = MadeFor & {
  /** Where the account is. */
  readonly namespace: string;
  readonly sources: readonly SourceName[];
  /** What may be propagated; empty = nothing is written. */
  readonly kinds: readonly GrantedKind[];
  /** Where it may be propagated to; null = everywhere. */
  readonly namespaces: readonly string[] | null;
};

/** Of roles for propagation. */
export const PROPAGATION_SUFFIX = "-propagation";

/** In the order in which they are made: an account has its rights before it has a token. */
export function memberObjects(plan: MemberPlan): readonly PlannedObject[] {
  const { namespace, sources, kinds, namespaces } = plan;
  const labels = membershipLabels(plan);
  const name = accountName(plan.hostUid);
  const subject = { namespace, name };
  const account = planned("ServiceAccount", {
    namespace,
    name,
    labels,
    fields: { automountServiceAccountToken: false },
  });
  const rules = [...readRules(sources), ...EVENT_RULES];
  const writer = { name: `${name}${PROPAGATION_SUFFIX}`, labels, subject, rules: propagationRules(kinds) };
  const places = kinds.length === 0 ? [] : (namespaces ?? [undefined]);
  return [
    planned("Namespace", { name: namespace, labels, ifForeign: "keep" }),
    account,
    ...granted({ name, labels, subject, rules }).map((object) => withSources(object, sources)),
    ...granted({ namespace, name, labels, subject, rules: renewalRules(name) }),
    ...places.flatMap((place) => granted(place === undefined ? writer : { ...writer, namespace: place })),
  ];
}

/** The choice of sources is kept for the next join, which may not name them. */
const SOURCES_ANNOTATION = "fedns.io/sources";

function withSources(object: PlannedObject, sources: readonly SourceName[]): PlannedObject {
  const annotations = { [SOURCES_ANNOTATION]: sources.join(",") };
  const { manifest } = object;
  return { ...object, manifest: { ...manifest, metadata: { ...manifest.metadata, annotations } } };
}

/** The sources that a role of an earlier join is for; all, if there is none. */
export function sourcesIn(role: ApiObject | null): readonly SourceName[] {
  const written = role?.metadata.annotations?.[SOURCES_ANNOTATION];
  if (written === undefined) return SOURCE_NAMES;
  const names = written.split(",");
  return SOURCE_NAMES.filter((name) => names.includes(name));
}

/** For API servers without TokenRequest: a Secret that their token controller fills. */
export function tokenSecret(plan: Pick<MemberPlan, "namespace"> & MadeFor): PlannedObject {
  const name = accountName(plan.hostUid);
  const secret = planned("Secret", {
    namespace: plan.namespace,
    name,
    labels: membershipLabels(plan),
    fields: { type: "kubernetes.io/service-account-token" },
  });
  const annotations = { "kubernetes.io/service-account.name": name };
  const metadata = { ...secret.manifest.metadata, annotations };
  return { ...secret, manifest: { ...secret.manifest, metadata } };
}
