/** What happens in members besides fedns: people, autoscalers and other controllers write to copies, and make objects of their own. */
import { MANAGED, OWNER } from "../../../src/propagate/federated/labels.ts";
import { count, type Member, type Run, tell } from "./run-state.ts";
import { NOTE } from "./written-objects.ts";
import { someTarget, type Target } from "./people.ts";
import type { Written } from "./sim-server.ts";
import { apiVersionOfCopies, pathOfCopies, typeOf } from "./types.ts";

const MERGE = "application/merge-patch+json";
const HOLD = "example.com/hold";

type Copy = { readonly member: Member; readonly target: Target; readonly path: string };

function someCopy(run: Run): Copy {
  const target = someTarget(run);
  const member = run.chance.pick(run.members);
  return { member, target, path: `${pathOfCopies(target.type, target.namespace)}/${target.name}` };
}

async function write(
  run: Run,
  { member, target }: Copy,
  parts: { who: string; method: string; path: string; body?: object; type?: string },
): Promise<boolean> {
  const { who, method, path, body, type = "application/json" } = parts;
  const { status } = await member.server.call(who, method, path, body, type);
  const what = `${method} ${target.namespace}/${target.name}`;
  tell(run, `${member.name}: ${who} ${what} ${JSON.stringify(body ?? {})}: ${status}`);
  if (status < 300) count(run, `member: ${who} ${method}`);
  return status < 300;
}

function patch(run: Run, who: string, copy: Copy, body: object): Promise<boolean> {
  return write(run, copy, { who, method: "PATCH", path: copy.path, body, type: MERGE });
}

/** A field that is the template's. */
function ownField(run: Run, { target }: Copy): object {
  const { chance } = run;
  if (target.type.name === "configmaps") return { data: { color: `edited${chance.int(1, 9)}` } };
  return { spec: { replicas: chance.int(10, 20) } };
}

/** Nobody may ever touch it but its writer. */
const FOREIGN: Readonly<Record<string, string>> = { [NOTE]: "kept" };

type Deed = (run: Run) => Promise<unknown>;

const DEEDS: readonly (readonly [Deed, number])[] = [
  [(run) => withCopy(run, (copy) => patch(run, "kubectl-edit", copy, ownField(run, copy))), 4],
  [(run) => withCopy(run, (copy) => patch(run, "note", copy, { metadata: { annotations: FOREIGN } })), 3],
  [
    (run) => withCopy(run, (copy) => write(run, copy, { who: "kubectl", method: "DELETE", path: copy.path })),
    2,
  ],
  [stranger, 1.5],
  [(run) => withCopy(run, (copy) => hold(run, copy)), 0.7],
  [autoscale, 1.5],
  [(run) => withCopy(run, (copy) => optOut(run, copy)), 0.4],
  [(run) => withCopy(run, (copy) => unlabel(run, copy)), 0.4],
  [(run) => withCopy(run, (copy) => fight(run, copy)), 0.4],
  [deleteNamespace, 0.3],
];

export function somethingInMember(run: Run): Promise<unknown> {
  return run.chance.weighed(DEEDS)(run);
}

function withCopy(run: Run, deed: (copy: Copy) => Promise<unknown>): Promise<unknown> {
  return deed(someCopy(run));
}

/** An object of the same name that is nobody's. */
async function stranger(run: Run): Promise<void> {
  const copy = someCopy(run);
  const { target, member } = copy;
  const { namespace, name, type } = target;
  await member.server.call("kubectl", "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  const content =
    type.name === "configmaps"
      ? { data: { mine: "1" } }
      : {
          spec: {
            selector: { matchLabels: { app: "web" } },
            template: {
              metadata: { labels: { app: "web" } },
              spec: { containers: [{ name: "web", image: "mine:1" }] },
            },
          },
        };
  const body = {
    apiVersion: apiVersionOfCopies(type),
    kind: type.target.kind,
    metadata: { namespace, name, annotations: FOREIGN },
    ...content,
  };
  await write(run, copy, { who: "stranger", method: "POST", path: pathOfCopies(type, namespace), body });
}

/** A finalizer of somebody else, which goes later. */
async function hold(run: Run, copy: Copy): Promise<void> {
  if (!(await patch(run, "holder", copy, { metadata: { finalizers: [HOLD] } }))) return;
  const letGo = async (): Promise<void> => {
    const { status } = await copy.member.server.call("holder", "GET", copy.path);
    if (status === 404 || (await patch(run, "holder", copy, { metadata: { finalizers: null } }))) return;
    run.time.after(1_000, () => void letGo());
  };
  run.time.after(run.chance.int(100, 60_000), () => void letGo());
}

/** And back, while it is still a copy. */
async function optOut(run: Run, copy: Copy): Promise<void> {
  const labels = (value: string): object => ({ metadata: { labels: { [MANAGED]: value } } });
  const isCopy = async (): Promise<boolean> => {
    const { json } = await copy.member.server.call("opt-out", "GET", copy.path);
    return json?.metadata?.labels?.[OWNER] !== undefined;
  };
  if (!(await isCopy()) || !(await patch(run, "opt-out", copy, labels("false")))) return;
  const optIn = async (): Promise<void> => {
    if (!(await isCopy()) || (await patch(run, "opt-out", copy, labels("true")))) return;
    run.time.after(1_000, () => void optIn());
  };
  run.time.after(run.chance.int(100, 60_000), () => void optIn());
}

/** Then nothing says that it is a copy. */
function unlabel(run: Run, copy: Copy): Promise<unknown> {
  const labels = { [MANAGED]: null, ...(run.chance.is(0.5) && { [OWNER]: null }) };
  return patch(run, "unlabel", copy, { metadata: { labels } });
}

async function autoscale(run: Run): Promise<void> {
  const copy = someCopy(run);
  const target = { ...copy.target, type: typeOf("deployments.apps"), name: "web" };
  const path = `${pathOfCopies(target.type, target.namespace)}/web`;
  const body = { spec: { replicas: run.chance.int(21, 30) } };
  const scaled = { ...copy, target, path: `${path}/scale` };
  await patch(run, "autoscaler", scaled, body);
}

/** Another controller insists on a field of the template for a while. */
function fight(run: Run, copy: Copy): Promise<unknown> {
  const field = ownField(run, copy);
  const untilMs = run.time.nowMs + run.chance.int(1_000, 300_000);
  const everyMs = run.chance.int(50, 2_000);
  const again = async (): Promise<void> => {
    if (run.isCalm || run.time.nowMs > untilMs) return;
    await copy.member.server.call("fighter", "PATCH", copy.path, field, MERGE);
    run.time.after(everyMs, () => void again());
  };
  tell(run, `${copy.member.name}: a fighter for ${copy.path}`);
  count(run, "member: fighter");
  return again();
}

/** For tests that want the checks to fail. */
export function fightEverywhere(run: Run): void {
  for (const member of run.members)
    for (const [namespace, name] of [
      ["shop", "red"],
      ["play", "blue"],
    ] as const) {
      const target = { type: typeOf("configmaps"), namespace, name };
      void fight(run, { member, target, path: `${pathOfCopies(target.type, namespace)}/${name}` });
    }
}

/** For tests that want the checks to fail: somebody deletes copies as soon as they are made. */
export function deleteEverywhere(run: Run): void {
  const again = async (): Promise<void> => {
    if (run.isCalm) return;
    for (const { server } of run.members)
      for (const namespace of ["shop", "play"])
        await server.call("eraser", "DELETE", `${pathOfCopies(typeOf("configmaps"), namespace)}/red`);
    run.time.after(run.network.int(100, 1_500), () => void again());
  };
  void again();
}

async function deleteNamespace(run: Run): Promise<void> {
  const copy = someCopy(run);
  const path = `/api/v1/namespaces/${copy.target.namespace}`;
  await write(run, copy, { who: "namespace", method: "DELETE", path });
}

/** The controller of Deployments tells how far it has come. */
export function controlDeployments(run: Run, { server, change }: Written): void {
  if (change.kind === "DELETED" || change.object.kind !== "Deployment") return;
  const { generation = 0, name, namespace = "" } = change.object.metadata;
  const { observedGeneration = 0 } = (change.object["status"] ?? {}) as { observedGeneration?: number };
  if (observedGeneration >= generation) return;
  const path = `${pathOfCopies(typeOf("deployments.apps"), namespace)}/${name}/status`;
  const { replicas = 1 } = change.object["spec"] as { replicas?: number };
  const status = { observedGeneration: generation, replicas, readyReplicas: replicas };
  run.time.after(run.chance.int(10, 4_000), () => {
    void server.call("deployment-controller", "PATCH", path, { status }, MERGE);
  });
}
