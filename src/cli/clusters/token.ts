/** The token of the member's account: from TokenRequest, or on older API servers from a Secret. */
import type { Clock } from "../../kernel/clock.ts";
import { pause } from "../../kernel/clock.ts";
import type { RequestOptions } from "../../fleet/kube/transport.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { objectPath } from "../../fleet/objects/object-path.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { BUILT_IN, type PlannedObject, type Subject } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";
import type { StepRunner } from "./runner.ts";
import { stepError, stepRefused } from "./step-error.ts";

type AccountToken = {
  readonly token: string;
  /** Wall time; null = it does not expire. */
  readonly expiresMs: number | null;
};

type TokenOptions = {
  readonly runner: StepRunner;
  readonly account: Subject;
  /** For API servers without TokenRequest. */
  readonly secret: PlannedObject;
  readonly lifetimeSeconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

const SECRET_WAIT_MS = 30_000;
const SECRET_LOOK_MS = 200;

export async function accountToken(member: ClusterConnection, options: TokenOptions): Promise<AccountToken> {
  const { account, lifetimeSeconds, runner } = options;
  const step = tokenStep(member.name, account);
  try {
    const { token, expires } = await requestToken(member, account, lifetimeSeconds, runner.writing);
    const expiresMs = expires === null ? Number.NaN : Date.parse(expires);
    return { token, expiresMs: Number.isNaN(expiresMs) ? null : expiresMs };
  } catch (error) {
    if (refusalOf(error, { plural: "serviceaccounts" }).kind !== "kind-not-served")
      throw stepError(step, error, "serviceaccounts");
    runner.note(`${member.name} does not offer TokenRequest: its token is in a Secret and does not expire`);
    return await tokenFromSecret(member, options);
  }
}

/** By TokenRequest. Throws as `Transport.request` does. `expires`: as the API server says it; null = it does not. */
export async function requestToken(
  { name, transport }: ClusterConnection,
  account: Subject,
  expirationSeconds: number,
  options: Pick<RequestOptions, "permit" | "signal">,
): Promise<{ readonly token: string; readonly expires: string | null }> {
  const { json } = await transport.request({
    method: "POST",
    path: `${objectPath({ ...account, resource: BUILT_IN.ServiceAccount })}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds } },
    ...options,
  });
  const status = isRecord(json) && isRecord(json["status"]) ? json["status"] : {};
  const { token, expirationTimestamp } = status;
  if (typeof token !== "string" || token === "")
    throw stepRefused(
      tokenStep(name, account),
      "the answer has no token; is a proxy between here and the API server?",
    );
  return { token, expires: typeof expirationTimestamp === "string" ? expirationTimestamp : null };
}

export function tokenStep(member: string, { namespace, name }: Subject): string {
  return `${member}: token of ServiceAccount ${namespace}/${name}`;
}

async function tokenFromSecret(member: ClusterConnection, options: TokenOptions): Promise<AccountToken> {
  const { runner, secret, clock, signal } = options;
  await runner.apply(member, secret);
  const endMs = clock.nowMs() + SECRET_WAIT_MS;
  for (let look = 1; ; look++) {
    if (look === 2) runner.note(`waiting for the token in the Secret, up to ${SECRET_WAIT_MS / 1000} s`);
    const filled = await runner.read(member, "Secret", secret.key);
    const data = isRecord(filled?.["data"]) ? filled["data"] : {};
    if (typeof data["token"] === "string")
      return { token: Buffer.from(data["token"], "base64").toString("utf8"), expiresMs: null };
    if (clock.nowMs() >= endMs)
      throw stepRefused(
        `${member.name}: Secret ${secret.key.namespace}/${secret.key.name}`,
        `no token was put into it within ${SECRET_WAIT_MS / 1000} s; check the controller manager of the cluster`,
      );
    await pause(clock, SECRET_LOOK_MS, signal);
  }
}
