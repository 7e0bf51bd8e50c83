/** The request of a probe, and its timing. */
import type { Thresholds } from "./probe-history.ts";

/** Numbers from..to, both inclusive. */
export type CodeRange = readonly [from: number, to: number];

/**
 * The request of a probe. It has no address: a probe connects to the address that is returned to clients, and never looks
 * up a name. `host`: the Host header and the name asked for in TLS (SNI); null = the address, and no SNI.
 * `isVerified`: the certificate must be valid for `host`; otherwise any will do.
 */
export type ProbeQuestion =
  | { readonly kind: "tcp"; readonly port: number }
  | {
      readonly kind: "tls";
      readonly port: number;
      readonly host: string | null;
      readonly isVerified: boolean;
    }
  | {
      readonly kind: "http" | "https";
      readonly port: number;
      readonly host: string | null;
      readonly isVerified: boolean;
      /** Path and query. */
      readonly path: string;
      /** Status codes that are good. */
      readonly codes: readonly CodeRange[];
      /** Must be in the first 5,120 octets of the body (as Route 53 has it); null = anything. */
      readonly body: string | null;
    }
  | {
      readonly kind: "grpc" | "grpcs";
      readonly port: number;
      readonly host: string | null;
      readonly isVerified: boolean;
      /** Of grpc.health.v1; "" = the server as a whole. */
      readonly service: string;
    };

export type ProbeTiming = Thresholds & { readonly intervalMs: number; readonly timeoutMs: number };

export type ProbeSpec = { readonly question: ProbeQuestion; readonly timing: ProbeTiming };

export const DEFAULT_CODES: readonly CodeRange[] = [[200, 399]];

const DEFAULT_PORTS: Readonly<Record<ProbeQuestion["kind"], number | null>> = {
  tcp: null,
  tls: 443,
  http: 80,
  https: 443,
  grpc: null,
  grpcs: 443,
};

export function defaultPort(kind: ProbeQuestion["kind"]): number | null {
  return DEFAULT_PORTS[kind];
}

/** The whole request as one line: "https://example.org:8443/healthz codes 200-299 verified". Equal only for equal requests. */
export function questionText(question: ProbeQuestion): string {
  if (question.kind === "tcp") return `tcp://:${question.port}`;
  const path =
    question.kind === "tls"
      ? ""
      : "path" in question
        ? question.path
        : question.service && `/${question.service}`;
  const url = `${question.kind}://${question.host ?? ""}:${question.port}${path}`;
  const options = question.isVerified ? ["verified"] : [];
  if ("codes" in question) {
    const codes = codesText(question.codes);
    if (codes !== codesText(DEFAULT_CODES)) options.push(`codes ${codes}`);
    if (question.body !== null) options.push(`body ${JSON.stringify(question.body)}`);
  }
  return [url, ...options].join(" ");
}

function codesText(codes: readonly CodeRange[]): string {
  return codes.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}
