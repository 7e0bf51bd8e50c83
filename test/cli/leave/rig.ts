/** A joined member with copies in it, as a propagator leaves them. */
import assert from "node:assert/strict";
import { type ClusterConnection, connect } from "../../../src/cli/clusters/connect.ts";
import { StepRunner } from "../../../src/cli/clusters/runner.ts";
import { freePermit } from "../../../src/fleet/kube/write-permit.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { create } from "../../../src/propagate/apply/carry-out.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { type Loose, NAMESPACE } from "../clusters/host-content.ts";
import { type Rig, startRig } from "../clusters/rig.ts";
import { type FakeSession, fakeSession } from "../fake-session.ts";

export type LeavingRig = Rig & {
  readonly host: ApiServer;
  readonly member: ApiServer;
  /** What copies have as owner. */
  readonly owner: string;
  readonly toMember: ClusterConnection;
  readonly toHost: ClusterConnection;
  /** Makes a copy; `owner` and other labels over those that a propagator sets. */
  readonly copy: (kind: CopiedKind, namespace: string, name: string, labels?: Loose) => Promise<void>;
  /** Labels and field managers of an object in the member; undefined: there is none. */
  readonly look: (kind: CopiedKind, namespace: string, name: string) => Look | undefined;
  readonly federate: (kind: CopiedKind, namespace: string, name: string, annotations: Loose) => void;
};

type CopiedKind = "ConfigMap" | "Namespace" | "Deployment";
type Look = {
  readonly labels: readonly string[];
  readonly managers: readonly unknown[];
  readonly generation: unknown;
};

const KINDS: Readonly<
  Record<CopiedKind, { readonly group: string; readonly plural: string; readonly content: Loose }>
> = {
  ConfigMap: { group: "", plural: "configmaps", content: { data: { a: "b" } } },
  Namespace: { group: "", plural: "namespaces", content: {} },
  Deployment: {
    group: "apps",
    plural: "deployments",
    content: {
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    },
  },
};

export async function startLeavingRig(scope: Scope): Promise<LeavingRig> {
  const rig = await startRig(scope, ["host", "us-west"]);
  const { host, "us-west": member } = rig.servers as Record<string, ApiServer>;
  assert.ok(host !== undefined && member !== undefined);
  assert.equal((await rig.fedns("init")).code, 0);
  assert.equal((await rig.fedns("enable", "namespaces", "configmaps", "deployments")).code, 0);
  const joined = await rig.fedns("join", "us-west", "--kinds", "namespaces,configmaps,deployments");
  assert.equal(joined.code, 0, joined.err);
  const { signal } = new AbortController();
  const open = async (name: string): Promise<ClusterConnection> => {
    const to = await connect({ name, kubeconfig: rig.kubeconfig, context: name, clock: systemClock, signal });
    atEnd(scope, () => to.transport.close());
    return to;
  };
  const [toHost, toMember] = [await open("host"), await open("us-west")];
  const owner = host.objects.get({ apiVersion: "v1", kind: "Namespace", name: NAMESPACE })?.metadata
    .uid as string;
  const refOf = (kind: CopiedKind, namespace: string, name: string) => ({
    apiVersion: KINDS[kind].group === "" ? "v1" : `${KINDS[kind].group}/v1`,
    kind,
    name,
    ...(namespace !== "" && { namespace }),
  });
  return {
    ...rig,
    host,
    member,
    owner,
    toHost,
    toMember,
    copy: async (kind, namespace, name, labels = {}) => {
      const { group, plural, content } = KINDS[kind];
      const key = { resource: { group, version: "v1", plural }, namespace, name };
      const own = {
        "kubefed.io/managed": "true",
        "fedns.io/owner": owner,
        "fedns.io/applied": "0123456789abcdef",
      };
      const request = {
        transport: toMember.transport,
        key,
        permit: freePermit(10),
        signal,
        manager: "fedns",
      };
      const outcome = await create(request, {
        apiVersion: group === "" ? "v1" : `${group}/v1`,
        kind,
        metadata: { labels: { ...own, ...labels } },
        ...content,
      });
      assert.equal(outcome.report?.status, "", outcome.report?.message ?? "");
    },
    look: (kind, namespace, name) => {
      const object: Loose | undefined = member.objects.get(refOf(kind, namespace, name));
      if (object === undefined) return undefined;
      const { labels = {}, managedFields = [], generation } = object["metadata"];
      const own = Object.keys(labels).filter((label) => /(kubefed|fedns)\.io\//.test(label));
      const applied = (managedFields as Loose[]).filter(({ operation }) => operation === "Apply");
      return { labels: own, managers: applied.map(({ manager }) => manager as unknown), generation };
    },
    federate: (kind, namespace, name, annotations) =>
      void host.objects.put({
        apiVersion: "types.kubefed.io/v1beta1",
        kind: `Federated${kind}`,
        metadata: { namespace, name, annotations },
        spec: { template: KINDS[kind].content, placement: { clusterSelector: {} } },
      } as never),
  };
}

/** A runner outside of a command, and what it said. */
export function runnerFor(isDryRun = false): { readonly runner: StepRunner; readonly session: FakeSession } {
  const session = fakeSession();
  const { signal } = new AbortController();
  return { runner: new StepRunner({ session, signal, isDryRun, output: undefined }), session };
}
