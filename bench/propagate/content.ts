/** What the `propagate` bench places: ConfigMaps of some 1,000 octets. Every tenth is different in one member. Pure. */

/** Of the federated objects, and of their copies. */
export const namespace = "shop";
/** Of the objects that are applied without fedns. */
export const bareNamespace = "bare";
export const overriddenEvery = 10;

export function memberName(member: number): string {
  return `c${member}`;
}

export function objectName(index: number): string {
  return `settings-${index}`;
}

type Template = {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
};

/** `version` is what the bench waits for. Keys differ from object to object, as those of real ones do. */
export function template(index: number, version: number): Template {
  return {
    metadata: { labels: { app: `app-${index % 50}`, tier: "web" } },
    data: {
      version: String(version),
      [`settings-${index}.properties`]: `name=${objectName(index)}\nlevel=info\n`.repeat(16),
      greeting: "welcome",
    },
  };
}

/** The spec of a federated object for all members. */
export function federatedSpec(index: number, version: number): object {
  const overrides = [
    {
      clusterName: memberName(1),
      clusterOverrides: [{ op: "replace", path: "/data/greeting", value: "willkommen" }],
    },
  ];
  return {
    template: template(index, version),
    placement: { clusterSelector: {} },
    ...(index % overriddenEvery === 0 && { overrides }),
  };
}

/** As fedns would apply it, with labels of the same length that are not its own. */
export function bareBody(index: number, version: number): object {
  const { metadata, data } = template(index, version);
  const labels = {
    ...metadata.labels,
    "bench-kb.io/managed": "true",
    "bench.io/owner": "00000000-0000-4000-8000-000000000000",
    "bench.io/applied": "0123456789abcdef",
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: objectName(index), namespace: bareNamespace, labels },
    data,
  };
}

/** A FederatedTypeConfig of a core kind. */
export function typeConfig(
  plural: string,
  kind: string,
  isNamespaced: boolean,
  hostNamespace: string,
): object {
  const scope = isNamespaced ? "Namespaced" : "Cluster";
  return {
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "FederatedTypeConfig",
    metadata: { name: plural, namespace: hostNamespace },
    spec: {
      propagation: "Enabled",
      targetType: { group: "", version: "v1", kind, pluralName: plural, scope },
      federatedType: {
        group: "types.kubefed.io",
        version: "v1beta1",
        kind: `Federated${kind}`,
        pluralName: `federated${plural}`,
        scope: "Namespaced",
      },
    },
  };
}
