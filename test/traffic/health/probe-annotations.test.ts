/** The annotations about probes: what is read, and the sentence for what is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { parseProbe, parseSlowStart, DEFAULT_TIMING } from "../../../src/traffic/health/probe-annotations.ts";
import { questionText } from "../../../src/traffic/health/probe-spec.ts";

type Options = Readonly<Record<string, string>>;

function annotations(url: string, options: Options = {}): Record<string, string> {
  const named = Object.entries(options).map(([name, value]) => [`fedns.io/probe-${name}`, value]);
  return { "fedns.io/probe": url, ...Object.fromEntries(named), "other.io/probe": "x" };
}

describe("parseProbe", () => {
  const accepted: readonly (readonly [url: string, options: Options, question: string])[] = [
    ["https://:8443/healthz", {}, "https://:8443/healthz"],
    ["https://", {}, "https://:443/"],
    ["HTTP://Example.org/ok?x=1", {}, "http://example.org:80/ok?x=1"],
    ["http://example.org:8080/ok?x=1", {}, "http://example.org:8080/ok?x=1"],
    ["tcp://:443", {}, "tcp://:443"],
    [" tcp://:1 ", {}, "tcp://:1"],
    ["tls://example.org", { verify: "true" }, "tls://example.org:443 verified"],
    ["grpc://:9090/my.Service", {}, "grpc://:9090/my.Service"],
    ["grpcs://a.example:50051", { verify: "false" }, "grpcs://a.example:50051"],
    ["http://:80/", { codes: "200, 204,300-399" }, "http://:80/ codes 200,204,300-399"],
    ["http://:80/", { codes: "200-399" }, "http://:80/"],
    ["http://:80/", { body: ' it is "fine" ' }, 'http://:80/ body "it is \\"fine\\""'],
  ];
  for (const [url, options, question] of accepted) {
    it(`reads ${url} ${JSON.stringify(options)}`, () => {
      const { spec, problems, isAsked } = parseProbe(annotations(url, options));
      assert.deepEqual(problems, []);
      assert.ok(spec !== null && isAsked);
      assert.equal(questionText(spec.question), question);
      assert.deepEqual(spec.timing, DEFAULT_TIMING);
    });
  }

  it("reads times and thresholds, and shortens the time-out with the interval", () => {
    const timed = { interval: "5s", fall: "1", rise: "10", forgive: "7" };
    assert.deepEqual(parseProbe(annotations("tcp://:1", timed)).spec?.timing, {
      intervalMs: 5000,
      timeoutMs: 2500,
      fall: 1,
      rise: 10,
      forgive: 7,
      holdMs: 30_000,
    });
    const both = parseProbe(annotations("tcp://:1", { interval: "1m30s", timeout: "1s500ms" })).spec?.timing;
    assert.deepEqual([both?.intervalMs, both?.timeoutMs], [90_000, 1500]);
  });

  it("asks for nothing without the annotation, and says so with off", () => {
    assert.deepEqual(parseProbe({}), { spec: null, isAsked: false, problems: [] });
    assert.deepEqual(parseProbe(annotations("off", { interval: "5s" })), {
      spec: null,
      isAsked: true,
      problems: [],
    });
  });

  const refused: readonly (readonly [url: string, options: Options, sentence: RegExp])[] = [
    ["", {}, /must begin with one of tcp, tls, http/],
    ["ftp://:21/", {}, /must begin with one of/],
    [":8443/healthz", {}, /must begin with one of/],
    ["https://me:secret@x.org/", {}, /must not carry a user or password/],
    ["https://10.0.0.1:8443/", {}, /each address handed out is probed itself; write https:\/\/:8443/],
    ["https://[::1]:8443/", {}, /write https:\/\/:8443/],
    ["http://under_score.org/", {}, /must have a DNS name or nothing/],
    ["http://:0/", {}, /port from 1 to 65535/],
    ["http://:65536/", {}, /port from 1 to 65535/],
    ["http://:/", {}, /port from 1 to 65535/],
    ["http://:80:80/", {}, /port from 1 to 65535/],
    ["http://:８０/", {}, /port from 1 to 65535/],
    ["tcp://", {}, /must have a port; write tcp:\/\/:PORT/],
    ["tcp://example.org:80", {}, /TCP sends no name; write tcp:\/\/:80/],
    ["tcp://:80/x", {}, /must end after the port/],
    ["http://:80/a b", {}, /write a space as %20/],
    ["http://:80/\r\nX: y", {}, /printable ASCII/],
    ["http://:80?x=1", {}, /begins with \//],
    ["http://:80/#x", {}, /must not have a # part/],
    ["grpc://:80/a%20b", {}, /must have a gRPC service/],
    [`http://:80/${"a".repeat(1024)}`, {}, /at most 1024 characters/],
    ["tcp://:1", { interval: "10" }, /time from 1s to 1h, like 10s/],
    ["tcp://:1", { interval: "1ms" }, /time from 1s to 1h/],
    ["tcp://:1", { interval: "1h1s" }, /time from 1s to 1h/],
    ["tcp://:1", { interval: "5s", timeout: "6s" }, /time from 100ms to 5s/],
    ["tcp://:1", { fall: "0" }, /whole number from 1 to 100/],
    ["tcp://:1", { rise: "1e1" }, /whole number from 1 to 100/],
    ["tcp://:1", { codes: "200" }, /not known for this kind of probe/],
    ["tcp://:1", { color: "blue" }, /not known/],
    ["http://:1/", { codes: "399-200" }, /like 200-399 or 200,204/],
    ["http://:1/", { codes: "101" }, /from 200 to 599/],
    ["http://:1/", { body: "" }, /text of 1 to 256 characters/],
    ["https://:1/", { verify: "true" }, /needs a host in fedns.io\/probe/],
    ["https://a.b:1/", { verify: "yes" }, /must be "true" or "false"/],
  ];
  for (const [url, options, sentence] of refused) {
    it(`refuses ${JSON.stringify(url.slice(0, 40))} ${JSON.stringify(options)} and says what is right`, () => {
      const { spec, problems, isAsked } = parseProbe(annotations(url, options));
      assert.deepEqual([spec, isAsked, problems.length], [null, true, 1]);
      assert.match(problems[0]?.sentence ?? "", sentence);
    });
  }

  it("says that options alone say nothing", () => {
    const { problems } = parseProbe({ "fedns.io/probe-fall": "3" });
    assert.deepEqual(
      problems.map(({ sentence }) => sentence),
      ["says nothing without fedns.io/probe"],
    );
  });

  it("shows a wrong value short and without control characters", () => {
    const value = parseProbe(annotations(`\u001b[31m${"x".repeat(999)}`)).problems[0]?.value ?? "";
    assert.ok(value.length <= 64 && value.startsWith("?[31mxxx"), value);
  });

  it("returns for any input, with a spec or a problem", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((rest) => `https://${rest}`),
    );
    fc.assert(
      fc.property(
        text,
        fc.dictionary(fc.constantFrom("interval", "codes", "body", "verify"), text),
        (url, options) => {
          const { spec, problems, isAsked } = parseProbe(annotations(url, options));
          assert.equal(spec !== null, problems.length === 0 && isAsked && url.trim().toLowerCase() !== "off");
        },
      ),
    );
  });

  it("reads again what it writes: the text of a question is the question", () => {
    for (const [url] of accepted) {
      const { spec } = parseProbe(annotations(url));
      const again = parseProbe(annotations(questionText(spec!.question)));
      assert.deepEqual(again.spec, spec);
    }
  });
});

describe("parseSlowStart", () => {
  it("reads a time, and whether new addresses ramp too", () => {
    const read = (text: string): unknown => parseSlowStart({ "fedns.io/slow-start": text }).slowStart;
    assert.deepEqual(read("2m"), { rampMs: 120_000, isForNew: false });
    assert.deepEqual(read("90s new"), { rampMs: 90_000, isForNew: true });
    assert.deepEqual(read("0s"), { rampMs: 0, isForNew: false });
    assert.deepEqual(parseSlowStart({}), { slowStart: null, problems: [] });
  });

  it("refuses the rest with a sentence", () => {
    for (const text of ["2", "new", "2h", "-1s", "2m old", `${" ".repeat(100_000)}x`]) {
      const { slowStart, problems } = parseSlowStart({ "fedns.io/slow-start": text });
      assert.equal(slowStart, null, text);
      assert.match(problems[0]?.sentence ?? "", /like 10s/);
    }
  });
});
