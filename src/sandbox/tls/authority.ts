/** A certificate authority for the lifetime of the sandbox: it signs the certificates of servers and clients. */
import { generateKeyPair } from "node:crypto";
import type { KeyPairKeyObjectResult } from "node:crypto";
import { promisify } from "node:util";
import { systemClock } from "../../kernel/clock.ts";
import { createCertificate } from "./certificate.ts";
import type { CertificateOptions, DistinguishedName } from "./certificate.ts";

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

const issuer: DistinguishedName = [["CN", "fedns sandbox"]];
const serverNames: readonly string[] = ["localhost", "127.0.0.1", "::1"];

export async function createAuthority(): Promise<Authority> {
  // The system clock, not the sandbox's: both ends of a TLS handshake check times by it.
  const wallMs = systemClock.wallMs();
  const lifetime = { notBeforeMs: wallMs - SKEW_MS, notAfterMs: wallMs + LIFETIME_MS };
  const root = await generateKeys();
  const signed = { issuer, signingKey: root.privateKey, ...lifetime };

  async function issue(
    options: Pick<CertificateOptions, "subject" | "usage" | "alternativeNames">,
  ): Promise<Credential> {
    const { publicKey, privateKey } = await generateKeys();
    return {
      certificatePem: createCertificate({ ...signed, ...options, publicKey }),
      keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
  }

  return {
    caPem: createCertificate({ ...signed, subject: issuer, publicKey: root.publicKey, usage: "authority" }),
    issueServer: (name) => issue({ subject: [["CN", name]], usage: "server", alternativeNames: serverNames }),
    issueClient: (user, groups) =>
      issue({
        subject: [...groups.map((group) => ["O", group] as const), ["CN", user]],
        usage: "client",
      }),
  };
}

function generateKeys(): Promise<KeyPairKeyObjectResult> {
  return promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
}
