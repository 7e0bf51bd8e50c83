/** A host that declares members, real API servers and plain ones, and commands that run until they are interrupted. */
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parse, stringify } from "yaml";
import { main } from "../../../src/cli/program.ts";
import { clusterAnnotation } from "../../../src/fleet/host-objects/cluster-annotations.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { type Rig, startRig } from "../clusters/rig.ts";
import { fakeSession } from "../fake-session.ts";

const SYSTEM = "kube-federation-system";

/** `ended`: the exit code. */
export type Running = {
  readonly printed: () => string;
  readonly complained: () => string;
  readonly ended: Promise<number>;
  /** Waits until this is printed. */
  readonly says: (text: string) => Promise<void>;
  /** As Ctrl-C does, and waits for the end. */
  readonly interrupt: () => Promise<number>;
};

export type EverywhereRig = Rig & {
  readonly member: (name: string) => ApiServer;
  readonly put: (member: string, object: object) => void;
  readonly start: (args: readonly string[], session?: SessionParts) => Running;
  /** Into the host. Default: the address and uid of the server of this name. */
  readonly declare: (
    name: string,
    changes?: { readonly apiEndpoint?: string; readonly uid?: string },
  ) => void;
  /** Another cluster in the kubeconfig: its server, or the kubeconfig of its one context. */
  readonly addContext: (name: string, server: string | { readonly kubeconfig: string }) => Promise<void>;
  /** What a context of the kubeconfig says. */
  readonly setContext: (name: string, changes: object) => Promise<void>;
};

export async function startEverywhere(scope: Scope): Promise<EverywhereRig> {
  const rig = await startRig(scope, ["host", "m1", "m2"]);
  const { code, err } = await rig.fedns("init");
  if (code !== 0) throw new Error(err);
  const member = (name: string): ApiServer => rig.servers[name] as ApiServer;
  const uidOf = (name: string): string =>
    rig.servers[name]?.objects.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" })?.metadata
      .uid ?? "";
  const declare: EverywhereRig["declare"] = (name, changes = {}) => {
    const uid = changes.uid ?? uidOf(name);
    member("host").objects.put({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedCluster",
      metadata: {
        namespace: SYSTEM,
        name,
        ...(uid !== "" && { annotations: { [clusterAnnotation("cluster-uid")]: uid } }),
      },
      spec: { apiEndpoint: changes.apiEndpoint ?? member(name).url, secretRef: { name } },
    } as never);
  };
  const put: EverywhereRig["put"] = (name, object) => void member(name).objects.put(object as never);
  for (const name of ["m1", "m2"]) {
    declare(name);
    put(name, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  }
  const change = async (edit: (document: any) => void): Promise<void> => {
    const document = parse(await readFile(rig.kubeconfig, "utf8"));
    edit(document);
    await writeFile(rig.kubeconfig, stringify(document));
  };
  return {
    ...rig,
    member,
    put,
    declare,
    start: (args, session = {}) => startCommand([...args, "--kubeconfig", rig.kubeconfig], session),
    addContext: (name, server) =>
      change((document) => {
        const own = typeof server === "string" ? null : parse(server.kubeconfig);
        document.clusters.push({ name, cluster: own?.clusters[0].cluster ?? { server } });
        document.users.push({ name, user: own?.users[0].user ?? { token: "t" } });
        document.contexts.push({ name, context: { cluster: name, user: name } });
      }),
    setContext: (name, changes) =>
      change((document) => {
        Object.assign(document.contexts.find((one: any) => one.name === name).context, changes);
      }),
  };
}

type SessionParts = { readonly isTerminal?: boolean; readonly clock?: Clock };

function startCommand(args: readonly string[], parts: SessionParts): Running {
  const session = { ...fakeSession(), clock: systemClock, ...parts };
  const ended = main(args, session);
  const { printed, complained } = session;
  return {
    printed,
    complained,
    ended,
    says: (text) =>
      until(`says ${text}; it said ${printed()}${complained()}`, () =>
        `${printed()}${complained()}`.includes(text),
      ),
    interrupt: () => {
      process.emit("SIGINT");
      return ended;
    },
  };
}

export const web = (name: string, containers: readonly string[] = ["web"], replicas = 1): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace: "shop", name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: containers.map((container) => ({ name: container, image: "web:1" })) },
    },
  },
});

export const pod = (name: string, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name, ...metadata },
  spec: { containers: [{ name: "web", image: "web:1" }] },
});

export const configMap = (name: string, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "shop", name, ...metadata },
  data: { a: "1" },
});

type Answer = object | ((request: IncomingMessage, response: ServerResponse) => void);

/** A server without tables and without aggregated discovery, which answers what it is told to; else 404. Returns its address. */
export async function startPlainServer(
  scope: Scope,
  answers: Readonly<Record<string, Answer>>,
): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers[(request.url ?? "").split("?")[0] as string];
    if (typeof answer === "function") {
      answer(request, response);
      return;
    }
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { kind: "Status", code: 404, reason: "NotFound", details: {} }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  atEnd(scope, () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Discovery of a server that has pods, Events and ConfigMaps. */
export const PLAIN_DISCOVERY: Readonly<Record<string, object>> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": { kind: "APIGroupList", groups: [] },
  "/api/v1": {
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: ["Pod", "Event", "ConfigMap"].map((kind) => ({
      name: `${kind.toLowerCase()}s`,
      singularName: kind.toLowerCase(),
      kind,
      namespaced: true,
      verbs: ["get", "list", "watch"],
    })),
  },
};

export const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
/** Rows of a table as cells. */
export const cells = (text: string): string[][] => lines(text).map((line) => line.split(/ {3,}/));
