/** What people do in the host: they make, change, place, delete and make again. */
import type { PropagatedType } from "../../../src/propagate/objects/propagated-type.ts";
import { CHANGES_PAUSE_NAME } from "../../../src/fleet/lease/changes-pause.ts";
import { SYSTEM } from "./written-objects.ts";
import { count, type Run, tell } from "./run-state.ts";
import type { Answer } from "./sim-server.ts";
import { federatedKindOf, pathOfFederated, typeOf } from "./types.ts";

export const NAMESPACES: readonly string[] = ["shop", "play"];
const NAMES: Readonly<Record<string, readonly string[]>> = {
  configmaps: ["red", "blue"],
  "deployments.apps": ["web"],
};
const MERGE = "application/merge-patch+json";
const FREE_NAMESPACE = { apiVersion: "v1", kind: "Namespace" };

export type Target = { readonly type: PropagatedType; readonly namespace: string; readonly name: string };

export function someTarget({ chance }: Pick<Run, "chance">): Target {
  const name = chance.pick(["configmaps", "configmaps", "deployments.apps"]);
  return {
    type: typeOf(name),
    namespace: chance.pick(NAMESPACES),
    name: chance.pick(NAMES[name] as readonly string[]),
  };
}

function somePlacement({ chance, members }: Pick<Run, "chance" | "members">): object {
  if (chance.is(0.3)) return { clusterSelector: chance.pick([{}, { matchLabels: { tier: "gold" } }]) };
  if (chance.is(0.05)) return {};
  const names = chance.some(
    members.map(({ name }) => name),
    0.7,
  );
  return { clusters: names.map((name) => ({ name })) };
}

function someTemplate(run: Run, { type }: Target): object {
  const { chance } = run;
  const labels = chance.is(0.3) ? { team: chance.pick(["a", "b"]) } : {};
  if (type.name === "configmaps") {
    const more = chance.is(0.4) ? { size: String(chance.int(1, 99)) } : {};
    return { metadata: { labels }, data: { color: `c${chance.int(1, 999)}`, ...more } };
  }
  const image = `web:${chance.int(1, 99)}`;
  return {
    metadata: { labels },
    spec: {
      replicas: chance.int(1, 9),
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image }] },
      },
    },
  };
}

function someOverrides(run: Run, { type }: Target): readonly object[] {
  const { chance, members } = run;
  if (chance.is(0.5)) return [];
  const clusterName = chance.pick(members).name;
  const path = type.name === "configmaps" ? "/data/color" : "/spec/replicas";
  const value = type.name === "configmaps" ? `own${chance.int(1, 99)}` : chance.int(1, 5);
  return [{ clusterName, clusterOverrides: [{ path, value }] }];
}

function someSpec(run: Run, target: Target): object {
  const retain =
    target.type.name === "deployments.apps" && run.chance.is(0.5) ? { retainReplicas: true } : {};
  return {
    template: someTemplate(run, target),
    placement: somePlacement(run),
    overrides: someOverrides(run, target),
    ...retain,
  };
}

function pathOf({ type, namespace, name }: Target): string {
  return `${pathOfFederated(type, namespace)}/${name}`;
}

/** True = the host did it. */
async function ask(run: Run, what: string, answer: Promise<Answer>): Promise<boolean> {
  const { status } = await answer;
  tell(run, `host: ${what}: ${status}`);
  if (status < 300) count(run, `host: ${what.split(" ")[0]}`);
  return status < 300;
}

function create(run: Run, target: Target): Promise<boolean> {
  const { type, namespace, name } = target;
  const body = {
    apiVersion: "types.kubefed.io/v1beta1",
    kind: federatedKindOf(type),
    metadata: { namespace, name },
    spec: someSpec(run, target),
  };
  const path = pathOfFederated(type, namespace);
  const what = `create ${type.name} ${namespace}/${name} ${JSON.stringify(body.spec)}`;
  return ask(run, what, run.host.call("kubectl", "POST", path, body));
}

function patch(run: Run, target: Target, what: string, change: object): Promise<boolean> {
  const { type, namespace, name } = target;
  const text = `${what} ${type.name} ${namespace}/${name} ${JSON.stringify(change)}`;
  return ask(run, text, run.host.call("kubectl", "PATCH", pathOf(target), change, MERGE));
}

async function remove(run: Run, target: Target): Promise<boolean> {
  const { type, namespace, name } = target;
  if (run.chance.is(0.3)) {
    const orphan = run.chance.pick(["true", "true", "false"]);
    await patch(run, target, "annotate", { metadata: { annotations: { "kubefed.io/orphan": orphan } } });
  }
  return ask(
    run,
    `delete ${type.name} ${namespace}/${name}`,
    run.host.call("kubectl", "DELETE", pathOf(target)),
  );
}

export function removeSomething(run: Run): Promise<boolean> {
  return remove(run, someTarget(run));
}

/** A selector that selects too much. */
async function removeMany(run: Run): Promise<void> {
  const namespace = run.chance.pick(NAMESPACES);
  for (const [type, names] of Object.entries(NAMES))
    for (const name of names) await remove(run, { type: typeOf(type), namespace, name });
}

/** As a deployment tool does: it waits until the name is free. */
async function recreate(run: Run, target: Target): Promise<void> {
  await remove(run, target);
  let tries = run.chance.int(1, 20);
  const again = async (): Promise<void> => {
    tries -= 1;
    if (run.isCalm || (await create(run, target)) || tries === 0) return;
    run.time.after(run.chance.int(1, 3_000), () => void again());
  };
  run.time.after(run.chance.int(1, 2_000), () => void again());
}

function ofNamespace(namespace: string): Target {
  return { type: typeOf("namespaces"), namespace, name: namespace };
}

async function federate(run: Run, namespace: string): Promise<void> {
  const { host } = run;
  await host.call("kubectl", "POST", "/api/v1/namespaces", {
    ...FREE_NAMESPACE,
    metadata: { name: namespace },
  });
  const target = ofNamespace(namespace);
  const placement = run.chance.is(0.7) ? { clusterSelector: {} } : somePlacement(run);
  const body = {
    apiVersion: "types.kubefed.io/v1beta1",
    kind: "FederatedNamespace",
    metadata: { namespace, name: namespace },
    spec: { template: {}, placement },
  };
  const path = pathOfFederated(target.type, namespace);
  await ask(
    run,
    `federate ${namespace} ${JSON.stringify(placement)}`,
    host.call("kubectl", "POST", path, body),
  );
}

/** What a host has at the beginning. */
export async function settleIn(run: Run): Promise<void> {
  for (const namespace of NAMESPACES) if (run.chance.is(0.8)) await federate(run, namespace);
  for (let i = run.chance.int(0, 4); i > 0; i--) await create(run, someTarget(run));
}

/** A person has looked at what fedns paused, and lets it go on: `fedns resume`. */
export async function resume(run: Run): Promise<void> {
  const path = `/api/v1/namespaces/${SYSTEM}/configmaps/${CHANGES_PAUSE_NAME}`;
  const { status, json } = await run.host.call("fedns-resume", "GET", path);
  if (status !== 200 || json.data?.state !== "paused") return;
  const data = { state: "resumed", resumedAt: new Date(run.time.wallMs).toISOString() };
  await ask(run, `resume ${json.data.reason}`, run.host.call("fedns-resume", "PATCH", path, { data }, MERGE));
}

type Deed = (run: Run) => Promise<unknown>;

const DEEDS: readonly (readonly [Deed, number])[] = [
  [resume, 2],
  [(run) => create(run, someTarget(run)), 6],
  [
    (run) => {
      const target = someTarget(run);
      return patch(run, target, "edit", { spec: { template: someTemplate(run, target) } });
    },
    8,
  ],
  [(run) => patch(run, someTarget(run), "place", { spec: { placement: somePlacement(run) } }), 5],
  [
    (run) => {
      const target = someTarget(run);
      return patch(run, target, "override", { spec: { overrides: someOverrides(run, target) } });
    },
    3,
  ],
  [
    (run) => {
      const target = { ...someTarget(run), type: typeOf("deployments.apps"), name: "web" };
      return patch(run, target, "retain", { spec: { retainReplicas: run.chance.is(0.5) } });
    },
    1,
  ],
  [(run) => remove(run, someTarget(run)), 3],
  [removeMany, 0.7],
  [(run) => recreate(run, someTarget(run)), 2],
  [(run) => federate(run, run.chance.pick(NAMESPACES)), 1],
  [
    (run) =>
      patch(run, ofNamespace(run.chance.pick(NAMESPACES)), "place", {
        spec: { placement: run.chance.is(0.5) ? { clusterSelector: {} } : somePlacement(run) },
      }),
    1.5,
  ],
  [(run) => remove(run, ofNamespace(run.chance.pick(NAMESPACES))), 0.4],
  [
    (run) => {
      const namespace = run.chance.pick(NAMESPACES);
      return ask(
        run,
        `delete-namespace ${namespace}`,
        run.host.call("kubectl", "DELETE", `/api/v1/namespaces/${namespace}`),
      );
    },
    0.3,
  ],
  [
    (run) =>
      patch(run, someTarget(run), "annotate", {
        metadata: { annotations: { note: String(run.chance.int(1, 9)) } },
      }),
    1,
  ],
];

export function somethingInHost(run: Run): Promise<unknown> {
  return run.chance.weighed(DEEDS)(run);
}
