/** Questions of the check: one question to one server, with the outcome as a value. */
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { type DnsServer, queryServer, queryWithTcpFallback } from "../../fleet/resolve/dns-client.ts";
import { typeCode } from "../../dns/rdata/types.ts";
import { type ReplyFacts, replyFacts } from "./reply.ts";

export type AskOptions = {
  /** "auto": UDP, and TCP when the response is truncated. */
  readonly transport: "udp" | "tcp" | "auto";
  /** True for a resolver. */
  readonly recursive: boolean;
  readonly timeoutMs: number;
  readonly edns?: boolean;
};

/** `unreachable`: this machine has no route to the server. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: ReplyFacts }
  | { readonly kind: "silent" | "unreachable"; readonly why: string };

/** Two tries: one datagram may be lost. */
const TRIES = 2;
const NO_ROUTE = ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"];

export async function ask(
  server: DnsServer,
  name: string,
  type: string,
  options: AskOptions,
): Promise<Outcome> {
  const { transport, recursive, edns = true } = options;
  const question = { name, type: typeCode(type) ?? 0, recursive, options: edns ? [] : null };
  for (let attempt = 1; ; attempt++) {
    const signal = AbortSignal.timeout(options.timeoutMs);
    try {
      const reply =
        transport === "auto"
          ? await queryWithTcpFallback(question, server, signal)
          : await queryServer(question, server, transport, signal);
      return { kind: "reply", reply: replyFacts(reply) };
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      const isUnreachable = NO_ROUTE.some((code) => hasCode(error.cause, code));
      if (isUnreachable) return { kind: "unreachable", why: "this machine has no route to it" };
      if (attempt === TRIES) return { kind: "silent", why: messageOf(error) };
    }
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
