/** Certificates of the sandbox as OpenSSL reads them: subject, usage and issuer. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createAuthority } from "../../src/sandbox/tls/authority.ts";
import { needs } from "../support/programs.ts";

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

test("a client's certificate names the user and the groups, beyond ASCII too", async () => {
  const authority = await createAuthority();
  const { certificatePem, keyPem } = await authority.issueClient("ädä", ["dev", "ops"]);
  const client = new X509Certificate(certificatePem);
  assert.equal(client.subject, "O=dev\nO=ops\nCN=ädä");
  assert.deepEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.equal(client.subjectAltName, undefined);
  assert.match(keyPem, /^-----BEGIN PRIVATE KEY-----\n/);
  const [from, to] = [Date.parse(client.validFrom), Date.parse(client.validTo)];
  assert.ok(from < Date.now() && Date.now() < to);
});

test("chains pass the strict checks of OpenSSL", needs("openssl", "openssl"), async () => {
  const authority = await createAuthority();
  const [server, client] = await Promise.all([
    authority.issueServer("us-west"),
    authority.issueClient("ada", ["dev"]),
  ]);
  const folder = await mkdtemp(join(tmpdir(), "fedns-certificates-"));
  try {
    const files = { root: authority.caPem, server: server.certificatePem, client: client.certificatePem };
    for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, `${name}.pem`), pem);
    const verify = (purpose: string, file: string): Promise<unknown> =>
      promisify(execFile)(
        "openssl",
        ["verify", "-x509_strict", "-check_ss_sig", "-purpose", purpose, "-CAfile", "root.pem", file],
        { cwd: folder },
      );
    await verify("sslserver", "server.pem");
    await verify("sslclient", "client.pem");
    await verify("any", "root.pem");
    await assert.rejects(verify("sslclient", "server.pem"), /unsuitable certificate purpose/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
