/**
 * Real kubectls against the sandbox, command by command: the one on the path, and the one that KUBECTL_LEGACY names
 * (Debian's 1.20). Each step is a command, whether it succeeds, and what it prints.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { forEachKubectl } from "./kubectl-steps.ts";
import type { Step } from "./kubectl-steps.ts";

const manifest = `
apiVersion: v1
kind: Service
metadata: { name: web, labels: { app: web } }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: registry.example.net/c }] }
`;

const steps: readonly Step[] = [
  { run: "version", says: /Server Version: .*v1\.32/ },
  { run: "get --raw /readyz", says: /^ok$/ },
  { run: "api-resources -o name", says: /^deployments\.apps$/m },
  { run: "create ns shop", says: /^namespace\/shop created$/m },
  { run: "create ns shop", says: /namespaces "shop" already exists/, fails: true },
  {
    run: "-n shop create -f -",
    input: manifest,
    says: /service\/web created\ndeployment\.apps\/web created/,
  },
  { run: "-n shop create -f -", input: manifest, says: /services "web" already exists/, fails: true },
  { run: "-n shop rollout status deploy/web --timeout=5s", says: /successfully rolled out/ },
  {
    run: "-n shop get svc web",
    says: /^web +LoadBalancer +10\.96\.0\.10 +192\.0\.2\.10,192\.0\.2\.11 +80:30000\/TCP/m,
  },
  { run: "-n shop get svc -o wide", says: /SELECTOR\s+web .* app=web$/m },
  { run: "get svc -A", says: /^default +kubernetes [^]*^shop +web /m },
  {
    run: "-n shop get svc web -o yaml",
    says: [
      /^ {2}clusterIP: 10\.96\.0\.10$/m,
      /^ {4}ingress:\n {4}- ip: 192\.0\.2\.10\n[^]*^ {4}- ip: 192\.0\.2\.11\n/m,
    ],
  },
  {
    run: "-n shop get all,endpoints,endpointslices",
    says: [
      /service\/web [^]*deployment\.apps\/web +2\/2[^]*replicaset\.apps\/web-/,
      /endpoints\/web +10\.244\.0\.[12]:8080,10\.244\.0\.[12]:8080/,
    ],
  },
  { run: "-n shop scale deploy/web --replicas=3", says: /deployment\.apps\/web scaled/ },
  {
    run: "-n shop get pods -l app=web --chunk-size=1 --field-selector=status.phase=Running -o name",
    says: /^(pod\/web-\S+\n){3}$/,
  },
  {
    run: "-n shop get pods --field-selector=spec.color=red",
    says: /field label not supported: spec.color/,
    fails: true,
  },
  { run: "-n shop label svc web tier=front", says: /service\/web labeled/ },
  { run: "-n shop get svc --selector=tier=front,app!=x --show-labels", says: /app=web,tier=front/ },
  { run: "-n shop annotate svc web note=hello", says: /service\/web annotated/ },
  {
    run: '-n shop patch svc web --type=merge -p {"spec":{"ports":[{"port":81}]}}',
    says: /service\/web patched/,
  },
  {
    run: '-n shop patch svc web --type=json -p [{"op":"replace","path":"/spec/ports/0/port","value":82}]',
    says: /patched/,
  },
  { run: '-n shop patch svc web -p {"metadata":{"labels":{"x":"y"}}}', says: /service\/web patched/ },
  {
    run: '-n shop patch svc web --type=merge -p {"spec":{"clusterIP":"10.96.0.99"}}',
    says: /is invalid: .*may not change once set/,
    fails: true,
  },
  {
    run: "-n shop describe svc/web deploy/web",
    says: [
      /LoadBalancer Ingress: +192\.0\.2\.10[^]*82\/TCP[^]*Endpoints: +10\.244/,
      /3 desired \| 3 updated \| 3 total \| 3 available/,
    ],
  },
  { run: "describe node sandbox-1", says: /Non-terminated Pods: +\(3 in total\)/ },
  {
    run: "-n shop create deployment two --image=registry.example.net/two",
    says: /deployment\.apps\/two created/,
  },
  { run: "-n shop expose deploy two --port=80 --type=LoadBalancer", says: /service\/two exposed/ },
  { run: "-n shop rollout restart deploy/two", says: /restarted/ },
  { run: "-n shop rollout undo deploy/two", says: /rolled back/ },
  { run: "-n shop rollout history deploy/two", says: /^2 [^]*^3 /m },
  {
    run: "-n shop create service clusterip Bad --tcp=80",
    says: /metadata\.name: Invalid value: "Bad": a DNS-1035 label/,
    fails: true,
  },
  { run: "-n shop create service nodeport np --tcp=80:http", says: /service\/np created/ },
  { run: "-n shop create configmap cm --from-literal=a=b", says: /configmap\/cm created/ },
  {
    run: "-n shop create configmap dry --from-literal=a=b --dry-run=server",
    says: /created \(server dry run\)/,
  },
  { run: "-n shop create secret generic s --from-literal=a=b", says: /secret\/s created/ },
  { run: "-n shop get cm/cm secret/s -o jsonpath={.items[*].data.a}", says: /^b Yg==$/ },
  { run: "-n shop create ingress i --rule=example.com/x=web:80", says: /created/ },
  {
    run: "-n shop get ing/i cm/dry",
    says: [/^(ingress\S*\/)?i +<none> +example\.com +80/m, /configmaps "dry" not found/],
    fails: true,
  },
  { run: "-n shop create role r --verb=get --resource=pods", says: /created/ },
  { run: "-n shop create job j --image=registry.example.net/j", says: /created/ },
  { run: "auth can-i get pods", says: /^yes$/m },
  { run: "cordon sandbox-1", says: /cordoned/ },
  { run: "get nodes", says: /Ready,SchedulingDisabled/ },
  { run: "uncordon sandbox-1", says: /uncordoned/ },
  { run: "-n nowhere create configmap cm", says: /namespaces "nowhere" not found/, fails: true },
  { run: "get unicorns", says: /doesn't have a resource type "unicorns"/, fails: true },
  {
    run: '-n shop patch svc two --subresource=status --type=merge -p {"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.99"}]}}}',
    says: /patched/,
    modern: true,
  },
  { run: "-n shop get svc two --subresource=status", says: / 192\.0\.2\.99 /, modern: true },
  {
    run: "-n shop create -f -",
    input: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndta: {}\n",
    says: /strict decoding error: unknown field "dta"/,
    fails: true,
    modern: true,
  },
  { run: "explain services", says: /KIND: +Service/, modern: true },
  {
    run: "-n shop delete deploy two --cascade=foreground --timeout=5s",
    says: /deployment\.apps "two" deleted/,
  },
  { run: "-n shop delete pods --all --timeout=5s", says: /(pod "web-\S+" deleted\n){3}/ },
  { run: "-n shop wait --for=condition=Ready pod --all --timeout=5s", says: /(\S+ condition met\n){3}/ },
  { run: "delete ns shop --timeout=5s", says: /namespace "shop" deleted/ },
  { run: "get ns shop", says: /namespaces "shop" not found/, fails: true },
];

forEachKubectl(steps, (kit) => {
  test("replace succeeds with the version that was read, and is a conflict the second time", async () => {
    await kit.kubectl.run(["create", "configmap", "raced", "--from-literal=a=b"]);
    const { out: read } = await kit.kubectl.run(["get", "cm", "raced", "-o", "yaml"]);
    const changed = read.replace("a: b", "a: c");
    assert.match((await kit.kubectl.run(["replace", "-f", "-"], changed)).out, /configmap\/raced replaced/);
    const { code, out } = await kit.kubectl.run(["replace", "-f", "-"], changed);
    assert.equal(code, 1);
    assert.match(out, /Conflict.*the object has been modified/);
  });

  test("get -w prints a row for every change", async () => {
    const following = kit.kubectl.follow(["get", "deploy", "-w", "--output-watch-events"]);
    await kit.kubectl.run(["create", "deployment", "seen", "--image=registry.example.net/seen"]);
    await until("a row that is ready", () => following.lines.some((line) => /seen +1\/1/.test(line)));
    assert.match(following.lines[0] ?? "", /^EVENT +NAME +READY/);
    kit.server.objects.delete({
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "default",
      name: "seen",
    });
    await until("the deletion", () => following.lines.some((line) => line.startsWith("DELETED")));
    await following.stop();
  });
});
