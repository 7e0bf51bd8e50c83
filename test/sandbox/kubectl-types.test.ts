/** kubectl's messages about mistakes in manifests of built-in kinds, and its explanations of their fields. */
import { forEachKubectl } from "./kubectl-steps.ts";
import type { Step } from "./kubectl-steps.ts";

const deployment = (spec: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: ${spec}
`;
const template = (container: string): string =>
  `template: { metadata: { labels: { a: b } }, spec: { containers: [${container}] } }`;
const good = deployment(`{ selector: { matchLabels: { a: b } }, ${template("{ name: c, image: i }")} }`);

const mistakes: readonly Step[] = [
  {
    run: "apply -f -",
    input: deployment(`{ replica: 3, selector: { matchLabels: { a: b } }, ${template("{ nmae: c }")} }`),
    fails: true,
    modern: true,
    says: /strict decoding error: unknown field "spec\.replica", unknown field "spec\.template\.spec\.containers\[0\]\.nmae"/,
  },
  { run: "apply -f -", input: good, says: /deployment\.apps\/web created/ },
  {
    run: "apply -f -",
    input: good.replace("spec: {", "spec: { replica: 3,"),
    fails: true,
    modern: true,
    says: /strict decoding error: unknown field "spec\.replica"/,
  },
  {
    run: "apply --server-side --force-conflicts -f -",
    input: good.replace("spec: {", "spec: { replica: 3,"),
    fails: true,
    modern: true,
    says: /failed to create typed patch object \(default\/web; apps\/v1, Kind=Deployment\): \.spec\.replica: field not declared in schema/,
  },
  {
    run: "apply -f -",
    input: deployment(
      `{ selector: { matchLabels: { a: b } }, ${template("{ name: c, image: i, env: [{ name: A, value: 5 }] }")} }`,
    ),
    fails: true,
    says: /cannot unmarshal number into Go struct field EnvVar\.spec\.template\.spec\.containers\.env\.value of type string/,
  },
];

const explanations: readonly Step[] = [
  {
    run: "explain svc.spec.ports",
    modern: true,
    says: /FIELD: ports <\[\]ServicePort>[^]*^ {2}port\t<integer> -required-$/m,
  },
  {
    run: "explain deploy.spec.template.spec --recursive",
    modern: true,
    says: /^ +fieldRef\t<ObjectFieldSelector>$/m,
  },
  { run: "explain ing.metadata.labels", modern: true, says: /FIELD: labels <map\[string\]string>/ },
  { run: "explain pod.spec.nosuch", modern: true, fails: true, says: /field "nosuch" does not exist/ },
];

forEachKubectl([...mistakes, ...explanations]);
