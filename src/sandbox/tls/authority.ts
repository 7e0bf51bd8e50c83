/** A certificate authority for the lifetime of the sandbox: it signs the certificates of servers and clients. */
// oxlint-disable-next-line import/no-unassigned-import -- x509 needs it when it is loaded
import "./reflect.ts";
import * as x509 from "@peculiar/x509";
import type { webcrypto } from "node:crypto";
import { systemClock } from "../../kernel/clock.ts";

/** A certificate with its private key, both PEM. */
export type Credential = { readonly certificatePem: string; readonly keyPem: string };

export type Authority = {
  readonly caPem: string;
  /** For a server at 127.0.0.1, ::1 or localhost. */
  issueServer(name: string): Promise<Credential>;
  /** For a client: Kubernetes reads the common name as the user and the organisations as its groups. */
  issueClient(user: string, groups: readonly string[]): Promise<Credential>;
};

const LIFETIME_MS = 365 * 24 * 3600 * 1000;
/** Clocks of client and server may differ. */
const SKEW_MS = 24 * 3600 * 1000;

const ISSUER = "CN=fedns sandbox";
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const serverNames = new x509.SubjectAlternativeNameExtension([
  { type: "dns", value: "localhost" },
  { type: "ip", value: "127.0.0.1" },
  { type: "ip", value: "::1" },
]);

export async function createAuthority(): Promise<Authority> {
  // The system clock, not the sandbox's: both ends of a TLS handshake check times by it.
  const wallMs = systemClock.wallMs();
  const lifetime = { notBefore: new Date(wallMs - SKEW_MS), notAfter: new Date(wallMs + LIFETIME_MS) };
  const keys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: ISSUER,
    keys,
    signingAlgorithm: algorithm,
    ...lifetime,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      ...(await keyIdentifiers(keys.publicKey, keys.publicKey)),
    ],
  });

  async function issue(subject: x509.JsonName, extensions: readonly x509.Extension[]): Promise<Credential> {
    const own = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: ISSUER,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      ...lifetime,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...(await keyIdentifiers(own.publicKey, keys.publicKey)),
        ...extensions,
      ],
    });
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", own.privateKey);
    return {
      certificatePem: certificate.toString("pem"),
      keyPem: x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag),
    };
  }

  return {
    caPem: root.toString("pem"),
    issueServer: (name) =>
      issue(
        [{ CN: [name] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]), serverNames],
      ),
    issueClient: (user, groups) =>
      issue(
        [...groups.map((group) => ({ O: [group] })), { CN: [user] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      ),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** Strict verification requires them (RFC 5280 §4.2.1.1, §4.2.1.2). */
function keyIdentifiers(
  subjectKey: webcrypto.CryptoKey,
  issuerKey: webcrypto.CryptoKey,
): Promise<readonly x509.Extension[]> {
  return Promise.all([
    x509.SubjectKeyIdentifierExtension.create(subjectKey),
    x509.AuthorityKeyIdentifierExtension.create(issuerKey),
  ]);
}
