/**
 * The probes themselves: each opens one connection to one address, asks one question, and closes it.
 *
 * | kind        | good is                                                                            |
 * |-------------|------------------------------------------------------------------------------------|
 * | tcp         | the connection is accepted                                                         |
 * | tls         | the handshake succeeds                                                             |
 * | http, https | the status is one of `codes`; redirects are not followed; `body` is in the beginning|
 * | grpc, grpcs | grpc.health.v1 says SERVING                                                        |
 *
 * Certificates are not checked unless the question says so: a probe tells whether data get through to the address,
 * and a name's certificate is seldom valid for all who probe. Answers are neither kept nor shown.
 */
import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { ProbeQuestion } from "../health/probe-spec.ts";
import { defaultPort } from "../health/probe-spec.ts";
import type { DenialOf } from "./denial.ts";
import { dial, type Dialing, probeContext } from "./dial.ts";
import { probeGrpc } from "./grpc-probe.ts";
import { probeHttp } from "./http-probe.ts";
import { bad, GOOD, outcomeOf, type ProbeOutcome, type Prober } from "./outcome.ts";

type ProberOptions = {
  /** Where no probe may go. */
  readonly denialOf: DenialOf;
  /** PEM, for probes that verify; empty = those of the runtime (NODE_EXTRA_CA_CERTS adds to them). */
  readonly authorities?: readonly string[];
};

/** Probes over real sockets. */
export function createProber(options: ProberOptions): Prober {
  const { denialOf } = options;
  const secureContext = probeContext(options.authorities ?? []);
  return async (question, address, signal) => {
    if (signal.aborted) return bad("aborted");
    let socket: Socket | null = null;
    try {
      socket = await dial({ ...dialingOf(question, address, secureContext), denialOf }, signal);
      return await untilAborted(ask(socket, question, address), socket, signal);
    } catch (error) {
      return signal.aborted ? bad("timed out") : outcomeOf(error);
    } finally {
      if (socket !== null) close(socket, question);
    }
  };
}

/** Ends what is asked by ending its socket; "timed out" wins over whatever that looks like to who is reading. */
async function untilAborted(
  answer: Promise<ProbeOutcome>,
  socket: Socket,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const stop = (): void => {
    socket.destroy();
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    const outcome = await answer;
    return signal.aborted && outcome.kind !== "good" ? bad("timed out") : outcome;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function dialingOf(
  question: ProbeQuestion,
  address: string,
  secureContext: SecureContext,
): Omit<Dialing, "denialOf"> {
  const { kind, port } = question;
  if (kind === "tcp" || kind === "http" || kind === "grpc") return { address, port, tls: null };
  const protocols = kind === "grpcs" ? ["h2"] : kind === "https" ? ["http/1.1"] : [];
  const { host, isVerified } = question;
  return { address, port, tls: { host, isVerified, protocols, secureContext } };
}

function ask(socket: Socket, question: ProbeQuestion, address: string): Promise<ProbeOutcome> {
  switch (question.kind) {
    case "tcp":
    case "tls":
      return Promise.resolve(GOOD);
    case "http":
    case "https":
      return probeHttp(socket, question, authorityOf(question, address));
    default: {
      if ("alpnProtocol" in socket && socket.alpnProtocol !== "h2")
        return Promise.resolve(bad("does not speak HTTP/2"));
      const scheme = question.kind === "grpc" ? "http" : "https";
      return probeGrpc(socket, {
        scheme,
        authority: authorityOf(question, address),
        service: question.service,
      });
    }
  }
}

/** The host as asked, else the address, with the port where it is not the scheme's own. */
function authorityOf(
  { kind, host, port }: Extract<ProbeQuestion, { readonly host: string | null }>,
  address: string,
): string {
  const name = host ?? (address.includes(":") ? `[${address}]` : address);
  return port === defaultPort(kind) ? name : `${name}:${port}`;
}

/**
 * After a mere connection a reset, which leaves no port waiting on either side. Otherwise an orderly end: a server that hears
 * half a TLS handshake writes an error into its log.
 */
function close(socket: Socket, question: ProbeQuestion): void {
  if (socket.destroyed) return;
  if (question.kind === "tcp") socket.resetAndDestroy();
  else socket.destroySoon();
}
