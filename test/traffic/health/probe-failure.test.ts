/** Why a probe failed, as bits of a reason: every word of the probers comes back, and has a cure. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { HealthReason, reasonText } from "../../../src/traffic/health/health-reason.ts";
import {
  failureBits,
  failureCure,
  failureText,
  OVERLOADED,
} from "../../../src/traffic/health/probe-failure.ts";
import { outcomeOf } from "../../../src/traffic/probe/outcome.ts";

it("a reason comes back as it was, with a cure", () => {
  for (const reason of [
    "connection refused",
    "timed out",
    "status 503",
    "HTTP status 404",
    "gRPC status 14",
    "the certificate has expired",
    OVERLOADED,
  ]) {
    const bits = failureBits(reason);
    assert.equal(failureText(bits), reason);
    assert.notEqual(failureCure(bits), "");
    assert.equal(bits & 0x7ff, 0, "the bits of HealthReason are free");
  }
});

it("no reason and unknown reasons", () => {
  assert.deepEqual([failureBits(null), failureText(0), failureCure(0)], [0, "", ""]);
  assert.equal(failureText(failureBits("something else 99999")), "it failed");
  assert.equal(failureText(failureBits("we could not ask (EMFILE)")), "we could not ask");
});

it("every word that a prober may say is known", () => {
  const folder = new URL("../../../src/traffic/probe/", import.meta.url);
  const said = readdirSync(folder).flatMap((file) => [
    ...readFileSync(new URL(file, folder), "utf8").matchAll(/\bbad\(["`]([^"`]+)["`]\)/g),
  ]);
  assert.ok(said.length > 10);
  const rare = [
    "aborted",
    "no answer of grpc.health.v1",
    "no gRPC status",
    "too much before the status",
    "the body broke off",
  ];
  for (const [, words = ""] of said) {
    const reason = words.replace(/\$\{\w+\}/, "503");
    assert.equal(failureText(failureBits(reason)), rare.includes(reason) ? "it failed" : reason);
  }
});

it("the words of sockets and of TLS are known", () => {
  const outcome = (code: string): string => {
    const one = outcomeOf(Object.assign(new Error("x"), { code }));
    return one.kind === "good" ? "" : failureText(failureBits(one.reason));
  };
  assert.equal(outcome("ECONNREFUSED"), "connection refused");
  assert.equal(outcome("CERT_HAS_EXPIRED"), "the certificate has expired");
  assert.equal(outcome("ERR_TLS_CERT_ALTNAME_INVALID"), "the certificate is for another name");
  assert.equal(outcome("SELF_SIGNED_CERT_IN_CHAIN"), "the certificate is of an unknown authority");
  assert.equal(outcome("EMFILE"), "we could not ask");
});

it("the text of a reason has why the last probe failed, and why none could be sent", () => {
  const { Probed, Unknown, Down, Failing } = HealthReason;
  assert.equal(
    reasonText(Probed | Down | Failing | failureBits("status 503")),
    "down, last probe failed: status 503",
  );
  assert.equal(
    reasonText(Probed | Unknown | failureBits("we could not ask (EACCES)")),
    "never seen up, last probe: we could not ask",
  );
});
