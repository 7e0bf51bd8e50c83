/** Which probe an object gets: its own annotation, else the first rule that fits; and what is refused in a rule. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatProblem, parseConfig } from "../../../src/run/config/file.ts";
import { isServicePattern, probeFor, type ProbeRule } from "../../../src/traffic/health/probe-rules.ts";
import { DEFAULT_TIMING } from "../../../src/traffic/health/probe-annotations.ts";
import { questionText } from "../../../src/traffic/health/probe-spec.ts";

const rule = (service: string, probe: string, change: Partial<ProbeRule> = {}): ProbeRule => ({
  service,
  probe,
  codes: null,
  body: null,
  verify: false,
  ...change,
});
const rules = [
  rule("shop/web", "https://:8443/", { codes: "200-299", body: "ok" }),
  rule("shop/quiet", "off"),
  rule("shop/*", "tcp://:443"),
  rule("*/web", "tcp://:80"),
];

function asked(namespace: string, name: string, annotations: Record<string, string> = {}): string | null {
  const { spec } = probeFor({ namespace, name, annotations }, rules, DEFAULT_TIMING);
  return spec === null ? null : questionText(spec.question);
}

describe("probeFor", () => {
  it("takes the first rule that fits", () => {
    assert.equal(asked("shop", "web"), 'https://:8443/ codes 200-299 body "ok"');
    assert.equal(asked("shop", "quiet"), null);
    assert.equal(asked("shop", "cart"), "tcp://:443");
    assert.equal(asked("blog", "web"), "tcp://:80");
    assert.equal(asked("blog", "cart"), null);
  });

  it("lets annotations beat the rules, also with off and with a mistake", () => {
    assert.equal(asked("shop", "web", { "fedns.io/probe": "tcp://:1" }), "tcp://:1");
    assert.equal(asked("shop", "web", { "fedns.io/probe": "off" }), null);
    assert.equal(asked("shop", "web", { "fedns.io/probe": "oops" }), null);
  });

  it("takes a text that the body must contain from the settings alone", () => {
    const annotations = { "fedns.io/probe": "http://:80/", "fedns.io/probe-body": "s" };
    const { spec, problems } = probeFor(
      { namespace: "shop", name: "web", annotations },
      rules,
      DEFAULT_TIMING,
    );
    assert.equal(questionText(spec!.question), "http://:80/");
    assert.deepEqual(
      problems.map(({ annotation, value, sentence }) => `${annotation} "${value}" ${sentence}`),
      [
        'fedns.io/probe-body "s" counts in the settings alone, as health.probes[].body; the probe is sent without it',
      ],
    );
  });

  it("takes times and thresholds from the settings", () => {
    const standard = { intervalMs: 5000, timeoutMs: 4000, fall: 2, rise: 3, forgive: 4, holdMs: 10_000 };
    const object = { namespace: "shop", name: "cart", annotations: {} };
    assert.deepEqual(probeFor(object, rules, standard).spec?.timing, {
      intervalMs: 5000,
      timeoutMs: 2500,
      fall: 2,
      rise: 3,
      forgive: 4,
      holdMs: 10_000,
    });
  });
});

describe("isServicePattern", () => {
  it("takes NAMESPACE/NAME with * for either, and nothing else", () => {
    for (const pattern of ["a/b", "*/b", "a/*", "*/*"]) assert.ok(isServicePattern(pattern), pattern);
    for (const pattern of ["", "a", "a/", "/b", "a/b/c", "a*/b", "A/b", "a b/c"])
      assert.ok(!isServicePattern(pattern), pattern);
  });
});

describe("the setting health.probes", () => {
  const problemsOf = (text: string): string[] => {
    const head = "federations: [{ name: f, domain: x.org }]\nnameservers: [{ name: n.o }]\n";
    const result = parseConfig(`${head}health: { ${text} }`, "f.yaml");
    return result.kind === "problems" ? result.problems.map((one) => formatProblem(one, "f.yaml")) : [];
  };
  it("accepts what the parser of annotations accepts", () => {
    const text =
      "probes: [{ service: shop/*, probe: 'https://shop.example:8443/ok', codes: '200', verify: true }]";
    assert.deepEqual(problemsOf(text), []);
  });

  for (const [text, sentence] of [
    ["probes: [{ service: shop, probe: 'tcp://:1' }]", /probes\[0\]\.service.*must be NAMESPACE\/NAME/],
    ["probes: [{ service: a/b, probe: 'tcp://10.0.0.1:1' }]", /probes\[0\]\.probe.*write tcp:\/\/:1/],
    ["probes: [{ service: a/b, probe: 'http://:1/', codes: 'x' }]", /probes\[0\]\.codes.*like 200-399/],
    ["probes: [{ service: a/b, probe: 'https://:1/', verify: true }]", /probes\[0\]\.verify.*needs a host/],
    ["probes: [{ service: a/b, probe: 'tcp://:1', prob: 1 }]", /prob/],
    ["guardShare: 0.2", /from 0.5 to 1/],
    ["fall: 0", /from 1 to 100/],
  ] as const) {
    it(`refuses ${text}`, () => {
      assert.match(problemsOf(text).join("\n"), sentence);
    });
  }
});
