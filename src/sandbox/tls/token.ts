/** Bearer tokens of service accounts: issued and read here, and valid for as long as what they name exists. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isObject, numberAt, objectAt, textAt, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { User } from "../object/user.ts";

/** The audience of the API server itself. */
export const API_AUDIENCE = "https://kubernetes.default.svc";

type NamedObject = { readonly name: string; readonly uid: string };

export type TokenSubject = {
  readonly namespace: string;
  readonly account: NamedObject;
  /** A token can be bound to an object besides its account, and ends with it. */
  readonly bound?: NamedObject & { readonly kind: string };
};

/** The content of a token. One that was made for a Secret has no audiences and does not expire. */
export type TokenClaims = TokenSubject & {
  readonly audiences: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresMs: number;
};

export function accountUser({ namespace, account }: TokenSubject): User {
  const name = `system:serviceaccount:${namespace}:${account.name}`;
  return {
    name,
    uid: account.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}

/** JSON Web Tokens, signed with a key that lasts as long as the server. */
export class TokenIssuer {
  readonly #key = randomBytes(32);

  issue(claims: TokenClaims, nowMs: number): string {
    const { namespace, account, bound, audiences, expiresMs } = claims;
    const part = bound && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } };
    const seconds = (ms: number): number => Math.floor(ms / 1000);
    const isBound = Number.isFinite(expiresMs);
    return this.#sign({
      iss: API_AUDIENCE,
      sub: accountUser(claims).name,
      "kubernetes.io": { namespace, serviceaccount: account, ...part },
      ...(isBound && {
        aud: audiences,
        exp: seconds(expiresMs),
        iat: seconds(nowMs),
        nbf: seconds(nowMs),
        jti: randomBytes(16).toString("hex"),
      }),
    });
  }

  /** Undefined for a token of another issuer. The caller checks time, audience and objects. */
  read(token: string): TokenClaims | undefined {
    const [head = "", body = "", signature = ""] = token.split(".");
    const wanted = Buffer.from(this.#signature(`${head}.${body}`));
    const found = Buffer.from(signature);
    if (wanted.length !== found.length || !timingSafeEqual(wanted, found)) return undefined;
    return readClaims(JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Json);
  }

  #sign(claims: JsonObject): string {
    const coded = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const content = `${coded({ alg: "HS256", typ: "JWT" })}.${coded(claims)}`;
    return `${content}.${this.#signature(content)}`;
  }

  #signature(content: string): string {
    return createHmac("sha256", this.#key).update(content).digest("base64url");
  }
}

function readClaims(claims: Json): TokenClaims {
  const own = isObject(claims) ? objectAt({ own: claims["kubernetes.io"] }, "own") : {};
  const kind = ["pod", "secret"].find((one) => isObject(own[one]));
  const named = (field: string): NamedObject => ({
    name: textAt(own, `${field}.name`),
    uid: textAt(own, `${field}.uid`),
  });
  const expires = numberAt(claims, "exp");
  return {
    namespace: textAt(own, "namespace"),
    account: named("serviceaccount"),
    ...(kind !== undefined && { bound: { kind: kind === "pod" ? "Pod" : "Secret", ...named(kind) } }),
    audiences: textsAt(claims, "aud"),
    expiresMs: expires === undefined ? Number.POSITIVE_INFINITY : expires * 1000,
  };
}
