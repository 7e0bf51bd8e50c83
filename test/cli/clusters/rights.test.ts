/**
 * The account that `fedns join` makes can do exactly what is written here, asked of the API server for every verb, resource,
 * subresource and place that it knows.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { type ClusterConnection, connect } from "../../../src/cli/clusters/connect.ts";
import type { ServedKind } from "../../../src/fleet/objects/discovery-document.ts";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { atEnd, suiteScope } from "../../support/programs.ts";
import { isLong } from "../../suite/scale.ts";
import { NAMESPACE } from "./host-content.ts";
import { type Rig, startRig } from "./rig.ts";

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const RBAC_VERBS = ["escalate", "bind", "impersonate"];
/** "" is the whole cluster. */
const PLACES = isLong ? ["", "default", "shop", "kube-system", NAMESPACE] : ["", "shop", NAMESPACE];
const AT_ONCE = 8;

/** "verb resource.group in place", with "*" for everywhere. */
const READ = ["list", "watch"];
const FOR_DNS = [
  ...READ.flatMap((verb) =>
    [
      "services",
      "nodes",
      "namespaces",
      "ingresses.networking.k8s.io",
      "gateways.gateway.networking.k8s.io",
      "httproutes.gateway.networking.k8s.io",
      "grpcroutes.gateway.networking.k8s.io",
      "tlsroutes.gateway.networking.k8s.io",
      "tcproutes.gateway.networking.k8s.io",
      "udproutes.gateway.networking.k8s.io",
      "listenersets.gateway.networking.k8s.io",
      "xlistenersets.gateway.networking.x-k8s.io",
      "dnsendpoints.externaldns.k8s.io",
      "endpointslices.discovery.k8s.io",
    ].map((resource) => `${verb} ${resource} in *`),
  ),
  "get services in *",
  "get namespaces in *",
  "create events in *",
];
/** What every account may do: learn about itself. */
const FOR_EVERYBODY = [
  "create selfsubjectaccessreviews.authorization.k8s.io in *",
  "create selfsubjectrulesreviews.authorization.k8s.io in *",
  "create selfsubjectreviews.authentication.k8s.io in *",
];
const FOR_PROPAGATION = [
  ...["get", "list", "watch", "create", "update", "patch", "delete"].flatMap((verb) => [
    `${verb} services in shop`,
    `${verb} deployments.apps in shop`,
  ]),
  // What decides how many replicas there are.
  "list horizontalpodautoscalers.autoscaling in shop",
  "watch horizontalpodautoscalers.autoscaling in shop",
  "list pods in shop",
];

describe("the account of a joined cluster", () => {
  const scope = suiteScope();
  let rig: Rig;
  let account = "";
  before(async () => {
    rig = await startRig(scope);
    const member = rig.servers["us-west"] as ApiServer;
    member.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("join", "us-west")).code, 0);
    const [made] = member.objects
      .list("v1", "ServiceAccount", NAMESPACE)
      .filter(({ metadata }) => metadata.name.startsWith("fedns-"));
    account = made?.metadata.name ?? "";
  });

  const open = async (file: string): Promise<ClusterConnection> => {
    const { signal } = new AbortController();
    const connection = await connect({
      name: "us-west",
      kubeconfig: file,
      context: "us-west",
      clock: systemClock,
      signal,
    });
    atEnd(scope, () => connection.transport.close());
    return connection;
  };

  /** Connects with the token that the host has. */
  const asAccount = async (): Promise<ClusterConnection> => {
    const secret = rig.servers["host"]?.objects.get({
      apiVersion: "v1",
      kind: "Secret",
      namespace: NAMESPACE,
      name: "fedns-us-west",
    }) as unknown as { data: { token: string } };
    const document = parse(rig.servers["us-west"]?.kubeconfig() ?? "") as Record<string, any>;
    document["users"][0].user = { token: Buffer.from(secret.data.token, "base64").toString() };
    const file = join(rig.folder, "account.kubeconfig");
    await writeFile(file, stringify(document));
    return open(file);
  };

  type Question = {
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name?: string;
  };

  async function isAllowed({ transport }: ClusterConnection, question: Question): Promise<boolean> {
    const { json } = await transport.request({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: question },
      },
      signal: AbortSignal.timeout(20_000),
    });
    return (json as { status: { allowed: boolean } }).status.allowed;
  }

  async function everyQuestion(admin: ClusterConnection): Promise<readonly Question[]> {
    const { kinds: served } = await admin.discovery.kinds();
    // Rights do not depend on what is installed.
    const custom = FOR_DNS.flatMap((right) => {
      const [, plural = "", group = ""] =
        /^list (\w+)\.((?:gateway\.networking|externaldns)\S+) /.exec(right) ?? [];
      return plural === ""
        ? []
        : [{ group, plural, isNamespaced: true, versions: [] as ServedKind["versions"] }];
    });
    return [...served, ...custom].flatMap(({ group, plural, isNamespaced, versions }) => {
      const subresources = ["", ...new Set(versions.flatMap(({ subresources: all }) => all))];
      const verbs = group === "rbac.authorization.k8s.io" ? [...VERBS, ...RBAC_VERBS] : VERBS;
      return subresources.flatMap((subresource) =>
        (isNamespaced ? PLACES : [""]).flatMap((namespace) =>
          verbs.map((verb) => ({ verb, group, resource: plural, subresource, namespace })),
        ),
      );
    });
  }

  /** All that is allowed; "*" where it is allowed in every place. */
  async function allowed(): Promise<readonly string[]> {
    const [admin, own] = [await open(rig.kubeconfig), await asAccount()];
    const questions = [...(await everyQuestion(admin))];
    assert.ok(questions.length > 1_000, `${questions.length} questions`);
    const found: Question[] = [];
    const work = async (): Promise<void> => {
      for (let question = questions.pop(); question !== undefined; question = questions.pop())
        if (await isAllowed(own, question)) found.push(question);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const groups = Map.groupBy(found, ({ verb, group, resource, subresource }) => {
      const name = group === "" ? resource : `${resource}.${group}`;
      return `${verb} ${name}${subresource === "" ? "" : `/${subresource}`}`;
    });
    return [...groups]
      .flatMap(([what, places]) =>
        places.some(({ namespace }) => namespace === "")
          ? [`${what} in *`]
          : places.map(({ namespace }) => `${what} in ${namespace}`),
      )
      .toSorted();
  }

  it("may read what DNS needs, and nothing else", async () => {
    assert.deepEqual(await allowed(), [...FOR_DNS, ...FOR_EVERYBODY].toSorted());
  });

  it("may make tokens for itself, and for no other account", async () => {
    const own = await asAccount();
    const token = {
      verb: "create",
      group: "",
      resource: "serviceaccounts",
      subresource: "token",
      namespace: NAMESPACE,
    };
    assert.ok(await isAllowed(own, { ...token, name: account }));
    assert.ok(!(await isAllowed(own, { ...token, name: "default" })));
    assert.ok(!(await isAllowed(own, { ...token, name: account, namespace: "default" })));
    assert.ok(!(await isAllowed(own, token)));
  });

  it("is refused when it tries the rest: Secrets, roles, other tokens, workloads", async () => {
    const { transport } = await asAccount();
    const tries: readonly (readonly ["GET" | "POST" | "DELETE", string, object?])[] = [
      ["GET", `/api/v1/namespaces/${NAMESPACE}/secrets`],
      ["GET", "/api/v1/pods"],
      ["GET", "/apis/apps/v1/deployments"],
      ["DELETE", "/api/v1/namespaces/default"],
      ["POST", `/api/v1/namespaces/default/serviceaccounts/default/token`, { spec: {} }],
      [
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        { metadata: { name: "x" }, roleRef: { kind: "ClusterRole", name: "cluster-admin" } },
      ],
      ["POST", "/apis/apps/v1/namespaces/default/deployments", { metadata: { name: "x" } }],
    ];
    for (const [method, path, body] of tries) {
      const signal = AbortSignal.timeout(20_000);
      const outcome = await transport.request({ method, path, body, signal }).then(
        () => 200,
        (error: unknown) => (error instanceof KubeError ? error.status : error),
      );
      assert.equal(outcome, 403, `${method} ${path}`);
    }
  });

  it("may also write the given kinds in the given namespaces, and nothing else", async () => {
    const args = ["join", "us-west", "--kinds", "deployments,services", "--namespaces", "shop"];
    assert.equal((await rig.fedns(...args)).code, 0);
    const inShop = FOR_PROPAGATION.filter((right) => !FOR_DNS.includes(right.replace("in shop", "in *")));
    assert.deepEqual(await allowed(), [...FOR_DNS, ...FOR_EVERYBODY, ...inShop].toSorted());
  });
});
