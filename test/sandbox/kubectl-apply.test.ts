/**
 * kubectl with manifests: client-side and server-side apply, diff, edit, replace and explain, for built-in kinds and
 * for custom resources.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachKubectl } from "./kubectl-steps.ts";
import type { Step } from "./kubectl-steps.ts";
import { widgetDefinition } from "./widgets.ts";

const definition = JSON.stringify(widgetDefinition((one) => one.spec.versions.pop()));
const widget = (spec: string, name: string = "w"): string => `
apiVersion: example.com/v1
kind: Widget
metadata: { name: ${name} }
spec: ${spec}
`;
const web = (replicas: number, env: string, ports: string): string => `
apiVersion: v1
kind: Service
metadata: { name: web, labels: { app: web } }
spec: { type: LoadBalancer, selector: { app: web }, ports: [${ports}] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: registry.example.net/c, env: [${env}], ports: [{ containerPort: 80 }] }] }
`;
const first = web(
  2,
  "{ name: A, value: one }, { name: B, value: two }",
  "{ name: http, port: 80 }, { name: dns, port: 53, protocol: UDP }",
);
const second = web(3, "{ name: B, value: two }", "{ name: https, port: 443 }, { name: http, port: 80 }");
const config = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cm }\ndata: { ${data} }\n`;

const apply = "apply -f -";
const serverSide = "apply --server-side -f -";

const builtin: readonly Step[] = [
  { run: apply, input: first, says: /service\/web created\ndeployment\.apps\/web created/ },
  { run: apply, input: first, says: /service\/web unchanged\ndeployment\.apps\/web unchanged/ },
  { run: "label svc web kept=yes", says: /labeled/ },
  { run: "scale deploy/web --replicas=2", says: /scaled/ },
  { run: `${apply} --dry-run=server`, input: second, says: /web configured \(server dry run\)/ },
  { run: "diff -f -", input: second, fails: true, says: /- +- name: A\n- +value: one\n[^]*- +- name: dns/ },
  { run: apply, input: second, says: /service\/web configured\ndeployment\.apps\/web configured/ },
  { run: "diff -f -", input: second, says: /^$/ },
  {
    run: "get svc/web deploy/web -o jsonpath={.items[0].spec.ports[*].name}/{.items[0].metadata.labels.kept}/{.items[1].spec.replicas}{.items[1]..env[*].name}",
    says: /^https http\/yes\/3B$/,
  },
  { run: "set image deploy/web c=registry.example.net/d", says: /image updated/ },
  { run: "set env deploy/web C=z", says: /env updated/ },
  {
    run: "edit deploy web",
    editor: "sed -i s/example.net/example.org/",
    says: /deployment\.apps\/web edited/,
  },
  { run: "get deploy web -o jsonpath={..image}{..env[*].name}", says: /^registry\.example\.org\/dB C$/ },
  {
    run: 'patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"side","image":"x"}]}}}}',
    says: /patched/,
  },
  { run: "get deploy web -o jsonpath={..containers[*].name}", says: /^(side c|c side)$/ },
  { run: "taint nodes sandbox-1 a=b:NoSchedule", says: /tainted/ },
  { run: "apply view-last-applied svc/web", says: /name: https/ },
  { run: "replace -f -", input: second, says: /deployment\.apps\/web replaced/ },
  {
    run: "delete -f - --wait=false",
    input: second,
    says: /service "web" deleted\ndeployment\.apps "web" deleted/,
  },
];

const custom: readonly Step[] = [
  {
    run: apply,
    input: definition,
    says: /customresourcedefinition\.apiextensions\.k8s\.io\/widgets\.example\.com created/,
  },
  { run: "wait --for=condition=Established crd/widgets.example.com --timeout=5s", says: /condition met/ },
  { run: apply, input: widget("{ color: red }"), says: /widget\.example\.com\/w created/ },
  { run: apply, input: widget("{ color: red }"), says: /widget\.example\.com\/w unchanged/ },
  { run: apply, input: definition, says: /widgets\.example\.com (configured|unchanged)/ },
  { run: "get wd", says: /^NAME +SIZE +HEAVY +LAST +ODD +SINCE *\nw +1/ },
  {
    run: "get all,crd",
    says: [/widget\.example\.com\/w/, /\/widgets\.example\.com +\d{4}-/],
  },
  { run: "api-resources --api-group=example.com", says: /^widgets +wd .*Widget/m },
  {
    run: apply,
    input: widget("{ color: blue, size: 9 }"),
    fails: true,
    says: /spec\.color: Unsupported value: "blue": supported values: "red", "green"[^]*spec\.size: Invalid value: 9: spec\.size in body should be less than or equal to 5/,
  },
  {
    run: apply,
    input: widget("{ color: red, stray: 1 }"),
    fails: true,
    modern: true,
    says: /strict decoding error: unknown field "spec\.stray"/,
  },
  {
    run: `${apply} --validate=warn`,
    input: widget("{ color: green, stray: 1 }"),
    modern: true,
    says: /widget\.example\.com\/w configured\nWarning: unknown field "spec\.stray"/,
  },
  { run: 'patch wd w --type=merge -p {"spec":{"size":4}}', says: /patched/ },
  { run: 'patch wd w --type=json -p [{"op":"replace","path":"/spec/size","value":5}]', says: /patched/ },
  {
    run: 'patch wd w -p {"spec":{"size":4}}',
    fails: true,
    says: /the body of the request was in an unknown format/,
  },
  { run: "scale wd/w --replicas=3", says: /scaled/ },
  { run: "label wd w a=b", says: /labeled/ },
  { run: "label wd w a-", says: /widget\.example\.com\/w (un)?labeled/ },
  { run: "annotate wd w a=b", says: /annotated?$/m },
  { run: "edit wd w", editor: "sed -i s/size:.3/size:\\ 2/", says: /widget\.example\.com\/w edited/ },
  {
    run: "edit wd w",
    editor: "sed -i s/size:.2/size:\\ 8/",
    fails: true,
    says: /is invalid[^]*no valid changes were saved/,
  },
  { run: "describe wd w", says: [/Labels: +<none>/, /Kind: +Widget[^]*Size: +2/] },
  { run: "explain wd.spec.parts", modern: true, says: /name\s+<string> -required-/ },
  { run: "wait --for=jsonpath={.spec.size}=2 wd/w --timeout=1s", modern: true, says: /condition met/ },
  { run: "delete crd widgets.example.com --timeout=5s", says: /deleted/ },
  {
    run: "get widgets.v1.example.com",
    fails: true,
    says: /could not find the requested resource|doesn't have a resource type/,
  },
];

const onServer: readonly Step[] = [
  { run: serverSide, input: config("a: x, b: x"), says: /configmap\/cm serverside-applied/, modern: true },
  {
    run: `${serverSide} --field-manager=two`,
    input: config("a: z"),
    fails: true,
    modern: true,
    says: /Apply failed with 1 conflict: conflict with "kubectl": \.data\.a/,
  },
  { run: "diff --server-side -f -", input: config("a: x"), fails: true, modern: true, says: /^- +b: x$/m },
  {
    run: `${serverSide} --field-manager=two --force-conflicts`,
    input: config("a: z"),
    modern: true,
    says: /serverside-applied/,
  },
  { run: serverSide, input: config("b: x"), modern: true, says: /serverside-applied/ },
  { run: "get cm cm -o jsonpath={.data}", modern: true, says: /^\{"a":"z","b":"x"\}$/ },
  { run: `${serverSide} --field-manager=two`, input: config(""), modern: true, says: /serverside-applied/ },
  {
    run: "get cm cm -o yaml --show-managed-fields",
    modern: true,
    says: [/^data:\n {2}b: x\nkind:/m, /f:b: \{\}\n[^]*manager: kubectl\n +operation: Apply/],
  },
  { run: apply, input: first, modern: true, says: /created/ },
  {
    run: serverSide,
    input: second,
    modern: true,
    says: /service\/web serverside-applied\ndeployment\.apps\/web serverside-applied/,
  },
  {
    run: "get deploy web -o jsonpath={.metadata.managedFields[*].manager}",
    modern: true,
    says: /^kubectl-last-applied kubectl kube-controller-manager$/,
  },
  { run: "scale deploy/web --replicas=7", modern: true, says: /scaled/ },
  {
    run: serverSide,
    input: second,
    fails: true,
    modern: true,
    says: /conflict with "kubectl\S*" with subresource "scale" using apps\/v1: \.spec\.replicas/,
  },
];

forEachKubectl([...builtin, ...custom, ...onServer], (kit) => {
  test("apply accepts a definition and an object of its kind right after it", async () => {
    await kit.kubectl.run(["apply", "-f", "-"], definition);
    const { code, out } = await kit.kubectl.run(["apply", "-f", "-"], widget("{ color: red }", "after"));
    assert.equal(code, 0, out);
  });
});
