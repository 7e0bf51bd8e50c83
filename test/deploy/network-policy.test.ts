/** The NetworkPolicy of install.yaml: who reaches the Pods, and what they reach. */
import assert from "node:assert/strict";
import { BlockList, isIPv6 } from "node:net";
import { describe, it } from "node:test";
import { type Manifest, ofKind, workloadsOf } from "./manifests.ts";
import { containersOf } from "./pod-security.ts";

const { spec } = ofKind("install.yaml", "NetworkPolicy");
const [install = assert.fail()] = workloadsOf("install.yaml");
const ports = (containersOf(install.pod)[0]?.of["ports"] ?? []) as readonly Manifest[];

function isWithin(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", length] = network.split("/");
    // ::/0 has no IPv4 addresses here, as in a policy.
    if (isIPv6(base) !== isIPv6(address)) continue;
    list.addSubnet(base, Number(length), isIPv6(base) ? "ipv6" : "ipv4");
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Whether TCP to another port than that of DNS is let out. */
function isReached(address: string): boolean {
  const open = (spec.egress as readonly Manifest[]).filter(({ ports: of }) =>
    of.some(({ port, protocol }: Manifest) => port === undefined && protocol === "TCP"),
  );
  const blocks = open.flatMap(({ to }) => to.map(({ ipBlock }: Manifest) => ipBlock as Manifest));
  return blocks.some(
    ({ cidr, except = [] }: Manifest) => isWithin(address, [cidr]) && !isWithin(address, except),
  );
}

describe("the NetworkPolicy of install.yaml", () => {
  it("is about the Pods of the Deployment, both ways", () => {
    assert.deepEqual(spec.podSelector.matchLabels, install.pod.metadata?.["labels"]);
    assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"]);
  });

  it("lets everybody ask by DNS, and one namespace alone reach the admin port", () => {
    const from = new Map<string, unknown>(
      (spec.ingress as readonly Manifest[]).flatMap((rule) =>
        rule["ports"].map(({ port, protocol }: Manifest) => [`${port} ${protocol}`, rule["from"]]),
      ),
    );
    assert.deepEqual(
      [...from.keys()],
      ports.map(({ name, protocol }) => `${name} ${protocol}`),
    );
    assert.equal(from.get("dns UDP"), undefined);
    assert.equal(from.get("dns-tcp TCP"), undefined);
    assert.deepEqual(from.get("admin TCP"), [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
    ]);
  });

  it("lets API servers, proxies and what is probed be reached at any port", () => {
    for (const address of ["192.0.2.10", "10.96.0.1", "100.64.0.1", "2001:db8::1", "fd00::10"])
      assert.ok(isReached(address), address);
  });

  for (const address of [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "127.0.0.1",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "fd20:ce::254",
  ])
    it(`never lets ${address} be reached, but as a resolver`, () => assert.ok(!isReached(address)));

  it("lets resolvers be asked, wherever they are", () => {
    const open = (spec.egress as readonly Manifest[]).filter(({ to }) => to === undefined);
    assert.deepEqual(
      open.flatMap(({ ports: of }) => of.map(({ port, protocol }: Manifest) => `${port} ${protocol}`)),
      ["53 UDP", "53 TCP"],
    );
  });
});

describe("the secrets and tokens of install.yaml", () => {
  const volumes = new Map<string, Manifest>(
    install.pod.spec["volumes"].map((volume: Manifest) => [volume["name"], volume]),
  );
  const mounts = (containersOf(install.pod)[0]?.of["volumeMounts"] ?? []) as readonly Manifest[];

  it("are read-only, and only for the user of fedns", () => {
    for (const name of ["clusters", "cookies", "account"]) {
      const volume = volumes.get(name) ?? assert.fail(name);
      assert.equal((volume["secret"] ?? volume["projected"]).defaultMode, 0o440, name);
      assert.ok(mounts.find((mount) => mount["name"] === name)?.["readOnly"], name);
    }
  });

  it("are renewed: no mount is by subPath, and the token of the account ends within an hour", () => {
    assert.deepEqual(
      mounts.filter((mount) => "subPath" in mount),
      [],
    );
    const sources = volumes.get("account")?.["projected"].sources as readonly Manifest[];
    assert.deepEqual(
      sources.flatMap((source) => source["serviceAccountToken"] ?? []),
      [{ path: "token", expirationSeconds: 3600 }],
    );
  });

  it("have the place that the settings name: replicas share the key of cookies", () => {
    const secret = volumes.get("cookies")?.["secret"].secretName as string;
    const text = ofKind("install.yaml", "ConfigMap")["data"]["fedns.yaml"] as string;
    const at = mounts.find((mount) => mount["name"] === "cookies")?.["mountPath"] as string;
    assert.match(text, new RegExp(`secretsFile: ${at}/secrets `));
    assert.equal(secret, "fedns-cookies");
  });
});
