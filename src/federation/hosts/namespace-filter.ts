/** Lets objects of a cluster through by the labels of their namespaces, and tells anew when those change. */
import { matchesSelector, type Labels, type Selector } from "./selector.ts";

export type Told<T> = (key: string, value: T | undefined) => void;

/** `key` of an object: "namespace/name". Objects of a namespace that has not been seen yet wait. */
export class NamespaceFilter<T> {
  readonly #selector: Selector;
  readonly #tell: Told<T>;
  readonly #labels: Map<string, Labels> = new Map();
  readonly #objects: Map<string, Map<string, T>> = new Map();

  /** An empty selector lets everything through, and needs to be told of no namespace. */
  constructor(selector: Selector, tell: Told<T>) {
    this.#selector = selector;
    this.#tell = tell;
  }

  setObject(key: string, value: T | undefined): void {
    if (this.#selector.length === 0) {
      this.#tell(key, value);
      return;
    }
    const namespace = key.slice(0, key.indexOf("/"));
    const objects = this.#objects.get(namespace) ?? new Map<string, T>();
    if (value === undefined) objects.delete(key);
    else objects.set(key, value);
    if (objects.size === 0) this.#objects.delete(namespace);
    else this.#objects.set(namespace, objects);
    if (this.#isOpen(namespace)) this.#tell(key, value);
  }

  /** `labels` undefined: the namespace is gone. */
  setNamespace(namespace: string, labels: Labels | undefined): void {
    const wasOpen = this.#isOpen(namespace);
    if (labels === undefined) this.#labels.delete(namespace);
    else this.#labels.set(namespace, labels);
    const isOpen = this.#isOpen(namespace);
    if (isOpen === wasOpen) return;
    for (const [key, value] of this.#objects.get(namespace) ?? [])
      this.#tell(key, isOpen ? value : undefined);
  }

  #isOpen(namespace: string): boolean {
    if (this.#selector.length === 0) return true;
    const labels = this.#labels.get(namespace);
    return labels !== undefined && matchesSelector(this.#selector, labels);
  }
}
