/** Object paths: what the Kubernetes API accepts, escaped; everything else is refused before it is sent. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ObjectKey, objectPath, pathOfCollection } from "../../../src/fleet/objects/object-path.ts";

const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps" };
const ROLES = { group: "rbac.authorization.k8s.io", version: "v1", plural: "clusterroles" };

describe("the path of an object", () => {
  it("has group, version, namespace, resource, name and subresource", () => {
    const key = {
      resource: { group: "apps", version: "v1", plural: "deployments" },
      namespace: "d",
      name: "a",
    };
    assert.equal(objectPath(key), "/apis/apps/v1/namespaces/d/deployments/a");
    assert.equal(objectPath(key, "status"), "/apis/apps/v1/namespaces/d/deployments/a/status");
    assert.equal(pathOfCollection(key), "/apis/apps/v1/namespaces/d/deployments");
    assert.equal(pathOfCollection({ resource: CONFIG_MAPS, namespace: "" }), "/api/v1/configmaps");
  });

  it("keeps capitals and escapes what RBAC allows in names", () => {
    const path = objectPath({ resource: ROLES, namespace: "", name: "system:Node reader#1?" });
    assert.equal(path, "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3ANode%20reader%231%3F");
  });

  for (const [what, change] of [
    ["no name", { name: "" }],
    ["the name ..", { name: ".." }],
    ["a slash in its name", { name: "a/status" }],
    ["a percent sign in its name", { name: "a%2fb" }],
    ["a newline in its name", { name: "a\nb" }],
    ["a name of 254 characters", { name: "a".repeat(254) }],
    ["a namespace with a dot", { namespace: "a.b" }],
    ["a namespace with a slash", { namespace: "a/secrets" }],
    ["a group with a slash", { resource: { ...CONFIG_MAPS, group: "a/b" } }],
    ["a version with a dot", { resource: { ...CONFIG_MAPS, version: "v1.2" } }],
    ["an empty plural", { resource: { ...CONFIG_MAPS, plural: "" } }],
  ] satisfies readonly (readonly [string, Partial<ObjectKey>])[])
    it(`is refused for ${what}`, () => {
      const key = { resource: CONFIG_MAPS, namespace: "d", name: "a", ...change };
      assert.throws(() => objectPath(key), { code: "KUBE_BAD_NAME" });
    });
});
