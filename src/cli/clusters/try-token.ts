/** Whether a member still accepts a token of its account. */
import type { Clock } from "../../kernel/clock.ts";
import { Transport } from "../../fleet/kube/transport.ts";
import { accountOfToken, expiryOfToken } from "../../fleet/credentials/bearer-token.ts";
import { tlsMaterial } from "../../fleet/kube/credentials.ts";
import type { Subject } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";

type TrialOptions = {
  readonly token: string;
  readonly account: Subject;
  readonly lifetime: { readonly wallMs: number; readonly wantedSeconds: number };
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** True for a token of this account that is accepted now, and for at least half of the wanted time. */
export async function acceptsToken(member: ClusterConnection, options: TrialOptions): Promise<boolean> {
  const { token, account, lifetime, clock, signal } = options;
  const owner = accountOfToken(token);
  if (owner !== null && (owner.namespace !== account.namespace || owner.name !== account.name)) return false;
  const expiresMs = expiryOfToken(token);
  if (expiresMs !== null && expiresMs - lifetime.wallMs < lifetime.wantedSeconds * 500) return false;
  const transport = new Transport({ clock, random: Math.random });
  const { server, proxy, identity, tls, warnings } = member.credentials;
  const own = tlsMaterial({ ...tls, cert: null, key: null, passphrase: null });
  transport.adopt({
    server,
    proxy,
    identity,
    files: [],
    tls: own,
    warnings,
    authenticate: () => Promise.resolve({ tls: own, headers: ["authorization", `Bearer ${token}`] }),
    renew: () => Promise.resolve(false),
  });
  try {
    // What the account may always read.
    await transport.request({ path: "/api/v1/namespaces", query: { limit: 1 }, signal });
    return true;
  } catch {
    return false;
  } finally {
    transport.close();
  }
}
