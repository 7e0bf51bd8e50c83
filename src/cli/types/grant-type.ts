/** The rights of fedns in the host for a federated type outside of KubeFed's group, given to the accounts that have those of the federation. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { stepError } from "../clusters/step-error.ts";
import type { FederatedName } from "../federate/federated-names.ts";
import { typeRights, typeRoleName } from "../federate/type-rights.ts";
import { HOST_LABEL } from "../membership/names.ts";
import { BUILT_IN, type Subject } from "../membership/planned-object.ts";

type Type = Pick<FederatedName, "group" | "plural">;

type GrantTypeOptions = {
  readonly runner: StepRunner;
  readonly host: ClusterConnection;
  readonly signal: AbortSignal;
  /** Of the federation. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly onlyNamespace: string | null;
};

/** Roles that let fedns read the federation: that of `fedns init`, and that of deploy/host.yaml. */
const ROLES: ReadonlySet<unknown> = new Set(["fedns", "fedns-host"]);
const KINDS = ["ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"] as const;

export async function grantType(federated: Type, options: GrantTypeOptions): Promise<void> {
  const { runner, host } = options;
  const [subject, ...others] = await subjectsIn(options);
  if (subject === undefined) {
    runner.note(
      `no account of fedns is known in ${options.namespace}: give it get, list, watch and patch of ${federated.plural}.${federated.group} ` +
        `and of their status, or run fedns init and then this command again`,
    );
    return;
  }
  for (const planned of typeRights({ ...options, federated, subject })) {
    const { subjects } = planned.manifest;
    if (!Array.isArray(subjects)) await runner.apply(host, planned);
    else {
      const all = [
        ...(subjects as unknown[]),
        ...others.map((other) => ({ kind: "ServiceAccount", ...other })),
      ];
      await runner.apply(host, { ...planned, manifest: { ...planned.manifest, subjects: all } });
    }
  }
}

async function subjectsIn({ host, namespace, signal }: GrantTypeOptions): Promise<readonly Subject[]> {
  const resource = BUILT_IN.RoleBinding;
  const bindings = await readAll(host.transport, { resource, namespace }, { signal }).catch(
    (error: unknown) => {
      throw stepError(`${host.name}: RoleBindings in ${namespace}`, error, resource.plural);
    },
  );
  const all = bindings.filter(isOfFedns).flatMap(({ subjects }) => (Array.isArray(subjects) ? subjects : []));
  const accounts = all
    .filter(isRecord)
    .flatMap(({ kind, name, namespace: at }) =>
      kind === "ServiceAccount" && typeof name === "string" && typeof at === "string"
        ? [{ namespace: at, name }]
        : [],
    );
  return [...new Map(accounts.map((account) => [`${account.namespace}/${account.name}`, account])).values()];
}

function isOfFedns({ roleRef }: ApiObject): boolean {
  return isRecord(roleRef) && ROLES.has(roleRef["name"]);
}

/** Those that `grantType` made, wherever they are. */
export async function revokeType(
  federated: Type,
  {
    runner,
    host,
    namespace,
    hostUid,
  }: Pick<GrantTypeOptions, "runner" | "host" | "namespace"> & { readonly hostUid: string },
): Promise<void> {
  const name = typeRoleName(federated);
  const isOurs = ({ metadata }: ApiObject): boolean => metadata.labels?.[HOST_LABEL] === hostUid;
  for (const kind of KINDS) {
    const key = { resource: BUILT_IN[kind], namespace: kind.startsWith("Cluster") ? "" : namespace, name };
    const object = await runner.read(host, kind, key);
    if (object !== null && isOurs(object)) await runner.remove(host, { kind, key, object, isOurs });
  }
}
