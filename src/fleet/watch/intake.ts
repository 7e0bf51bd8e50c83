/**
 * What API servers send, on its way into a store: reduced to what is kept, within the room of the cluster, and never older
 * than what is there.
 */
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { isOlder, objectFacts } from "../kube/resource.ts";
import type { ListPage } from "../list/page.ts";
import { octetsKept, type RoomShare } from "./room.ts";
import type { KeptObjects, Projection } from "./store.ts";

type IntakeOptions<T> = {
  readonly store: KeptObjects<T>;
  readonly project: (object: unknown) => Projection<T> | null;
  /** Null: the room is not limited. */
  readonly share: RoomShare | null;
  /** Of the resource, for the log. */
  readonly path: string;
  readonly log: Log;
};

export class Intake<T> {
  readonly #options: IntakeOptions<T>;
  /** What each object that is kept takes; empty where the room is not limited. */
  #sizes: Map<string, number> = new Map();
  /** The list that is being read. */
  #entries: Map<string, Projection<T>> = new Map();
  #listed: Map<string, number> = new Map();
  #listedOctets = 0;
  /** Versions of objects that are newer than the version of the list (fleet/list/list.ts); until events have passed them. */
  #newer: Map<string, string> = new Map();
  #projectionErrors = 0;

  constructor(options: IntakeOptions<T>) {
    this.#options = options;
  }

  get projectionErrors(): number {
    return this.#projectionErrors;
  }

  startList(): void {
    this.#entries = new Map();
    this.#listed = new Map();
    this.#listedOctets = 0;
    this.#newer = new Map();
  }

  /** Throws OperationalError KUBE_TOO_LARGE: then the store stays as it is. */
  takePage(page: ListPage): void {
    for (const item of page.items) this.#list(item, objectFacts(item).identity);
    try {
      this.#options.share?.mayBecome({ objects: this.#listed.size, octets: this.#listedOctets });
    } catch (error) {
      // Until the next try, a minute later, nothing is kept of it.
      this.startList();
      throw error;
    }
  }

  /** As takePage; the objects are newer than the list. */
  takeNewer(page: ListPage): void {
    for (const item of page.items) {
      const { identity, resourceVersion } = objectFacts(item);
      this.#newer.set(identity, resourceVersion);
    }
    this.takePage(page);
  }

  /** An object of a page that is not there any more. */
  drop(identity: string): void {
    this.#entries.delete(identity);
    this.#note(identity, 0);
  }

  endList(): void {
    const { store, share } = this.#options;
    share?.become({ objects: this.#listed.size, octets: this.#listedOctets });
    const entries = this.#entries;
    this.#sizes = this.#listed;
    this.#entries = new Map();
    this.#listed = new Map();
    store.replaceAll(entries);
  }

  /** An event of a watch. Throws OperationalError KUBE_TOO_LARGE, and the store stays as it is. */
  take(event: {
    readonly identity: string;
    readonly resourceVersion: string;
    readonly isDeleted: boolean;
    readonly object: unknown;
  }): void {
    const { identity, resourceVersion, isDeleted, object } = event;
    if (this.#isOutdated(identity, resourceVersion)) return;
    const projected = isDeleted ? null : this.#project(object, identity);
    this.#resize(identity, projected);
    this.#options.store.apply(identity, projected);
  }

  #list(object: unknown, identity: string): void {
    const projected = this.#project(object, identity);
    if (projected === null) this.drop(identity);
    else {
      this.#entries.set(identity, projected);
      if (this.#options.share !== null) this.#note(identity, octetsKept(projected.value));
    }
  }

  #note(identity: string, octets: number): void {
    this.#listedOctets += octets - (this.#listed.get(identity) ?? 0);
    if (octets === 0) this.#listed.delete(identity);
    else this.#listed.set(identity, octets);
  }

  #resize(identity: string, projected: Projection<T> | null): void {
    const { share } = this.#options;
    if (share === null) return;
    const before = this.#sizes.get(identity) ?? 0;
    const after = projected === null ? 0 : octetsKept(projected.value);
    share.become({
      objects: share.objects + Number(after > 0) - Number(before > 0),
      octets: share.octets + after - before,
    });
    if (after === 0) this.#sizes.delete(identity);
    else this.#sizes.set(identity, after);
  }

  /** A watch from the version of a list repeats what has led to the newer objects in it. */
  #isOutdated(identity: string, resourceVersion: string): boolean {
    if (this.#newer.size === 0) return false;
    const newer = this.#newer.get(identity);
    if (newer === undefined) return false;
    if (isOlder(resourceVersion, newer)) return true;
    this.#newer.delete(identity);
    return false;
  }

  #project(object: unknown, identity: string): Projection<T> | null {
    const { project, path, log } = this.#options;
    try {
      return project(object);
    } catch (error) {
      this.#projectionErrors += 1;
      const fields = { path, object: identity, ...errorFields(error) };
      log.warn(fields, "an object could not be understood and counts as absent");
      return null;
    }
  }
}
