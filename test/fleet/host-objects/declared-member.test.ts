/** KubeFedClusters from outside: every mistake has a sentence with its cure, and leaves the member as it was. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type DeclaredMember, parseKubeFedCluster } from "../../../src/fleet/host-objects/declared-member.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";

const spec = { apiEndpoint: "https://c1.example.net:6443", secretRef: { name: "c1" } };
const object = (own: object, annotations: object = {}, metadata: object = {}): unknown => ({
  metadata: { name: "c1", uid: "u1", creationTimestamp: "2026-01-01T00:00:00Z", annotations, ...metadata },
  spec: { ...spec, ...own },
});
const sentences = (parsed: ReturnType<typeof parseKubeFedCluster>): string[] =>
  parsed.problems.map(({ sentence }) => sentence);

describe("a KubeFedCluster", () => {
  let ca = "";
  before(async () => {
    ca = Buffer.from((await createAuthority()).caPem).toString("base64");
  });

  it("is a member with everything that the object and its annotations say", () => {
    const annotations = {
      "fedns.io/region": "eu-central",
      "fedns.io/zones": "a, b,a",
      "fedns.io/location": "50.1, -8.7",
      "fedns.io/addresses": "192.0.2.0/24,2001:db8::/32",
      "fedns.io/namespaces": "shop, blog",
      "fedns.io/namespace-selector": "team=web,!off",
      "fedns.io/addresses-deny": "192.0.2.128/25,documentation",
      "fedns.io/cluster-uid": "0F0E-1",
      "example.org/owner": "me",
    };
    const own = { caBundle: ca, proxyURL: "http://proxy:3128", disabledTLSValidations: ["SubjectName"] };
    const { value, problems } = parseKubeFedCluster(
      object(own, annotations, { labels: { env: "prod" } }),
      null,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(value, {
      name: "c1",
      uid: "u1",
      created: "2026-01-01T00:00:00Z",
      apiEndpoint: "https://c1.example.net:6443/",
      caBundle: `${Buffer.from(ca, "base64").toString().trim()}\n`,
      proxyURL: "http://proxy:3128/",
      disabledTLSValidations: ["SubjectName"],
      region: "eu-central",
      zones: ["a", "b"],
      location: { latitude: 50.1, longitude: -8.7 },
      addresses: ["192.0.2.0/24", "2001:db8::/32"],
      namespaces: ["shop", "blog"],
      namespaceSelector: "team=web,!off",
      addressesDeny: ["192.0.2.128/25", "documentation"],
      clusterUid: "0f0e-1",
      forgottenMs: null,
      secretName: "c1",
      labels: { env: "prod" },
    });
  });

  const unusable: readonly (readonly [what: string, own: object, says: RegExp])[] = [
    ["no endpoint", { apiEndpoint: undefined }, /apiEndpoint is nothing.*; write http/],
    ["an endpoint without a scheme", { apiEndpoint: "c1:6443" }, /no URL of an API server; write/],
    ["an endpoint with a password", { apiEndpoint: "https://a:b@c1" }, /no URL of an API server/],
    ["an endpoint with a query", { apiEndpoint: "https://c1/?a=b" }, /no URL of an API server/],
    ["an endpoint of 3 kB", { apiEndpoint: `https://c1/${"a".repeat(3000)}` }, /no URL/],
    ["a CA that is no text", { caBundle: 7 }, /caBundle is no base64 text/],
    ["a CA that is no certificate", { caBundle: "aGVsbG8=" }, /holds no certificate; write/],
    [
      "a damaged certificate",
      {
        caBundle: Buffer.from("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----").toString(
          "base64",
        ),
      },
      /damaged .*; replace it/,
    ],
    ["no Secret", { secretRef: undefined }, /names no Secret; name the Secret/],
    ["a Secret by a path", { secretRef: { name: "../x" } }, /no name of a Secret; name the Secret/],
    [
      "a proxy of another kind",
      { proxyURL: "socks4://me:secret@p:1080" },
      /has the scheme socks4:\/\/; there are http, https and socks5/,
    ],
    ["a proxy that is no URL", { proxyURL: "p:3128" }, /no URL of a proxy; write http/],
    ["an unknown TLS check", { disabledTLSValidations: ["Name"] }, /has "Name"; there are "\*"/],
    ["all TLS checks and one more", { disabledTLSValidations: ["*", "SubjectName"] }, /must be the only one/],
    ["only the dates unchecked", { disabledTLSValidations: ["ValidityPeriod"] }, /renew the certificate/],
  ];
  for (const [what, own, says] of unusable)
    it(`with ${what} cannot be used, and says what to do`, () => {
      const parsed = parseKubeFedCluster(object(own), null);
      assert.equal(parsed.value, null);
      assert.match(sentences(parsed)[0] ?? "", says);
      assert.equal(parsed.problems[0]?.reason, "ClusterConfigMalformed");
      assert.doesNotMatch(sentences(parsed).join(), /secret@|a:b@c1.*password/);
    });

  const annotations: readonly (readonly [annotation: string, text: unknown, says: RegExp])[] = [
    ["region", "EU Central", /must be a DNS label.*its last valid value stays/],
    ["region", "svc", /must be a DNS label/],
    ["zones", "a,,B", /must be DNS labels/],
    ["zones", "", /must be DNS labels/],
    ["location", "91,0", /must be latitude and longitude/],
    ["location", "north", /must be latitude and longitude/],
    ["addresses", "192.0.2.1", /must be networks/],
    ["addresses-deny", "192.0.2.1", /must be networks .* or documentation/],
    ["addresses-deny", "documentations", /must be networks .* or documentation/],
    ["cluster-uid", "?", /must be the uid/],
    ["region", 7, /must be a DNS label/],
  ];
  for (const [annotation, text, says] of annotations)
    it(`keeps its last ${annotation} when the annotation is ${JSON.stringify(text)}`, () => {
      const good = {
        "fedns.io/region": "eu",
        "fedns.io/zones": "a",
        "fedns.io/location": "1,2",
        "fedns.io/addresses": "192.0.2.0/24",
        "fedns.io/cluster-uid": "abc",
      };
      const before = parseKubeFedCluster(object({}, good), null).value as DeclaredMember;
      const after = parseKubeFedCluster(object({}, { ...good, [`fedns.io/${annotation}`]: text }), before);
      assert.match(sentences(after).join(), says);
      assert.deepEqual(after.value, before);
    });

  it("says which annotation was meant", () => {
    assert.match(
      sentences(parseKubeFedCluster(object({}, { "fedns.io/regoin": "eu" }), null)).join(),
      /no annotation of a KubeFedCluster; did you mean fedns.io\/region\?/,
    );
  });

  it("needs a region for its zones", () => {
    const { value, problems } = parseKubeFedCluster(object({}, { "fedns.io/zones": "a" }), null);
    assert.equal(value?.zones, null);
    assert.match(problems[0]?.sentence ?? "", /needs fedns.io\/region; add it/);
  });

  it("is warned about plain HTTP", () => {
    const { value, problems } = parseKubeFedCluster(object({ apiEndpoint: "http://c1" }), null);
    assert.equal(value?.apiEndpoint, "http://c1/");
    assert.match(problems[0]?.sentence ?? "", /can read the token; use an https/);
  });

  for (const hostile of [null, 7, "x", [], {}, { metadata: [] }, { metadata: { name: "../a" }, spec }])
    it(`is none when the object is ${JSON.stringify(hostile)}`, () => {
      const { value, problems } = parseKubeFedCluster(hostile, null);
      assert.equal(value, null);
      assert.equal(problems.length, 1);
    });
});
