/** Authentication by client certificate or bearer token. Anonymous requests reach only the public paths. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";
import type { KubeObject } from "../object/object.ts";
import { administrator } from "../object/user.ts";
import type { User } from "../object/user.ts";
import type { ObjectRef } from "../store/objects.ts";
import { API_AUDIENCE, accountUser } from "../tls/token.ts";
import type { TokenClaims, TokenIssuer } from "../tls/token.ts";

/** Tokens and their users. A user that is only a name is an administrator. */
export type UserTokens = Readonly<Record<string, string | User>>;

type Identified = { readonly user: User; readonly audiences: readonly string[] };

export type Authenticator = {
  /** Replaces all accepted tokens, except those of service accounts. */
  readonly setTokens: (tokens: UserTokens) => void;
  /** The user of a token for one of these audiences, and the audiences that they have in common. */
  readonly identify: (token: string, audiences: readonly string[]) => Identified | undefined;
  /** The user of a request, or undefined where it is not authenticated. */
  readonly authenticate: (request: IncomingMessage) => User | undefined;
};

type AuthenticatorOptions = {
  readonly tokens: UserTokens;
  readonly issuer: TokenIssuer;
  readonly clock: Clock;
  readonly find: (ref: ObjectRef) => KubeObject | undefined;
};

const openPaths = new Set(["/livez", "/readyz", "/healthz", "/version"]);

export function isPublicPath(path: string): boolean {
  return openPaths.has(path);
}

export function createAuthenticator({ tokens, issuer, clock, find }: AuthenticatorOptions): Authenticator {
  let known: readonly { readonly digest: Buffer; readonly user: User }[] = [];
  const setTokens = (next: UserTokens): void => {
    known = Object.entries(next).map(([token, user]) => ({
      digest: digest(token),
      user: typeof user === "string" ? administrator(user) : user,
    }));
  };
  const isAlive = ({ namespace, account, bound }: TokenClaims): boolean => {
    const named = [{ kind: "ServiceAccount", ...account }, ...(bound ? [bound] : [])];
    return named.every(
      ({ kind, name, uid }) => find({ apiVersion: "v1", kind, namespace, name })?.metadata.uid === uid,
    );
  };
  const identify = (token: string, audiences: readonly string[]): Identified | undefined => {
    const asked = digest(token);
    const user = known.find((entry) => timingSafeEqual(entry.digest, asked))?.user;
    if (user) return { user, audiences };
    const claims = issuer.read(token);
    if (!claims || claims.expiresMs <= clock.wallMs() || !isAlive(claims)) return undefined;
    const isForAll = claims.audiences.length === 0;
    const common = isForAll ? audiences : audiences.filter((one) => claims.audiences.includes(one));
    return common.length === 0 ? undefined : { user: accountUser(claims), audiences: common };
  };
  setTokens(tokens);
  return {
    setTokens,
    identify,
    authenticate(request) {
      const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
      return (
        userOfCertificate(request) ??
        (token === undefined ? undefined : identify(token, [API_AUDIENCE])?.user)
      );
    },
  };
}

/** The common name is the user, the organisations are the groups. */
function userOfCertificate({ socket }: IncomingMessage): User | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN, O } = (socket.getPeerCertificate().subject ?? {}) as Readonly<
    Record<string, string | readonly string[] | undefined>
  >;
  const [name] = listOf(CN);
  return name === undefined ? undefined : { name, groups: listOf(O) };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
