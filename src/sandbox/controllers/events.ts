/** Reports what happens in the cluster as Events, which `kubectl describe` and `kubectl events` show. */
import type { Controller } from "../reconcile/loop.ts";
import type { EventNote, EventWriter } from "../reconcile/events.ts";
import { eventNotes } from "./event-notes.ts";

const KEY = "all";
/** In a burst only the latest are reported. */
const WAITING_MAX = 200;

export function eventController(events: EventWriter): Controller {
  const waiting: EventNote[] = [];
  return {
    name: "events",
    keysFor(change) {
      const notes = eventNotes(change);
      if (notes.length === 0) return [];
      waiting.push(...notes);
      if (waiting.length > WAITING_MAX) waiting.splice(0, waiting.length - WAITING_MAX);
      return [KEY];
    },
    reconcile() {
      for (const note of waiting.splice(0)) events.write(note);
    },
  };
}
