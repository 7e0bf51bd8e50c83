/** Every Pod of deploy/ is admitted at the level "restricted" of the Pod Security Standards, and each of its rules is tested by a breach. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FILES, manifestsOf, workloadsOf } from "./manifests.ts";
import { containersOf, faultsOf, RULES } from "./pod-security.ts";

const installed = (): { metadata: any; spec: any } =>
  structuredClone(workloadsOf("install.yaml")[0]?.pod ?? assert.fail()) as { metadata: any; spec: any };

/** One or more breaches of each rule, in the Pod of install.yaml. */
const BREACHES: readonly (readonly [control: string, breach: (pod: { metadata: any; spec: any }) => void])[] =
  [
    ["HostProcess", ({ spec }) => (spec.securityContext.windowsOptions = { hostProcess: true })],
    ["Host Namespaces", ({ spec }) => (spec.hostNetwork = true)],
    ["Host Namespaces", ({ spec }) => (spec.hostPID = true)],
    ["Host Namespaces", ({ spec }) => (spec.hostIPC = true)],
    ["Privileged Containers", ({ spec }) => (spec.containers[0].securityContext.privileged = true)],
    ["HostPath Volumes", ({ spec }) => spec.volumes.push({ name: "node", hostPath: { path: "/" } })],
    ["Host Ports", ({ spec }) => (spec.containers[0].ports[0].hostPort = 53)],
    [
      "Host Probes, Lifecycle",
      ({ spec }) => (spec.containers[0].livenessProbe.httpGet.host = "169.254.169.254"),
    ],
    [
      "Host Probes, Lifecycle",
      ({ spec }) =>
        (spec.containers[0].lifecycle = { preStop: { tcpSocket: { host: "10.0.0.1", port: 1 } } }),
    ],
    ["AppArmor", ({ spec }) => (spec.securityContext.appArmorProfile = { type: "Unconfined" })],
    [
      "AppArmor",
      ({ metadata }) =>
        (metadata.annotations = { "container.apparmor.security.beta.kubernetes.io/fedns": "unconfined" }),
    ],
    ["SELinux", ({ spec }) => (spec.securityContext.seLinuxOptions = { type: "spc_t" })],
    ["SELinux", ({ spec }) => (spec.containers[0].securityContext.seLinuxOptions = { role: "system_r" })],
    ["/proc Mount Type", ({ spec }) => (spec.containers[0].securityContext.procMount = "Unmasked")],
    ["Sysctls", ({ spec }) => (spec.securityContext.sysctls = [{ name: "kernel.msgmax", value: "1" }])],
    ["Volume Types", ({ spec }) => spec.volumes.push({ name: "share", nfs: { server: "a", path: "/" } })],
    [
      "Privilege Escalation",
      ({ spec }) => delete spec.containers[0].securityContext.allowPrivilegeEscalation,
    ],
    ["Running as Non-root", ({ spec }) => delete spec.securityContext.runAsNonRoot],
    ["Running as Non-root", ({ spec }) => (spec.containers[0].securityContext.runAsNonRoot = false)],
    ["Running as Non-root user", ({ spec }) => (spec.containers[0].securityContext.runAsUser = 0)],
    ["Seccomp", ({ spec }) => delete spec.securityContext.seccompProfile],
    ["Seccomp", ({ spec }) => (spec.containers[0].securityContext.seccompProfile = { type: "Unconfined" })],
    ["Capabilities", ({ spec }) => (spec.containers[0].securityContext.capabilities.drop = ["NET_RAW"])],
    ["Capabilities", ({ spec }) => (spec.containers[0].securityContext.capabilities.add = ["NET_ADMIN"])],
  ];

describe("the Pods of deploy/", () => {
  const workloads = FILES.flatMap((file) => workloadsOf(file).map((one) => ({ file, ...one })));

  it("are found", () => {
    assert.deepEqual(
      workloads.map(({ file, name }) => `${file} ${name}`),
      ["install.yaml Deployment fedns"],
    );
  });

  for (const { file, name, pod } of workloads) {
    for (const { control, faults } of RULES)
      it(`${file} ${name} keeps to ${control}`, () => assert.deepEqual(faults(pod), []));

    it(`${file} ${name} names what it keeps to, instead of relying on a default`, () => {
      const { securityContext, automountServiceAccountToken } = pod.spec;
      assert.deepEqual(securityContext["seccompProfile"], { type: "RuntimeDefault" });
      assert.equal(automountServiceAccountToken, false);
      for (const { of } of containersOf(pod)) {
        assert.equal(of["securityContext"].readOnlyRootFilesystem, true);
        assert.deepEqual(of["securityContext"].capabilities, { drop: ["ALL"] });
        for (const { name: port, containerPort } of of["ports"])
          assert.ok(containerPort > 1023, `${port} needs no capability`);
      }
    });

    it(`${file} ${name} is in a namespace that enforces it`, () => {
      const { namespace } = workloads.find((one) => one.pod === pod) ?? assert.fail();
      const labels = manifestsOf(file).find(
        ({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace,
      )?.["metadata"].labels;
      assert.equal(labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    });
  }
});

describe("the rules of the level restricted", () => {
  it("are each tested by a breach", () => {
    const tested = new Set(BREACHES.map(([control]) => control));
    assert.deepEqual(
      [...tested],
      RULES.map(({ control }) => control),
    );
  });

  for (const [index, [control, breach]] of BREACHES.entries())
    it(`${control} is breached by no. ${index}: ${breach.toString().replace(/^.*?=> /s, "")}`, () => {
      const pod = installed();
      breach(pod);
      const controls = faultsOf(pod).map((fault) => fault.slice(0, fault.indexOf(": ")));
      // A hostPath is a type of volume too.
      const expected = control === "HostPath Volumes" ? [control, "Volume Types"] : [control];
      assert.deepEqual(controls, expected);
    });

  it("hold for every kind of container", () => {
    for (const key of ["initContainers", "ephemeralContainers"]) {
      const pod = installed();
      pod.spec[key] = [{ name: "other", securityContext: { privileged: true } }];
      const paths = faultsOf(pod);
      assert.deepEqual(paths, [
        `Privileged Containers: spec.${key}[0].securityContext.privileged`,
        `Privilege Escalation: spec.${key}[0].securityContext.allowPrivilegeEscalation`,
        `Capabilities: spec.${key}[0].securityContext.capabilities`,
      ]);
    }
  });
});
