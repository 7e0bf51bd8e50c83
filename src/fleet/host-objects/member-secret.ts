/** The Secret of a KubeFedCluster, parsed: the bearer token with which a member is reached first. Pure. */
import { isRecord } from "../kube/kube-error.ts";

/** Tokens of service accounts have about 1000 characters; header fields of 8 kB are refused by many servers. */
const TOKEN_MAX_CHARACTERS = 8_000;

export type SecretContent = { readonly token: string } | { readonly problem: string };

/** `problem` ends with the cure. Never throws, and never repeats a part of the Secret. */
export function parseMemberSecret(object: unknown): SecretContent {
  const data = isRecord(object) && isRecord(object["data"]) ? object["data"] : {};
  const coded = data["token"];
  if (coded === undefined) {
    const others = Object.keys(data)
      .filter((key) => /^[-._a-zA-Z0-9]{1,63}$/.test(key))
      .slice(0, 8);
    const has = others.length === 0 ? "it is empty" : `it has ${others.join(", ")}`;
    return { problem: `has no key token (${has}); write the token of the member's service account there` };
  }
  const token = typeof coded === "string" ? Buffer.from(coded, "base64").toString("utf8").trim() : "";
  // A control character would break the header, and an empty token would make requests anonymous.
  if (token === "") return { problem: "has an empty token; run fedns join again, or write one" };
  if (token.length > TOKEN_MAX_CHARACTERS || !/^[\x21-\x7e]+$/.test(token))
    return { problem: "has a token that is no text for an HTTP header; write the token itself, in base64" };
  return { token };
}
