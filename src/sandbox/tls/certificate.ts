/** X.509 certificates of version 3 (RFC 5280) with keys on P-256, signed with ECDSA and SHA-256. */
import { createHash, createPublicKey, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import {
  bitString,
  bool,
  choice,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

/** A distinguished name: its attributes in order, `O` for an organisation and `CN` for the common name. */
export type DistinguishedName = readonly (readonly [attribute: "CN" | "O", value: string])[];

export type CertificateOptions = {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly publicKey: KeyObject;
  /** The issuer's. */
  readonly signingKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The purpose of the key: to sign certificates, or to identify a server or a client. */
  readonly usage: "authority" | "server" | "client";
  /** The DNS names and IP addresses of a server. */
  readonly alternativeNames?: readonly string[];
};

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  CN: "2.5.4.3",
  O: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
} as const;

const VERSION_3 = 2;
const SERIAL_BYTES = 16;
const KEY_IDENTIFIER_BYTES = 20;
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** The certificate as PEM. */
export function createCertificate(options: CertificateOptions): string {
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const content = sequence(
    explicit(0, integer(Uint8Array.of(VERSION_3))),
    integer(serialNumber()),
    algorithm,
    nameOf(options.issuer),
    sequence(time(options.notBeforeMs), time(options.notAfterMs)),
    nameOf(options.subject),
    options.publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensionsOf(options))),
  );
  const signature = sign("sha256", content, options.signingKey);
  return pem(sequence(content, algorithm, bitString(signature, 0)));
}

/** Random, and positive without a leading zero. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function nameOf(name: DistinguishedName): Buffer {
  const parts = name.map(([attribute, value]) =>
    set(sequence(objectIdentifier(OID[attribute]), utf8String(value))),
  );
  return sequence(...parts);
}

function extensionsOf(options: CertificateOptions): readonly Buffer[] {
  const { usage, publicKey, signingKey, alternativeNames = [] } = options;
  const issuerKey = keyIdentifier(createPublicKey(signingKey));
  const identifiers = [
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(OID.authorityKeyIdentifier, sequence(choice(0, issuerKey))),
  ];
  if (usage === "authority") {
    const isAuthority = sequence(bool(true));
    const keyUsage = bitString(Uint8Array.of(DIGITAL_SIGNATURE | KEY_CERT_SIGN), 2);
    return [
      ...identifiers,
      extension(OID.basicConstraints, isAuthority, "critical"),
      extension(OID.keyUsage, keyUsage, "critical"),
    ];
  }
  const names = sequence(...alternativeNames.map(alternativeName));
  return [
    ...identifiers,
    extension(OID.keyUsage, bitString(Uint8Array.of(DIGITAL_SIGNATURE), 7), "critical"),
    extension(OID.extendedKeyUsage, sequence(objectIdentifier(OID[usage]))),
    ...(alternativeNames.length > 0 ? [extension(OID.subjectAltName, names)] : []),
  ];
}

/** Equal for equal keys (RFC 5280 §4.2.1.2 leaves the method open). */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const bytes = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(bytes).digest().subarray(0, KEY_IDENTIFIER_BYTES);
}

function extension(oid: string, content: Uint8Array, weight?: "critical"): Buffer {
  const critical = weight === "critical" ? [bool(true)] : [];
  return sequence(objectIdentifier(oid), ...critical, octetString(content));
}

/** `GeneralName`: [2] is a DNS name, [7] an address. */
function alternativeName(name: string): Buffer {
  return isIP(name) === 0 ? choice(2, Buffer.from(name)) : choice(7, addressBytes(name));
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
