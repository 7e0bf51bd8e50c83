/** The webhooks of a server, and the question to all of them that a write concerns. */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import { WEBHOOK_TIMEOUT_MS, deniedBy, failedWebhook } from "./webhook.ts";
import type { AdmissionAnswer, AdmissionRequest, Webhook } from "./webhook.ts";

export class WebhookTable {
  readonly #clock: Clock;
  readonly #configured: () => readonly Webhook[];
  #own: readonly Webhook[] = [];

  /** `configured` lists the webhooks of the configurations that the server has at the moment. */
  constructor(clock: Clock, configured: () => readonly Webhook[]) {
    this.#clock = clock;
    this.#configured = configured;
  }

  /** Returns the removal. */
  add(webhook: Webhook): () => void {
    this.#own = [...this.#own, webhook];
    return () => {
      this.#own = this.#own.filter((one) => one !== webhook);
    };
  }

  /** Those that a write concerns. Configurations of webhooks are never subject to webhooks. */
  matching(request: AdmissionRequest): readonly Webhook[] {
    if (request.resource.group === "admissionregistration.k8s.io") return [];
    return [...this.#own, ...this.#configured()].filter(({ when }) => when?.(request) ?? true);
  }

  /** Whether any webhook exists, so that writes need not be prepared for them otherwise. */
  get isEmpty(): boolean {
    return this.#own.length === 0 && this.#configured().length === 0;
  }

  /** Returns the object that is to be written; throws the refusal of a hook. `warn` receives their warnings. */
  async ask(
    request: AdmissionRequest,
    warn: (texts: readonly string[]) => void,
  ): Promise<KubeObject | undefined> {
    let { object } = request;
    for (const kind of ["mutating", "validating"] as const) {
      const asked = { ...request, ...(object && { object }) };
      for (const hook of this.matching(asked)) {
        if (hook.kind !== kind) continue;
        const answer = await this.#askOne(hook, { ...request, ...(object && { object }) });
        if (!answer) continue;
        if (!answer.isAllowed) throw deniedBy(hook.name, answer);
        warn(answer.warnings ?? []);
        if (kind === "mutating" && answer.object) ({ object } = answer);
      }
    }
    return object;
  }

  /** Undefined where a hook does not answer and its policy is to ignore that. */
  async #askOne(hook: Webhook, request: AdmissionRequest): Promise<AdmissionAnswer | undefined> {
    const { timeoutMs = WEBHOOK_TIMEOUT_MS, failurePolicy = "Fail" } = hook;
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(timeoutMs, () => reject(new Error("context deadline exceeded")));
    });
    try {
      return await Promise.race([hook.ask(request), late]);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (failurePolicy === "Ignore") return undefined;
      throw failedWebhook(hook.name, messageOf(error));
    } finally {
      cancel();
    }
  }
}
