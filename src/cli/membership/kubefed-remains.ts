/** What an installed KubeFed leaves in the host: webhooks that refuse writes when its server is gone, and the lock of its manager. */
import { isRecord } from "../../fleet/kube/kube-error.ts";

/** The name of the lock in the system namespace, an annotation of a ConfigMap or Endpoints, or a Lease. */
export const LOCK_NAME = "kubefed-controller-manager";
const LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader";
/** KubeFed's default, for records that do not say. */
const LEASE_DURATION_SECONDS = 15;
const WEBHOOK_NAME = /\.core\.kubefed\.io$/;

/** True for a ValidatingWebhookConfiguration or MutatingWebhookConfiguration all of whose webhooks are KubeFed's. */
export function isKubeFedWebhook(configuration: unknown): boolean {
  const webhooks: unknown = isRecord(configuration) ? configuration["webhooks"] : undefined;
  return (
    Array.isArray(webhooks) &&
    webhooks.length > 0 &&
    webhooks.every(
      (webhook) =>
        isRecord(webhook) && typeof webhook["name"] === "string" && WEBHOOK_NAME.test(webhook["name"]),
    )
  );
}

export type Lock = { readonly holder: string; readonly renewedMs: number; readonly durationMs: number };

/** The lock in a Lease, or in the annotation of a ConfigMap or Endpoints; null: there is none, or nobody holds it. */
export function lockIn(object: unknown): Lock | null {
  if (!isRecord(object)) return null;
  const { spec, metadata } = object;
  if (isRecord(spec) && spec["holderIdentity"] !== undefined) return lockOf(spec);
  const annotations = isRecord(metadata) && isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const text = annotations[LEADER_ANNOTATION];
  return typeof text === "string" ? lockOf(parsed(text)) : null;
}

/** KubeFed's manager gives the lock up when it ends, or stops renewing it. */
export function isFresh({ renewedMs, durationMs }: Lock, wallMs: number): boolean {
  return wallMs - renewedMs < durationMs;
}

function lockOf(record: unknown): Lock | null {
  if (!isRecord(record)) return null;
  const { holderIdentity, renewTime, leaseDurationSeconds } = record;
  const renewedMs = typeof renewTime === "string" ? Date.parse(renewTime) : Number.NaN;
  if (typeof holderIdentity !== "string" || holderIdentity === "" || Number.isNaN(renewedMs)) return null;
  const seconds = typeof leaseDurationSeconds === "number" ? leaseDurationSeconds : LEASE_DURATION_SECONDS;
  return { holder: holderIdentity, renewedMs, durationMs: seconds * 1000 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
