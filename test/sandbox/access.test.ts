/** Role-based access control: what users may do, what they are told when they may not, and what they cannot grant. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Answer, CallOptions } from "./client.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roles = `${rbac}/namespaces/default/roles`;
const bindings = `${rbac}/namespaces/default/rolebindings`;
const secrets = "/api/v1/namespaces/default/secrets";
const applyType = "application/apply-patch+yaml";

const asUser = (token: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  client.call(path, { ...options, token });
const message = async (answer: Promise<Answer>): Promise<string> => {
  const { code, body } = await answer;
  return `${code} ${body.message ?? ""}`;
};

/** A role for `user` with these rules, in the namespace `default` or in the whole cluster. */
async function grant(
  user: string,
  name: string,
  rules: readonly object[],
  isClusterWide = false,
): Promise<void> {
  const kind = isClusterWide ? "ClusterRole" : "Role";
  const at = (plural: string): string =>
    isClusterWide ? `${rbac}/cluster${plural}` : `${rbac}/namespaces/default/${plural}`;
  const metadata = { name };
  const subjects = [{ kind: "User", name: user }];
  for (const [path, body] of [
    [at("roles"), { metadata, rules }],
    [at("rolebindings"), { metadata, roleRef: { kind, name }, subjects }],
  ] as const) {
    const { code, body: answer } = await client.create(path, body);
    assert.equal(code, 201, answer.message);
  }
}

before(async () => {
  const users = ["reader", "named", "writer", "granter", "patcher", "nobody", "watcher"];
  const groups = { granter: ["ops"] } as Readonly<Record<string, readonly string[]>>;
  const tokens = users.map((name) => [name, { name, groups: groups[name] ?? [] }] as const);
  server.setTokens({ [server.token]: "sandbox-admin", ...Object.fromEntries(tokens) });
  await client.create(configMaps, configMap("one"));
  await client.create(secrets, { metadata: { name: "theirs" } });
  const maps = { apiGroups: [""], resources: ["configmaps"] };
  await grant("reader", "read", [{ ...maps, verbs: ["get", "list", "watch"] }]);
  await grant("named", "named", [{ ...maps, verbs: ["get", "watch", "list"], resourceNames: ["one"] }]);
  await grant("patcher", "patch", [{ ...maps, verbs: ["patch", "get"] }]);
  await grant(
    "watcher",
    "watch",
    [
      { apiGroups: ["apps"], resources: ["*/scale"], verbs: ["get"] },
      { nonResourceURLs: ["/metrics/*"], verbs: ["get"] },
      { apiGroups: [""], resources: ["users", "groups"], verbs: ["impersonate"], resourceNames: ["reader"] },
    ],
    true,
  );
  await grant("granter", "grant", [
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["roles", "rolebindings"],
      verbs: ["get", "create", "update", "patch", "delete"],
    },
    { ...maps, verbs: ["get"] },
  ]);
});

describe("a user", () => {
  test("may do what a role in the namespace says, and is told what it may not do", async () => {
    assert.equal((await asUser("reader", configMaps)).code, 200);
    assert.equal((await asUser("reader", `${configMaps}/one`)).code, 200);
    const { code, body } = await asUser("reader", `${configMaps}/one`, { method: "DELETE" });
    assert.equal(code, 403);
    assert.deepEqual(body, {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        'configmaps "one" is forbidden: User "reader" cannot delete resource "configmaps" in API group "" in the namespace "default"',
      reason: "Forbidden",
      details: { name: "one", kind: "configmaps" },
      code: 403,
    });
    assert.equal(
      await message(asUser("reader", "/api/v1/configmaps")),
      '403 configmaps is forbidden: User "reader" cannot list resource "configmaps" in API group "" at the cluster scope',
    );
    assert.equal(
      await message(
        asUser("reader", "/apis/apps/v1/namespaces/default/deployments/d/scale", { method: "PATCH" }),
      ),
      '403 deployments.apps "d" is forbidden: User "reader" cannot patch resource "deployments/scale" in API group "apps" in the namespace "default"',
    );
    assert.equal((await asUser("reader", `${secrets}/theirs`)).code, 403);
    assert.equal((await asUser("reader", configMaps, { method: "DELETE" })).code, 403);
  });

  test("without any role may discover the API, and gets 403 before 404", async () => {
    for (const path of ["/api", "/apis", "/apis/apps/v1", "/openapi/v2", "/version"])
      assert.equal((await asUser("nobody", path)).code, 200, path);
    assert.match(
      await message(asUser("nobody", "/apis/nothing.example.net/v1/things")),
      /^403 things\.nothing\.example\.net is forbidden: User "nobody" cannot list resource "things" in API group "nothing\.example\.net" at the cluster scope$/,
    );
    assert.equal(
      await message(asUser("nobody", "/metrics")),
      '403 forbidden: User "nobody" cannot get path "/metrics"',
    );
    assert.equal((await asUser("watcher", "/metrics/cadvisor")).code, 404);
    assert.equal((await asUser("wrong", "/apis")).code, 401);
  });

  test("with a rule for names may read those, list them by name, and nothing else", async () => {
    assert.equal((await asUser("named", `${configMaps}/one`)).code, 200);
    assert.equal((await asUser("named", `${configMaps}/two`)).code, 403);
    assert.equal((await asUser("named", configMaps)).code, 403);
    assert.equal((await asUser("named", `${configMaps}?fieldSelector=metadata.name%3Done`)).code, 200);
  });

  test("may use a subresource that a rule names for all resources", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments/missing";
    assert.equal((await asUser("watcher", `${path}/scale`)).code, 404);
    assert.equal((await asUser("watcher", path)).code, 403);
  });

  test("who may patch and not create is refused an apply that would create, without a reason", async () => {
    const apply = (name: string): Promise<Answer> =>
      asUser("patcher", `${configMaps}/${name}?fieldManager=x`, {
        method: "PATCH",
        type: applyType,
        body: configMap(name),
      });
    assert.equal((await apply("one")).code, 200);
    assert.equal(await message(apply("new")), '403 configmaps "new" is forbidden: ');
  });

  test("may act as another only with the right to impersonate", async () => {
    const headers = { "impersonate-user": "reader" };
    assert.equal((await asUser("watcher", configMaps, { headers })).code, 200);
    assert.equal((await asUser("watcher", secrets, { headers })).code, 403);
    assert.equal(
      await message(asUser("nobody", configMaps, { headers })),
      '403 users "reader" is forbidden: User "nobody" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });

  test("of a binding to a role that does not exist is told so", async () => {
    const subjects = [{ kind: "User", name: "nobody" }];
    await client.create(bindings, {
      metadata: { name: "loose" },
      roleRef: { kind: "Role", name: "gone" },
      subjects,
    });
    assert.match(
      await message(asUser("nobody", secrets)),
      /in the namespace "default": RBAC: role\.rbac\.authorization\.k8s\.io "gone" not found$/,
    );
  });
});

describe("a granter", () => {
  const role = (name: string, verbs: readonly string[]): object => ({
    metadata: { name },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs }],
  });
  const binding = (name: string, of: string): object => ({
    metadata: { name },
    roleRef: { kind: "Role", name: of },
    subjects: [{ kind: "User", name: "nobody" }],
  });
  const make = (path: string, body: object): Promise<Answer> =>
    asUser("granter", path, { method: "POST", body });

  test("cannot give more than it has, in a role or by a binding", async () => {
    assert.equal((await make(roles, role("fair", ["get"]))).code, 201);
    assert.equal(
      await message(make(roles, role("greedy", ["get", "list", "delete"]))),
      '403 roles.rbac.authorization.k8s.io "greedy" is forbidden: user "granter" (groups=["ops" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["configmaps"], Verbs:["list" "delete"]}',
    );
    const patched = asUser("granter", `${roles}/fair?fieldManager=x`, {
      method: "PATCH",
      type: applyType,
      body: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", ...role("fair", ["watch"]) },
    });
    assert.match(await message(patched), /^409 /);
    const changed = { method: "PATCH", type: "application/merge-patch+json" } as const;
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["watch"] }];
    assert.match(await message(asUser("granter", `${roles}/fair`, { ...changed, body: { rules } })), /^403 /);
    assert.equal((await make(bindings, binding("ok", "fair"))).code, 201);
    assert.match(
      await message(make(bindings, binding("more", "read"))),
      /^403 .*permissions not currently held/s,
    );
    assert.match(
      await message(make(bindings, binding("none", "absent"))),
      /^404 role\.rbac\.authorization\.k8s\.io "absent" not found$/,
    );
  });

  test("can with the verbs escalate and bind, for the roles that these name", async () => {
    const group = "rbac.authorization.k8s.io";
    await grant("granter", "more", [
      { apiGroups: [group], resources: ["roles"], verbs: ["escalate"], resourceNames: ["greedy"] },
      { apiGroups: [group], resources: ["roles"], verbs: ["bind"], resourceNames: ["read"] },
    ]);
    assert.equal((await make(roles, role("greedy", ["list"]))).code, 201);
    assert.equal((await make(roles, role("greedier", ["list"]))).code, 403);
    assert.equal((await make(bindings, binding("borrowed", "read"))).code, 201);
  });
});

describe("access reviews", () => {
  const authorization = "/apis/authorization.k8s.io/v1";
  const review = async (kind: string, spec: object, token = server.token): Promise<any> => {
    const path = `${authorization}/${kind.toLowerCase()}s`;
    return (await asUser(token, path, { method: "POST", body: { kind, spec } })).body.status;
  };
  const get = { verb: "get", resource: "configmaps", namespace: "default" };

  test("answer for the user that asks, and for another one", async () => {
    const own = await review("SelfSubjectAccessReview", { resourceAttributes: get }, "reader");
    assert.deepEqual(own, {
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "read/default" of Role "read" to User "reader"',
    });
    const spec = { user: "reader", resourceAttributes: { ...get, verb: "delete" } };
    assert.deepEqual(await review("SubjectAccessReview", spec), { allowed: false });
    const path = { nonResourceAttributes: { path: "/metrics/x", verb: "get" } };
    assert.equal((await review("SelfSubjectAccessReview", path, "watcher")).allowed, true);
    assert.equal((await review("SelfSubjectAccessReview", { resourceAttributes: get })).allowed, true);
    const local = { method: "POST", body: { spec: { user: "reader", resourceAttributes: get } } } as const;
    const { body } = await client.call(
      `${authorization}/namespaces/default/localsubjectaccessreviews`,
      local,
    );
    assert.equal(body.status.allowed, true);
  });

  test("list the rules of the user that asks", async () => {
    const { resourceRules, nonResourceRules } = await review(
      "SelfSubjectRulesReview",
      { namespace: "default" },
      "reader",
    );
    assert.ok(
      resourceRules.some(({ resources, verbs }: any) => resources[0] === "configmaps" && verbs.length === 3),
    );
    assert.ok(nonResourceRules.some(({ nonResourceURLs }: any) => nonResourceURLs.includes("/apis/*")));
    const { body } = await asUser("granter", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      method: "POST",
      body: {},
    });
    assert.deepEqual(body.status.userInfo, { username: "granter", groups: ["ops", "system:authenticated"] });
  });
});

describe("cluster roles", () => {
  test("that aggregate have the rules of all roles that they select", async () => {
    const { body: view } = await client.call(`${rbac}/clusterroles/view`);
    assert.ok(view.rules.some(({ resources }: any) => resources.includes("services")));
    const labels = { "rbac.authorization.k8s.io/aggregate-to-view": "true" };
    const rules = [{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] }];
    await client.create(`${rbac}/clusterroles`, { metadata: { name: "more-views", labels }, rules });
    await server.settled();
    for (const name of ["view", "edit", "admin"]) {
      const { body } = await client.call(`${rbac}/clusterroles/${name}`);
      assert.ok(
        body.rules.some(({ apiGroups }: any) => apiGroups[0] === "example.com"),
        name,
      );
    }
  });
});
