/** Certificates of the sandbox as OpenSSL reads them: subject, usage and issuer. */
import assert from "node:assert/strict";
import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createAuthority } from "../../src/sandbox/tls/authority.ts";
import { createCertificate } from "../../src/sandbox/tls/certificate.ts";

test("a server's certificate is valid for the loopback names and signed by its own authority only", async () => {
  const [authority, other] = await Promise.all([createAuthority(), createAuthority()]);
  const root = new X509Certificate(authority.caPem);
  const server = new X509Certificate((await authority.issueServer("us-west")).certificatePem);
  assert.ok(root.ca && root.checkIssued(root) && root.verify(root.publicKey));
  assert.ok(!server.ca && server.checkIssued(root) && server.verify(root.publicKey));
  assert.ok(!server.verify(new X509Certificate(other.caPem).publicKey));
  assert.equal(server.subject, "CN=us-west");
  assert.deepEqual(
    [server.checkHost("localhost"), server.checkIP("127.0.0.1"), server.checkIP("::1")],
    ["localhost", "127.0.0.1", "::1"],
  );
  assert.equal(server.checkHost("example.com"), undefined);
  assert.deepEqual(server.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
});

test("a client's certificate names the user and the groups", async () => {
  const authority = await createAuthority();
  const { certificatePem, keyPem } = await authority.issueClient("ada", ["dev", "ops"]);
  const client = new X509Certificate(certificatePem);
  assert.equal(client.subject, "O=dev\nO=ops\nCN=ada");
  assert.deepEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.equal(client.subjectAltName, undefined);
  assert.match(keyPem, /^-----BEGIN PRIVATE KEY-----\n/);
  const [from, to] = [Date.parse(client.validFrom), Date.parse(client.validTo)];
  assert.ok(from < Date.now() && Date.now() < to);
});

test("times, lengths and addresses of every form are decoded as they were encoded", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const long = Array.from({ length: 40 }, (_, index) => `name-${index}.example.com`);
  const pem = createCertificate({
    subject: [["CN", "ä".repeat(60)]],
    issuer: [["CN", "issuer"]],
    publicKey,
    signingKey: privateKey,
    notBeforeMs: Date.UTC(2049, 11, 31, 23, 59, 59),
    notAfterMs: Date.UTC(2050, 0, 1),
    usage: "server",
    alternativeNames: [...long, "192.0.2.1", "2001:db8::1", "2001:db8:1:2:3:4:5:6"],
  });
  const certificate = new X509Certificate(pem);
  assert.match(certificate.validFrom, /^Dec 31 23:59:59 2049/);
  assert.match(certificate.validTo, /^Jan +1 00:00:00 2050/);
  for (const name of long) assert.equal(certificate.checkHost(name), name);
  for (const address of ["192.0.2.1", "2001:db8::1", "2001:db8:1:2:3:4:5:6"])
    assert.equal(certificate.checkIP(address), address);
  assert.ok(certificate.verify(publicKey));
});
