/**
 * What the account of fedns may do in the host with federated objects of one type. `fedns init` grants it for all of KubeFed's group;
 * a type of another group has a role of its own, which goes with the type.
 */
import { granted, type PlannedObject, type Subject } from "../membership/planned-object.ts";
import { definitionName, type FederatedName } from "./federated-names.ts";

const VERBS = ["get", "list", "watch", "patch"];

/** The name of the role and of its binding. */
export function typeRoleName(federated: Pick<FederatedName, "group" | "plural">): string {
  return `fedns:${definitionName(federated)}`;
}

type TypeRights = {
  readonly federated: Pick<FederatedName, "group" | "plural">;
  readonly labels: Readonly<Record<string, string>>;
  readonly subject: Subject;
  /** Null: all namespaces are federated. */
  readonly onlyNamespace: string | null;
};

/** Roles and bindings, in the order in which they are made. */
export function typeRights({
  federated,
  labels,
  subject,
  onlyNamespace,
}: TypeRights): readonly PlannedObject[] {
  const { group, plural } = federated;
  return granted({
    name: typeRoleName(federated),
    labels,
    subject,
    ...(onlyNamespace !== null && { namespace: onlyNamespace }),
    rules: [{ apiGroups: [group], resources: [plural, `${plural}/status`], verbs: VERBS }],
  });
}
