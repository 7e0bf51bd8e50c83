/**
 * kubectl and rights: accounts, tokens, roles and what they allow, escalation, quotas, Events, and the kinds of KubeFed
 * that the sandbox's host has.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { installHostTypes } from "../../src/sandbox/host-types.ts";
import { forEachKubectl } from "./kubectl-steps.ts";
import type { Step } from "./kubectl-steps.ts";

const robot = "--as=system:serviceaccount:default:robot";
const cluster = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: { name: c1, namespace: kube-federation-system }
spec: { apiEndpoint: https://c1.example.net:6443, secretRef: { name: c1 } }
`;
const federated = `
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: { name: web, namespace: default }
spec: { template: { spec: { replicas: 3 } }, placement: { clusterSelector: {} }, stray: 1 }
`;

const steps: readonly Step[] = [
  { run: "create serviceaccount robot", says: /serviceaccount\/robot created/ },
  { run: `auth can-i list services ${robot}`, says: /^no/m, fails: true },
  {
    run: "create role reader --verb=get,list --resource=services --resource-name=web",
    says: /role\.rbac\.authorization\.k8s\.io\/reader created/,
  },
  { run: "create rolebinding reader --role=reader --serviceaccount=default:robot", says: /created/ },
  { run: `auth can-i get services/web ${robot}`, says: /^yes$/m },
  { run: `auth can-i get services/other ${robot}`, says: /^no/m, fails: true },
  {
    run: `auth can-i --list ${robot}`,
    says: [
      /^services +\[\] +\[web\] +\[get list\]$/m,
      /selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]/,
      /\[\/apis\/\*\]/,
    ],
  },
  {
    run: `get secrets ${robot}`,
    says: /Error from server \(Forbidden\): secrets is forbidden: User "system:serviceaccount:default:robot" cannot list resource "secrets" in API group "" in the namespace "default"/,
    fails: true,
  },
  {
    run: "create clusterrole granter --verb=create,get,patch,update --resource=roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io",
    says: /created/,
  },
  {
    run: "create clusterrolebinding granter --clusterrole=granter --serviceaccount=default:robot",
    says: /created/,
  },
  {
    run: `create role greedy --verb=get,delete --resource=secrets ${robot}`,
    says: [
      /roles\.rbac\.authorization\.k8s\.io "greedy" is forbidden: user "system:serviceaccount:default:robot"/,
      /is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get" "delete"\]\}/,
    ],
    fails: true,
  },
  {
    run: `create rolebinding greedy --clusterrole=cluster-admin --user=x ${robot}`,
    says: /not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}\n\{NonResourceURLs:\["\*"\], Verbs:\["\*"\]\}/,
    fails: true,
  },
  { run: "create clusterrole paths --verb=get --non-resource-url=/metrics", says: /created/ },
  {
    run: "create clusterrole sum --aggregation-rule=rbac.authorization.k8s.io/aggregate-to-view=true",
    says: /created/,
  },
  { run: "describe clusterrole sum", says: /services +\[\] +\[\] +\[get list watch\]/ },
  {
    run: "auth whoami",
    says: /Username +sandbox-admin\nGroups +\[system:masters system:authenticated\]/,
    modern: true,
  },
  { run: "create quota few --hard=count/configmaps=2", says: /resourcequota\/few created/ },
  { run: "create configmap one", says: /configmap\/one created/ },
  {
    run: "create configmap two",
    says: /configmaps "two" is forbidden: exceeded quota: few, requested: count\/configmaps=1, used: count\/configmaps=2, limited: count\/configmaps=2/,
    fails: true,
  },
  { run: "describe quota few", says: /count\/configmaps +2 +2/ },
  { run: "create deployment web --image=registry.example.net/web --replicas=2", says: /created/ },
  { run: "rollout status deploy/web --timeout=5s", says: /successfully rolled out/ },
  {
    run: "describe deploy web",
    says: /ScalingReplicaSet +\S+ +deployment-controller +Scaled up replica set web-\S+ from 0 to 2/,
  },
  { run: "get events --field-selector=reason=Scheduled", says: /Successfully assigned default\/web-/ },
  { run: "delete deploy web --cascade=orphan", says: /deployment\.apps "web" deleted/ },
  { run: "get rs,pods -l app=web -o name", says: /^replicaset\.apps\/web-\S+\n(pod\/web-\S+\n){2}$/ },
  {
    run: "api-resources --api-group=types.kubefed.io -o name",
    says: /federateddeployments\.types\.kubefed\.io/,
  },
  {
    run: "create -f - --validate=false",
    input: cluster,
    says: /kubefedcluster\.core\.kubefed\.io\/c1 created/,
  },
  {
    run: "get kfc -A",
    says: /^NAMESPACE +NAME +AGE +READY +KUBERNETES-VERSION\nkube-federation-system +c1 /,
  },
  {
    run: "create -f - --validate=false",
    input: federated,
    says: /federateddeployment\.types\.kubefed\.io\/web created/,
  },
  {
    run: "get fdeploy web -o jsonpath={.spec}",
    says: /^\{"placement":\{"clusterSelector":\{\}\},"template":\{"spec":\{"replicas":3\}\}\}$/,
  },
  {
    run: "explain federateddeployments.spec.placement",
    says: /An empty list of clusters selects none/,
    modern: true,
  },
];

forEachKubectl(
  steps,
  (kit) => {
    // `create token` came with kubectl 1.24.
    if (!kit.isModern) return;
    test("create token gives a token that has the rights of its account", async () => {
      const { out } = await kit.kubectl.run(["create", "token", "robot", "--duration=10m"]);
      const token = out.trim();
      assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      const own = await kit.kubectl.run(["--token", token, "auth", "can-i", "get", "services/web"]);
      assert.match(own.out, /^yes$/m);
      const other = await kit.kubectl.run(["--token", token, "get", "secrets"]);
      assert.match(other.out, /cannot list resource "secrets"/);
      const { out: short } = await kit.kubectl.run(["create", "token", "robot", "--duration=1m"]);
      assert.match(short, /may not specify a duration less than 10 minutes/);
    });
  },
  (server) => installHostTypes(server.objects),
);
