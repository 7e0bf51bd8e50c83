/**
 * The Pod Security Standards, level "restricted", of Kubernetes 1.34 and later: every control of "baseline" and "restricted" for
 * Pods of Linux. A rule that one of a later level contains is left out: "Capabilities" and "Seccomp" are those of restricted.
 *
 *     control                     what a Pod may have
 *     HostProcess                 windowsOptions.hostProcess: not true
 *     Host Namespaces             hostNetwork, hostPID, hostIPC: not true
 *     Privileged Containers       privileged: not true
 *     HostPath Volumes            none
 *     Host Ports                  hostPort: none, or 0
 *     Host Probes, Lifecycle      httpGet.host and tcpSocket.host of probes and hooks: none, or ""
 *     AppArmor                    type RuntimeDefault or Localhost; annotations runtime/default or localhost/...
 *     SELinux                     type container_t, container_init_t, container_kvm_t, container_engine_t; no user, no role
 *     /proc Mount Type            procMount: Default
 *     Sysctls                     those that are safe
 *     Volume Types                configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret
 *     Privilege Escalation        allowPrivilegeEscalation: false, in every container
 *     Running as Non-root         runAsNonRoot: true, of the Pod or of every container, and false nowhere
 *     Running as Non-root user    runAsUser: not 0
 *     Seccomp                     type RuntimeDefault or Localhost, of the Pod or of every container, and no other anywhere
 *     Capabilities                every container drops ALL, and adds NET_BIND_SERVICE at most
 */
type Values = Readonly<Record<string, any>>;

/** A Pod, or the template of one. */
export type PodTemplate = { readonly metadata?: Values; readonly spec: Values };

type Rule = {
  readonly control: string;
  /** Paths of what is not allowed, like "spec.hostPID"; empty = the Pod keeps to the rule. */
  readonly faults: (pod: PodTemplate) => readonly string[];
};

type Place = { readonly path: string; readonly of: Values };

const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);
const VOLUMES: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const SELINUX_TYPES: readonly unknown[] = [
  undefined,
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
];
const PROFILES: readonly unknown[] = ["RuntimeDefault", "Localhost"];
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];
const HOOKS = ["postStart", "preStop"];

function list(value: unknown): readonly Values[] {
  return Array.isArray(value) ? (value as readonly Values[]) : [];
}

export function containersOf({ spec }: PodTemplate): readonly Place[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((key) =>
    list(spec[key]).map((of, index) => ({ path: `spec.${key}[${index}]`, of })),
  );
}

/** The security contexts of the containers, and of the Pod before them. One that is not written is empty. */
function contextsOf(pod: PodTemplate): { readonly whole: Place; readonly each: readonly Place[] } {
  const contextOf = ({ path, of }: Place): Place => ({
    path: `${path}.securityContext`,
    of: (of["securityContext"] ?? {}) as Values,
  });
  return { whole: contextOf({ path: "spec", of: pod.spec }), each: containersOf(pod).map(contextOf) };
}

/** Where a field has a value that is not allowed, in the contexts of the Pod and of containers. */
function where(pod: PodTemplate, field: string, isAllowed: (value: any) => boolean): readonly string[] {
  const { whole, each } = contextsOf(pod);
  return [whole, ...each].flatMap(({ path, of }) => (isAllowed(of[field]) ? [] : [`${path}.${field}`]));
}

/** As `where`; besides, containers that do not say themselves what the Pod does not say. */
function required(pod: PodTemplate, field: string, isRight: (value: any) => boolean): readonly string[] {
  const { whole, each } = contextsOf(pod);
  const unsaid = each.filter(({ of }) => of[field] === undefined && whole.of[field] === undefined);
  return [
    ...where(pod, field, (value) => value === undefined || isRight(value)),
    ...unsaid.map(({ path }) => `${path}.${field}`),
  ];
}

function handlersOf(container: Place): readonly Place[] {
  const lifecycle = (container.of["lifecycle"] ?? {}) as Values;
  return [
    ...PROBES.map((key) => ({ path: `${container.path}.${key}`, of: container.of[key] as Values })),
    ...HOOKS.map((key) => ({ path: `${container.path}.lifecycle.${key}`, of: lifecycle[key] as Values })),
  ].flatMap(({ path, of }) =>
    ["httpGet", "tcpSocket"].flatMap((kind) =>
      of?.[kind] === undefined ? [] : [{ path: `${path}.${kind}`, of: of[kind] as Values }],
    ),
  );
}

function eachContainer(test: (container: Place) => readonly string[]): Rule["faults"] {
  return (pod) => containersOf(pod).flatMap(test);
}

function eachVolume(isAllowed: (volume: Values) => boolean): Rule["faults"] {
  return ({ spec }) =>
    list(spec["volumes"]).flatMap((volume, index) => (isAllowed(volume) ? [] : [`spec.volumes[${index}]`]));
}

export const RULES: readonly Rule[] = [
  {
    control: "HostProcess",
    faults: (pod) => where(pod, "windowsOptions", (value) => value?.hostProcess !== true),
  },
  {
    control: "Host Namespaces",
    faults: ({ spec }) =>
      ["hostNetwork", "hostPID", "hostIPC"].flatMap((key) => (spec[key] === true ? [`spec.${key}`] : [])),
  },
  { control: "Privileged Containers", faults: (pod) => where(pod, "privileged", (value) => value !== true) },
  { control: "HostPath Volumes", faults: eachVolume((volume) => volume["hostPath"] === undefined) },
  {
    control: "Host Ports",
    faults: eachContainer(({ path, of }) =>
      list(of["ports"]).flatMap(({ hostPort }, index) => (hostPort ? [`${path}.ports[${index}]`] : [])),
    ),
  },
  {
    control: "Host Probes, Lifecycle",
    faults: eachContainer((container) =>
      handlersOf(container).flatMap(({ path, of }) => (of["host"] ? [`${path}.host`] : [])),
    ),
  },
  {
    control: "AppArmor",
    faults: (pod) => [
      ...where(pod, "appArmorProfile", (value) => value === undefined || PROFILES.includes(value.type)),
      ...Object.entries((pod.metadata?.["annotations"] ?? {}) as Values)
        .filter(
          ([key, value]) => key.startsWith(APPARMOR) && !/^(runtime\/default|localhost\/.*|)$/.test(value),
        )
        .map(([key]) => `metadata.annotations.${key}`),
    ],
  },
  {
    control: "SELinux",
    faults: (pod) =>
      where(
        pod,
        "seLinuxOptions",
        (value) => SELINUX_TYPES.includes(value?.type) && !value?.user && !value?.role,
      ),
  },
  {
    control: "/proc Mount Type",
    faults: (pod) => where(pod, "procMount", (value) => value === undefined || value === "Default"),
  },
  {
    control: "Sysctls",
    faults: (pod) =>
      where(pod, "sysctls", (value) => list(value).every(({ name }) => SAFE_SYSCTLS.has(String(name)))),
  },
  {
    control: "Volume Types",
    faults: eachVolume((volume) => Object.keys(volume).every((key) => key === "name" || VOLUMES.has(key))),
  },
  {
    control: "Privilege Escalation",
    faults: (pod) =>
      contextsOf(pod).each.flatMap(({ path, of }) =>
        of["allowPrivilegeEscalation"] === false ? [] : [`${path}.allowPrivilegeEscalation`],
      ),
  },
  {
    control: "Running as Non-root",
    faults: (pod) => required(pod, "runAsNonRoot", (value) => value === true),
  },
  { control: "Running as Non-root user", faults: (pod) => where(pod, "runAsUser", (value) => value !== 0) },
  {
    control: "Seccomp",
    faults: (pod) => required(pod, "seccompProfile", (value) => PROFILES.includes(value?.type)),
  },
  {
    control: "Capabilities",
    faults: (pod) =>
      contextsOf(pod).each.flatMap(({ path, of }) => {
        const { add = [], drop = [] } = (of["capabilities"] ?? {}) as Values;
        const isRight = drop.includes("ALL") && add.every((name: string) => name === "NET_BIND_SERVICE");
        return isRight ? [] : [`${path}.capabilities`];
      }),
  },
];

/** "Seccomp: spec.containers[0].securityContext.seccompProfile", for everything that a namespace of this level would not admit. */
export function faultsOf(pod: PodTemplate): readonly string[] {
  return RULES.flatMap(({ control, faults }) => faults(pod).map((path) => `${control}: ${path}`));
}
