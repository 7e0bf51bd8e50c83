/** Passes on objects whose namespaces have the chosen labels, and follows changes of those labels. */
import { matchesSelector, type Labels, type Selector } from "./selector.ts";

/** Which namespaces of a member may declare names and steer traffic: those named or selected; both empty = all. */
export type NamespaceLimits = {
  /** Names of namespaces. */
  readonly allow: readonly string[];
  /** As kubectl's --selector; "" = none. */
  readonly selector: string;
};

/** `key` of an object: "namespace/name". Objects wait until the labels of their namespace are known. */
export class NamespaceFilter<T> {
  readonly #selector: Selector;
  readonly #onChange: (key: string, value: T | undefined) => void;
  readonly #labels: Map<string, Labels> = new Map();
  readonly #objects: Map<string, Map<string, T>> = new Map();

  /** An empty selector chooses everything; `setNamespace` need not be called then. */
  constructor(selector: Selector, onChange: (key: string, value: T | undefined) => void) {
    this.#selector = selector;
    this.#onChange = onChange;
  }

  setObject(key: string, value: T | undefined): void {
    if (this.#selector.length === 0) {
      this.#onChange(key, value);
      return;
    }
    const namespace = key.slice(0, key.indexOf("/"));
    const objects = this.#objects.get(namespace) ?? new Map<string, T>();
    if (value === undefined) objects.delete(key);
    else objects.set(key, value);
    if (objects.size === 0) this.#objects.delete(namespace);
    else this.#objects.set(namespace, objects);
    if (this.#isOpen(namespace)) this.#onChange(key, value);
  }

  /** `labels` undefined: the namespace is gone. */
  setNamespace(namespace: string, labels: Labels | undefined): void {
    const wasOpen = this.#isOpen(namespace);
    if (labels === undefined) this.#labels.delete(namespace);
    else this.#labels.set(namespace, labels);
    const isOpen = this.#isOpen(namespace);
    if (isOpen === wasOpen) return;
    for (const [key, value] of this.#objects.get(namespace) ?? [])
      this.#onChange(key, isOpen ? value : undefined);
  }

  #isOpen(namespace: string): boolean {
    if (this.#selector.length === 0) return true;
    const labels = this.#labels.get(namespace);
    return labels !== undefined && matchesSelector(this.#selector, labels);
  }
}
