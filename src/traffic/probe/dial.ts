/** A connection to the very address that is probed: TCP, and TLS on top where it is asked for. Names are never looked up. */
import { assert } from "../../kernel/error.ts";
import { connect as connectTcp, isIPv6, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { isAddress } from "../../kernel/literal.ts";
import type { DenialOf } from "./denial.ts";
import { DeniedError } from "./outcome.ts";

export type Dialing = {
  readonly address: string;
  readonly port: number;
  /** Asked before anything is sent. */
  readonly denialOf: DenialOf;
  /** Null = plain TCP. */
  readonly tls: TlsDialing | null;
};

type TlsDialing = {
  /** Sent as SNI, and what the certificate is checked against; null = none is sent. */
  readonly host: string | null;
  readonly isVerified: boolean;
  /** Protocols offered (ALPN); empty = the extension is not sent. */
  readonly protocols: readonly string[];
  readonly secureContext: SecureContext;
};

/** One context for all probes: reading the authorities anew for each would cost more than the handshake. */
export function probeContext(authorities: readonly string[]): SecureContext {
  return createSecureContext(authorities.length === 0 ? {} : { ca: [...authorities] });
}

/**
 * Resolves when the connection (and the handshake) is made; the caller destroys the socket. Rejects with DeniedError where no
 * probe may go, with the socket's error, or when `signal` aborts, and then nothing stays open.
 */
export function dial(dialing: Dialing, signal: AbortSignal): Promise<Socket> {
  assert(isAddress(dialing.address), "probes go to literal addresses");
  const denial = dialing.denialOf(dialing.address);
  if (denial !== null) return Promise.reject(new DeniedError(denial));
  return new Promise((resolve, reject) => {
    const socket = open(dialing);
    const settle = (error: Error | null): void => {
      signal.removeEventListener("abort", stop);
      socket.off("error", settle);
      socket.off("close", closed);
      // From here on errors only repeat what the reader of the socket sees as its end.
      socket.on("error", () => undefined);
      if (error === null) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(error);
    };
    const stop = (): void => {
      settle(new Error("aborted"));
    };
    const closed = (): void => {
      settle(new Error("connection closed"));
    };
    socket.on("error", settle);
    socket.on("close", closed);
    socket.once(dialing.tls === null ? "connect" : "secureConnect", () => {
      settle(null);
    });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
}

function open({ address, port, tls }: Dialing): Socket {
  const to = { host: address, port, family: isIPv6(address) ? 6 : 4 };
  if (tls === null) return connectTcp(to);
  return connectTls({
    ...to,
    servername: tls.host ?? "",
    rejectUnauthorized: tls.isVerified,
    secureContext: tls.secureContext,
    ...(tls.protocols.length === 0 ? {} : { ALPNProtocols: [...tls.protocols] }),
  });
}
