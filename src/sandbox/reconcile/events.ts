/** Events (core/v1) of controllers: repeated ones are counted, and the oldest are deleted. */
import type { Clock } from "../../kernel/clock.ts";
import { numberAt } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import type { ObjectClient, ObjectRef } from "../store/objects.ts";

export type EventNote = {
  /** The object that the event is about. */
  readonly about: KubeObject | ObjectRef;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** The controller that reports it. */
  readonly component: string;
};

/** For a demo: real servers keep events for an hour. */
const EVENTS_MAX = 200;

export class EventWriter {
  readonly #objects: ObjectClient;
  readonly #clock: Clock;
  /** By what they say, oldest first. */
  readonly #known = new Map<string, ObjectRef>();
  #serial = 0;

  constructor(objects: ObjectClient, clock: Clock) {
    this.#objects = objects;
    this.#clock = clock;
  }

  /** Does nothing where the object or its namespace is gone. */
  write(note: EventNote): void {
    const about = this.#objects.get("metadata" in note.about ? refIn(note.about) : note.about);
    if (!about) return;
    const { uid = "", namespace = "default", name } = about.metadata;
    const key = JSON.stringify([uid, note.reason, note.message]);
    const now = timestamp(this.#clock.wallMs());
    const known = this.#known.get(key);
    const old = known && this.#objects.get(known);
    if (old) {
      this.#objects.patch(known, { count: (numberAt(old, "count") ?? 1) + 1, lastTimestamp: now });
      return;
    }
    this.#serial += 1;
    const id = `${name.slice(0, 200)}.${this.#serial.toString(16).padStart(16, "0")}`;
    const ref = { apiVersion: "v1", kind: "Event", namespace, name: id };
    try {
      this.#objects.put({
        ...contentOf(note, about, now),
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: id, namespace },
      });
    } catch (error) {
      // The namespace is being deleted.
      if (error instanceof ApiError) return;
      throw error;
    }
    this.#known.set(key, ref);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [key, ref] of this.#known) {
      if (this.#known.size <= EVENTS_MAX) return;
      this.#known.delete(key);
      this.#objects.delete(ref);
    }
  }
}

function refIn({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

function contentOf(
  { type, reason, message, component }: EventNote,
  about: KubeObject,
  now: string,
): KubeObject {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  const { apiVersion, kind } = about;
  const place = namespace === undefined ? {} : { namespace };
  return {
    involvedObject: { apiVersion, kind, name, ...place, uid, resourceVersion },
    type,
    reason,
    message,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    eventTime: null,
    count: 1,
    reportingComponent: component,
    reportingInstance: "",
  } as unknown as KubeObject;
}
