/** The settings of sources and host rules: valid values, refusals and their messages. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatProblem, parseConfig } from "../../../src/run/config/file.ts";
import { configReference } from "../../../src/run/config/reference.ts";

const LEAST = `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
clusters: [{ name: us-west, kubeconfig: ./k }]
`;

function problems(text: string): string[] {
  const result = parseConfig(LEAST + text, "fedns.yaml");
  return result.kind === "config"
    ? []
    : result.problems.map((problem) => formatProblem(problem, "fedns.yaml").replace(/^\S+ /, ""));
}

describe("sources and hosts", () => {
  it("are read as people write them", () => {
    const result = parseConfig(
      `${LEAST}sources:
  services: { namespaceSelector: "exposed=yes,team notin (lab)", balancerHostnames: alias }
  ingresses: { enabled: true, classes: [nginx], labelSelector: "!internal" }
  gateways: { enabled: true, namespaces: [shop] }
hosts:
  - { suffix: Apps.Example.com., clusters: [us-west], namespaces: [shop, blog] }
  - { suffix: example.org }
`,
      "fedns.yaml",
    );
    assert.ok(result.kind === "config", JSON.stringify(result));
    const { sources, hosts } = result.config;
    assert.deepEqual(
      [
        sources.services.enabled,
        sources.ingresses.classes,
        sources.gateways.namespaces,
        sources.dnsEndpoints.enabled,
      ],
      [true, ["nginx"], ["shop"], false],
    );
    assert.deepEqual(hosts, [
      { suffix: "apps.example.com", clusters: ["us-west"], namespaces: ["shop", "blog"], delegations: false },
      { suffix: "example.org", clusters: [], namespaces: [], delegations: false },
    ]);
  });

  it("name the wrong value and the right ones", () => {
    assert.deepEqual(problems('sources: { ingresses: { labelSelector: "a b" } }\n'), [
      'sources.ingresses.labelSelector: must be a label selector like "team=shop,stage!=dev", not "a b"',
    ]);
    assert.deepEqual(problems("sources: { ingress: { enabled: true } }\n"), [
      "sources.ingress: is not a setting; did you mean ingresses?",
    ]);
    assert.deepEqual(problems("sources: { services: { namespaces: [Shop] } }\n"), [
      'sources.services.namespaces[0]: must be the name of a namespace, not "Shop"',
    ]);
    assert.deepEqual(problems("sources: { dnsEndpoints: true }\n"), [
      "sources.dnsEndpoints: must be a group, not true; write dnsEndpoints: { enabled: true }",
    ]);
  });

  it("refuse a source whose host names no rule allows, and rules for unknown clusters", () => {
    const sentence =
      "is on, but no rule in hosts allows any claim; add hosts: [{ suffix: apps.example.com }]";
    for (const name of ["ingresses", "gateways", "externalDns", "dnsEndpoints"])
      assert.deepEqual(problems(`sources: { ${name}: { enabled: true } }\n`), [
        `sources.${name}.enabled: ${sentence}`,
      ]);
    assert.deepEqual(
      problems("sources: { ingresses: { enabled: true } }\nhosts: [{ suffix: a.example.com }]\n"),
      [],
    );
    assert.deepEqual(problems("hosts: [{ suffix: a.example.com, clusters: [us-west, us-east] }]\n"), [
      "hosts[0].clusters[1]: names no cluster: there is no us-east in clusters",
    ]);
  });

  it("are in the reference, each with its meaning", () => {
    const reference = configReference("markdown");
    for (const path of [
      "sources.services.externalIPs",
      "sources.gateways.classes",
      "sources.externalDns.internalHostnames",
      "hosts[].suffix",
    ])
      assert.match(reference, new RegExp(`\\| \`${path.replaceAll(/[[\]]/g, "\\$&")}\` \\|.*\\. \\|`), path);
  });
});
