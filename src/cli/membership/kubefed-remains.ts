/** What an installed KubeFed leaves in the host: webhooks that refuse writes when its server is gone, and the lock of its manager. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { LEASE_DURATION_MS } from "../../fleet/lease/elector.ts";
import type { LeaseRecord } from "../../fleet/lease/lease-record.ts";

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

/**
 * Whether the manager still renews its lock, by the clock of this machine: a command has no time to watch. A running fedns
 * watches, and needs no clock that agrees.
 */
export function isFreshLock({ holder, renewTime, durationSeconds }: LeaseRecord, wallMs: number): boolean {
  const ageMs = wallMs - Date.parse(renewTime);
  return holder !== "" && ageMs < Math.max(durationSeconds * 1000, LEASE_DURATION_MS);
}
