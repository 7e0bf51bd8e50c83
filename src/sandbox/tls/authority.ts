/** A certificate authority that lives as long as the sandbox: it signs the servers' certificates and the clients'. */
// oxlint-disable-next-line import/no-unassigned-import -- it has to run before x509 is loaded
import "./reflect.ts";
import { systemClock } from "../../kernel/clock.ts";
import * as x509 from "@peculiar/x509";

/** A certificate with its private key, both PEM. */
export type Credential = { readonly certificatePem: string; readonly keyPem: string };

export type Authority = {
  readonly caPem: string;
  /** For a server that is reached as 127.0.0.1, ::1 or localhost. */
  issueServer(name: string): Promise<Credential>;
  /** For a client: the common name is its user, organisations are its groups, as Kubernetes reads them. */
  issueClient(user: string, groups: readonly string[]): Promise<Credential>;
};

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const LIFETIME_MS = 365 * 24 * 3600 * 1000;
/** Clocks of client and server may differ. */
const SKEW_MS = 24 * 3600 * 1000;

const serverNames = new x509.SubjectAlternativeNameExtension([
  { type: "dns", value: "localhost" },
  { type: "ip", value: "127.0.0.1" },
  { type: "ip", value: "::1" },
]);

export async function createAuthority(): Promise<Authority> {
  // Not the sandbox's own clock: the peers of a TLS handshake look at the real one.
  const wallMs = systemClock.wallMs();
  const lifetime = { notBefore: new Date(wallMs - SKEW_MS), notAfter: new Date(wallMs + LIFETIME_MS) };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const issuer = "CN=fedns sandbox";
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: algorithm,
    ...lifetime,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });

  async function issue(subject: x509.JsonName, extensions: x509.Extension[]): Promise<Credential> {
    const own = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      ...lifetime,
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true), ...extensions],
    });
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", own.privateKey);
    return {
      certificatePem: certificate.toString("pem"),
      keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
    };
  }

  return {
    caPem: root.toString("pem"),
    issueServer: (name) =>
      issue(
        [{ CN: [name] }],
        [serverNames, new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])],
      ),
    issueClient: (user, groups) =>
      issue(
        [...groups.map((group) => ({ O: [group] })), { CN: [user] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      ),
  };
}
