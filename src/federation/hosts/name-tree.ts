/** The names of hosts as a tree, so that those below a name are found without a look at the others. */
import { type Host, underWildcard } from "./host.ts";

/** `hosts`: the name itself and the wildcard that stands below it, as far as they are there. */
type TreeNode = { readonly below: Set<string>; readonly hosts: Set<Host> };

export class NameTree {
  readonly #nodes: Map<string, TreeNode> = new Map();

  /** How many names are kept, those between hosts included. */
  get size(): number {
    return this.#nodes.size;
  }

  add(host: Host): void {
    let name = underWildcard(host);
    const known = this.#nodes.get(name);
    if (known !== undefined) {
      known.hosts.add(host);
      return;
    }
    let node: TreeNode = { below: new Set(), hosts: new Set([host]) };
    for (;;) {
      this.#nodes.set(name, node);
      const above = nameAbove(name);
      if (above === null) return;
      const parent = this.#nodes.get(above);
      if (parent !== undefined) {
        parent.below.add(name);
        return;
      }
      node = { below: new Set([name]), hosts: new Set() };
      name = above;
    }
  }

  remove(host: Host): void {
    let name: string | null = underWildcard(host);
    this.#nodes.get(name)?.hosts.delete(host);
    while (name !== null) {
      const node = this.#nodes.get(name);
      if (node === undefined || node.below.size + node.hosts.size > 0) return;
      this.#nodes.delete(name);
      const above = nameAbove(name);
      if (above !== null) this.#nodes.get(above)?.below.delete(name);
      name = above;
    }
  }

  /** The hosts at and below a name, except at and below those for which `isBoundary`. */
  *hostsFrom(name: string, isBoundary: (name: string) => boolean): Generator<Host> {
    const waiting = [name];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const node = this.#nodes.get(one);
      if (node === undefined || isBoundary(one)) continue;
      yield* node.hosts;
      for (const below of node.below) waiting.push(below);
    }
  }
}

/** Null = there is none. */
export function nameAbove(name: string): string | null {
  const dot = name.indexOf(".");
  return dot < 0 ? null : name.slice(dot + 1);
}

const LABELS_OF_ONE = 8;

/** How often a host counts in what a cluster may claim: each label of it may be one more name of the tree. */
export function costOf(host: Host): number {
  return 1 + Math.floor((underWildcard(host).split(".").length - 1) / LABELS_OF_ONE);
}
