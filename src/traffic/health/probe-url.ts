/**
 * The URL of a probe: `https://:8443/healthz`, `http://example.org:8080/ok?x=1`, `tcp://:443`,
 * `tls://example.org:443`, `grpc://:9090/my.Service`, `grpcs://`.
 *
 *     SCHEME :// [HOST] [:PORT] [/PATH]
 *
 * The host sets only the Host header and SNI: probes connect to the address that is returned to clients. The text is not
 * trusted: its length is bounded, and it has no credentials and no escapes.
 */
import { isAddress, isDnsName } from "../../kernel/literal.ts";
import { type ProbeQuestion, DEFAULT_CODES, defaultPort } from "./probe-spec.ts";

/** More than any health path has; the key of the target and each request carry it. */
const URL_CHARACTERS_MAX = 1024;
const SERVICE_CHARACTERS_MAX = 255;

/** The request, or a sentence that says how to correct the text. */
type ParsedUrl = { readonly question: ProbeQuestion } | { readonly problem: string };

const KINDS: readonly ProbeQuestion["kind"][] = ["tcp", "tls", "http", "https", "grpc", "grpcs"];
const EXAMPLE = "like https://:8443/healthz, tcp://:443 or grpc://:9090/my.Service";

export function parseProbeUrl(text: string): ParsedUrl {
  if (text.length > URL_CHARACTERS_MAX)
    return { problem: `must be at most ${URL_CHARACTERS_MAX} characters` };
  const end = text.indexOf("://");
  const kind = KINDS.find((one) => one === text.slice(0, Math.max(0, end)).toLowerCase());
  if (kind === undefined)
    return { problem: `must begin with one of ${KINDS.join(", ")} and ://, ${EXAMPLE}` };
  const rest = text.slice(end + 3);
  const slash = rest.search(/[/?#]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? "" : rest.slice(slash);
  const target = parseAuthority(authority, kind);
  if ("problem" in target) return target;
  const problem = pathProblem(path, kind);
  if (problem !== null) return { problem };
  return { question: questionOf(kind, target, path) };
}

type ProbeAuthority = { readonly host: string | null; readonly port: number };

function parseAuthority(
  authority: string,
  kind: ProbeQuestion["kind"],
): ProbeAuthority | { readonly problem: string } {
  if (authority.includes("@"))
    return { problem: "must not carry a user or password: probes send none; remove what is before the @" };
  const colon = authority.startsWith("[")
    ? authority.indexOf(":", authority.indexOf("]"))
    : authority.indexOf(":");
  const host = (colon < 0 ? authority : authority.slice(0, colon)).toLowerCase();
  const digits = colon < 0 ? "" : authority.slice(colon + 1);
  if (isAddress(host.replace(/^\[|\]$/g, "")))
    return {
      problem: `must not name an address: each address handed out is probed itself; write ${kind}://:${digits || "PORT"}`,
    };
  if (host !== "" && !isDnsName(host))
    return { problem: `must have a DNS name or nothing between // and the port, ${EXAMPLE}` };
  if (host !== "" && kind === "tcp")
    return { problem: `must not have a host: TCP sends no name; write tcp://:${digits || "PORT"}` };
  const port = digits === "" && colon < 0 ? defaultPort(kind) : /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port === null) return { problem: `must have a port; write ${kind}://${host}:PORT` };
  if (port < 1 || port > 65_535) return { problem: "must have a port from 1 to 65535 after the colon" };
  return { host: host === "" ? null : host, port };
}

function pathProblem(path: string, kind: ProbeQuestion["kind"]): string | null {
  if (path.includes("#")) return "must not have a # part: it is never sent";
  if (kind === "http" || kind === "https")
    return /^(\/[\x21-\x7e]*)?$/.test(path)
      ? null
      : "must have a path of printable ASCII that begins with /; write a space as %20";
  if (kind === "grpc" || kind === "grpcs") {
    const isService = /^(\/[A-Za-z0-9._/-]*)?$/.test(path) && path.length <= SERVICE_CHARACTERS_MAX;
    return isService
      ? null
      : "must have a gRPC service of letters, digits, . _ - and / after the port, like /my.Service";
  }
  return path === ""
    ? null
    : `must end after the port: ${kind} asks nothing more; for a path use http or https`;
}

function questionOf(
  kind: ProbeQuestion["kind"],
  { host, port }: ProbeAuthority,
  path: string,
): ProbeQuestion {
  switch (kind) {
    case "tcp":
      return { kind, port };
    case "tls":
      return { kind, port, host, isVerified: false };
    case "http":
    case "https":
      return { kind, port, host, isVerified: false, path: path || "/", codes: DEFAULT_CODES, body: null };
    default:
      return { kind, port, host, isVerified: false, service: path.slice(1) };
  }
}
