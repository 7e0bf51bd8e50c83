/** The objects of one server, their earlier states within the history, and one version counter for all of them. */
import { ChangeHistory } from "./history.ts";
import type { Change, ChangeKind } from "./history.ts";
import { keyOfObject, withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { resourceKey } from "./resource.ts";
import type { ApiResource } from "./resource.ts";

type Collection = {
  readonly objects: Map<string, KubeObject>;
  /** Sorted keys, computed for the next list after a key was added or removed. */
  keys: readonly string[] | undefined;
};

type ObjectStoreOptions = { readonly firstVersion: number; readonly historyChanges: number };

export class ObjectStore {
  readonly #collections = new Map<string, Collection>();
  readonly #history: ChangeHistory;
  readonly #listeners = new Set<(change: Change) => void>();
  #version: number;

  constructor(options: ObjectStoreOptions) {
    this.#version = options.firstVersion;
    this.#history = new ChangeHistory(options.firstVersion, options.historyChanges);
  }

  get version(): number {
    return this.#version;
  }

  /** The oldest version a watch may start from. */
  get compacted(): number {
    return this.#history.compacted;
  }

  get(resource: ApiResource, key: string): KubeObject | undefined {
    return this.#collection(resource).objects.get(key);
  }

  /** All objects of a resource, sorted by key, as of `version`; undefined where that is compacted. */
  snapshot(resource: ApiResource, version: number): readonly KubeObject[] | undefined {
    const collection = this.#collection(resource);
    collection.keys ??= [...collection.objects.keys()].sort();
    const changes = this.changesSince(version, resource);
    if (changes === undefined) return undefined;
    if (changes.length === 0) return collection.keys.flatMap((key) => collection.objects.get(key) ?? []);
    const past = new Map(collection.objects);
    for (const change of changes.toReversed()) {
      if (change.previous) past.set(keyOfObject(change.object), change.previous);
      else past.delete(keyOfObject(change.object));
    }
    return [...past].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** All objects of a resource now, sorted by key. */
  objects(resource: ApiResource): readonly KubeObject[] {
    return this.snapshot(resource, this.#version) ?? [];
  }

  changesSince(version: number, resource: ApiResource): readonly Change[] | undefined {
    const key = resourceKey(resource.plural, resource.group);
    const isSame = (change: Change): boolean =>
      resourceKey(change.resource.plural, change.resource.group) === key;
    return this.#history.since(version)?.filter(isSame);
  }

  /** Stores `object` under the next version and notifies every listener before it returns. */
  write(resource: ApiResource, object: KubeObject): KubeObject {
    const collection = this.#collection(resource);
    const key = keyOfObject(object);
    const previous = collection.objects.get(key);
    const stored = this.#dated(toStorageVersion(object, resource));
    if (!previous) collection.keys = undefined;
    collection.objects.set(key, stored);
    this.#notify(resource, previous ? "MODIFIED" : "ADDED", stored, previous);
    return stored;
  }

  remove(resource: ApiResource, object: KubeObject): KubeObject {
    const collection = this.#collection(resource);
    const key = keyOfObject(object);
    const previous = collection.objects.get(key);
    const last = this.#dated(toStorageVersion(object, resource));
    collection.objects.delete(key);
    collection.keys = undefined;
    this.#notify(resource, "DELETED", last, previous);
    return last;
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops the history: watches and pages from earlier versions get 410. */
  compact(): void {
    this.#history.compact();
  }

  #collection(resource: ApiResource): Collection {
    const key = resourceKey(resource.plural, resource.group);
    const found = this.#collections.get(key);
    if (found) return found;
    const made: Collection = { objects: new Map(), keys: undefined };
    this.#collections.set(key, made);
    return made;
  }

  #dated(object: KubeObject): KubeObject {
    this.#version += 1;
    return withMetadata(object, { resourceVersion: String(this.#version) });
  }

  #notify(
    resource: ApiResource,
    kind: ChangeKind,
    object: KubeObject,
    previous: KubeObject | undefined,
  ): void {
    const change: Change = { version: this.#version, kind, resource, object, previous };
    this.#history.append(change);
    for (const listener of this.#listeners) listener(change);
  }
}

function toStorageVersion(object: KubeObject, { group, storageVersion, toStorage }: ApiResource): KubeObject {
  const apiVersion = `${group}/${storageVersion ?? ""}`;
  if (storageVersion === undefined || object.apiVersion === apiVersion) return object;
  return { ...(toStorage ? toStorage(object) : object), apiVersion };
}
