/** A KubeFedCluster, parsed: a member as the host declares it. Pure; every mistake has a sentence with its cure. */
import { X509Certificate } from "node:crypto";
import { messageOf } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";
import { parseProxyUrl } from "../proxy/proxy.ts";
import { type ClusterAnnotations, NO_ANNOTATIONS, readClusterAnnotations } from "./cluster-annotations.ts";
import { type HostProblem, type Parsed, quoted } from "./host-problem.ts";

/** Which checks of the server's certificate are left out, in KubeFed's words. */
const TLS_VALIDATIONS = ["*", "SubjectName", "ValidityPeriod"] as const;
type TlsValidation = (typeof TLS_VALIDATIONS)[number];

type MemberEndpoint = {
  /** http(s)://HOST[:PORT][/PATH] */
  readonly apiEndpoint: string;
  /** PEM; null = the certificates that the system trusts. */
  readonly caBundle: string | null;
  /** http://, https:// or socks5://; null = none. */
  readonly proxyURL: string | null;
  readonly disabledTLSValidations: readonly TlsValidation[];
};

export type DeclaredMember = MemberEndpoint &
  ClusterAnnotations & {
    readonly name: string;
    /** Of the KubeFedCluster. */
    readonly uid: string;
    /** When it was created, in ISO form: of two objects for one cluster, the older counts. "" = not known. */
    readonly created: string;
    readonly secretName: string;
    readonly labels: Readonly<Record<string, string>>;
  };

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const URL_MAX_CHARACTERS = 2048;
const CA_MAX_CHARACTERS = 256 * 1024;

/** A mistake in the spec. The object as a whole cannot be used. */
class Mistake extends Error {}

/**
 * `before`: the member as it was last declared. A spec that cannot be used leaves it as it was, with `value` null; an
 * annotation that cannot be read keeps its last value. Never throws.
 */
export function parseKubeFedCluster(object: unknown, before: DeclaredMember | null): Parsed<DeclaredMember> {
  const { metadata, spec } = sectionsOf(object);
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  const about = `KubeFedCluster ${NAME.test(name) ? name : quoted(name)}`;
  const problem = (reason: string, sentence: string): HostProblem => ({ object: about, reason, sentence });
  const written = isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const { annotations, problems: notes } = readClusterAnnotations(written, before ?? NO_ANNOTATIONS);
  const problems = notes.map((sentence) => problem("InvalidAnnotation", sentence));
  try {
    if (!NAME.test(name)) throw new Mistake("its name is not the name of an object; create it again");
    const endpoint = readEndpoint(spec);
    if (endpoint.apiEndpoint.startsWith("http://"))
      problems.push(problem("PlainHttp", `${PLAIN}; use an https:// endpoint`));
    const value = {
      name,
      uid: textOf(metadata["uid"]),
      created: textOf(metadata["creationTimestamp"]),
      ...endpoint,
      ...annotations,
      secretName: secretNameOf(spec),
      labels: labelsOf(metadata["labels"]),
    };
    return { value, problems };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { value: null, problems: [problem("ClusterConfigMalformed", error.message), ...problems] };
  }
}

const PLAIN = "spec.apiEndpoint is http://: everybody on the way can read the token";

function readEndpoint(spec: Readonly<Record<string, unknown>>): MemberEndpoint {
  return {
    apiEndpoint: apiEndpointOf(spec["apiEndpoint"]),
    caBundle: caBundleOf(spec["caBundle"]),
    proxyURL: proxyOf(spec["proxyURL"]),
    disabledTLSValidations: validationsOf(spec["disabledTLSValidations"]),
  };
}

function apiEndpointOf(value: unknown): string {
  const url = typeof value === "string" && value.length <= URL_MAX_CHARACTERS ? URL.parse(value) : null;
  const isSound =
    url !== null &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (isSound) return url.href;
  const form = "write http(s)://HOST[:PORT][/PATH]";
  throw new Mistake(`spec.apiEndpoint is ${quoted(value)}, which is no URL of an API server; ${form}`);
}

function caBundleOf(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || value.length > CA_MAX_CHARACTERS)
    throw new Mistake("spec.caBundle is no base64 text of at most 256 kB; write the CA certificate into it");
  const pem = Buffer.from(value, "base64").toString("latin1");
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0)
    throw new Mistake("spec.caBundle holds no certificate; write the base64 form of a PEM file into it");
  for (const one of certificates) requireCertificate(one);
  return `${certificates.join("\n")}\n`;
}

function requireCertificate(pem: string): void {
  try {
    void new X509Certificate(pem);
  } catch (error) {
    const cure = "replace it by the CA certificate of the member";
    throw new Mistake(`spec.caBundle holds a certificate that is damaged (${messageOf(error)}); ${cure}`);
  }
}

function proxyOf(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  const parsed = parseProxyUrl(value);
  if ("url" in parsed) return parsed.url.href;
  throw new Mistake(`spec.proxyURL ${parsed.problem}`);
}

function validationsOf(value: unknown): readonly TlsValidation[] {
  const listed: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const known = TLS_VALIDATIONS.filter((one) => listed.includes(one));
  const unknown = listed.find((one) => !known.some((word) => word === one));
  if (unknown !== undefined)
    throw new Mistake(
      `spec.disabledTLSValidations has ${quoted(unknown)}; there are ${TLS_VALIDATIONS.map(quoted).join(", ")}`,
    );
  if (known.includes("*") && known.length > 1)
    throw new Mistake('spec.disabledTLSValidations has "*" and others; "*" must be the only one');
  if (known.includes("ValidityPeriod"))
    throw new Mistake(
      'spec.disabledTLSValidations has "ValidityPeriod", which fedns cannot leave out alone; renew the certificate of the API server, or use "*", which leaves out all checks',
    );
  return known;
}

function secretNameOf(spec: Readonly<Record<string, unknown>>): string {
  const reference = spec["secretRef"];
  const name = isRecord(reference) ? reference["name"] : undefined;
  if (typeof name === "string" && NAME.test(name)) return name;
  const cure = "name the Secret with the member's token in spec.secretRef.name, or run fedns join";
  throw new Mistake(
    name === undefined || name === ""
      ? `spec.secretRef names no Secret; ${cure}`
      : `spec.secretRef.name is ${quoted(name)}, which is no name of a Secret; ${cure}`,
  );
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isRecord(value) ? value : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function sectionsOf(object: unknown) {
  const fields = isRecord(object) ? object : {};
  const section = (name: string): Record<string, unknown> => {
    const value = fields[name];
    return isRecord(value) ? value : {};
  };
  return { metadata: section("metadata"), spec: section("spec") };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
