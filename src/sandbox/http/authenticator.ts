/** Authentication by client certificate or bearer token. Anonymous requests reach only the public paths. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

export type Authenticator = {
  /** Replaces all accepted tokens: a map from token to user name. */
  readonly setTokens: (tokens: Readonly<Record<string, string>>) => void;
  /** Accepts one more token. */
  readonly addToken: (token: string, user: string) => void;
  readonly userOfToken: (token: string) => string | undefined;
  /** The user of a request, or undefined where it is not authenticated. */
  authenticate(request: IncomingMessage): string | undefined;
};

const openPaths = new Set(["/livez", "/readyz", "/healthz", "/version"]);

export function isPublicPath(path: string): boolean {
  return openPaths.has(path);
}

export function createAuthenticator(initial: Readonly<Record<string, string>>): Authenticator {
  let known: readonly { readonly digest: Buffer; readonly user: string }[] = [];
  const setTokens = (tokens: Readonly<Record<string, string>>): void => {
    known = Object.entries(tokens).map(([token, user]) => ({ digest: digest(token), user }));
  };
  const userOfToken = (token: string): string | undefined => {
    const asked = digest(token);
    return known.find((entry) => timingSafeEqual(entry.digest, asked))?.user;
  };
  setTokens(initial);
  return {
    setTokens,
    addToken(token, user) {
      known = [...known, { digest: digest(token), user }];
    },
    userOfToken,
    authenticate(request) {
      const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
      return userOfCertificate(request) ?? (token === undefined ? undefined : userOfToken(token));
    },
  };
}

function userOfCertificate({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN: name } = socket.getPeerCertificate().subject ?? {};
  return Array.isArray(name) ? name[0] : name;
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
