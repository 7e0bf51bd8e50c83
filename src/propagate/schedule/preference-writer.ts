/** Tells people what becomes of their preferences: in the status, and as an Event where the definition has no room for it. */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import { isJsonRecord } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { ChangedWrites } from "../../fleet/objects/changed-writes.ts";
import { writeEventAbout } from "../../fleet/objects/event.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { PREFERENCES } from "./preference.ts";
import type { KnownPreference } from "./preference-watch.ts";
import {
  isStoredStatus,
  type PreferenceState,
  type PreferenceStatus,
  preferenceStatus,
} from "./preference-status.ts";

type PreferenceWriterOptions = {
  /** Of the host. */
  readonly transport: Transport;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

const [VERSION] = PREFERENCES.versions;
const RESOURCE = { group: PREFERENCES.group, version: VERSION, plural: PREFERENCES.plural };

export class PreferenceWriter {
  readonly #options: PreferenceWriterOptions;
  readonly #writes: ChangedWrites;
  /** What was told as an Event last, by uid. */
  readonly #told = new Map<string, string>();

  constructor(options: PreferenceWriterOptions) {
    this.#options = options;
    this.#writes = new ChangedWrites(options.clock);
  }

  /** All that there are; one with a state null is not told of yet. Does not wait. */
  tell(states: ReadonlyMap<KnownPreference, PreferenceState | null>): void {
    this.#writes.keepOnly(new Set([...states.keys()].map(({ key }) => key)));
    const uids = new Set([...states.keys()].map(({ uid }) => uid));
    for (const uid of this.#told.keys()) if (!uids.has(uid)) this.#told.delete(uid);
    for (const [preference, state] of states) if (state !== null) void this.#tell(preference, state);
  }

  async #tell(preference: KnownPreference, state: PreferenceState): Promise<void> {
    const { transport, permit, signal, clock } = this.#options;
    const { key, uid, generation, status: stored } = preference;
    const status = preferenceStatus(state, { generation, stored, nowMs: clock.wallMs() });
    const [namespace = "", name = ""] = key.split("/");
    const options = { permit, signal, subresource: "status", purpose: "status" } as const;
    const patch = { metadata: { uid }, status };
    await this.#writes.write(key, JSON.stringify([uid, generation, wordsIn(status)]), {
      isThere: isStoredStatus(status, stored),
      plural: RESOURCE.plural,
      send: async () => {
        const written = await mergePatch(
          transport,
          { resource: RESOURCE, namespace, name },
          patch,
          options,
        ).catch(noStatus);
        if (!hasRoom(written?.object["status"])) await this.#tellAsEvent(preference, status);
      },
    });
  }

  async #tellAsEvent({ key, uid }: KnownPreference, { conditions }: PreferenceStatus): Promise<void> {
    const { transport, signal, clock, log } = this.#options;
    const [{ status, reason, message }] = conditions;
    if (status === "True" && reason === "Scheduled") return;
    if (this.#told.get(uid) === message) return;
    this.#told.set(uid, message);
    const [namespace = "", name = ""] = key.split("/");
    const apiVersion = `${PREFERENCES.group}/${VERSION}`;
    const about = { apiVersion, kind: "ReplicaSchedulingPreference", namespace, name, uid };
    try {
      await writeEventAbout(transport, about, { reason, message }, { wallMs: clock.wallMs(), signal });
    } catch (error) {
      if (!signal.aborted) log.warn(errorFields(error), "an Event about a preference is not written");
    }
  }
}

/** All but the time, which alone is no reason to write. */
function wordsIn({ conditions, clusters }: PreferenceStatus): unknown {
  const [{ status, reason, message }] = conditions;
  return [status, reason, message, clusters];
}

function hasRoom(stored: unknown): boolean {
  return isJsonRecord(stored) && Array.isArray(stored["conditions"]);
}

/** A definition may have no status at all. */
function noStatus(error: unknown): null {
  if (error instanceof KubeError && error.status === 404) return null;
  throw error;
}
