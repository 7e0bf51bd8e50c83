/** What a person has to know about a FederatedTypeConfig or a KubeFedCluster: to the log, and as an Event, once. */
import { CORE_GROUP, CORE_VERSION } from "../../fleet/host-objects/host-types.ts";
import { type EventWords, writeEventAbout } from "../../fleet/objects/event.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { HostAccess } from "../../propagate/retire/held-objects.ts";

type HostSubject = {
  readonly kind: "FederatedTypeConfig" | "KubeFedCluster";
  readonly name: string;
  /** "" = not known. */
  readonly uid: string;
};

type HostEventsOptions = HostAccess & {
  /** That of the control plane. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
};

export class HostEvents {
  readonly #options: HostEventsOptions;
  /** What was told last, by object and reason. */
  readonly #told = new Map<string, string>();

  constructor(options: HostEventsOptions) {
    this.#options = options;
  }

  /** Does not wait, and never throws. */
  tell(about: HostSubject, said: EventWords): void {
    const key = `${about.kind}\0${about.name}\0${about.uid}\0${said.reason}`;
    if (this.#told.get(key) === said.message) return;
    this.#told.set(key, said.message);
    const { kind, name } = about;
    this.#options.log.warn({ object: `${kind} ${name}`, ...said }, "an object of the host needs attention");
    void this.#write(about, said);
  }

  async #write(about: HostSubject, said: EventWords): Promise<void> {
    const { transport, namespace, signal, clock, log } = this.#options;
    const subject = { ...about, apiVersion: `${CORE_GROUP}/${CORE_VERSION}`, namespace };
    try {
      await writeEventAbout(transport, subject, said, { wallMs: clock.wallMs(), signal });
    } catch (error) {
      if (!signal.aborted)
        log.warn(errorFields(error), "an Event about an object of the host is not written");
    }
  }
}
