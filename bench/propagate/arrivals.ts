/** When copies arrive: looked at in the API servers of the members themselves, so that looking costs fedns nothing. */
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { namespace, objectName } from "./content.ts";
import { sharedNowMs } from "./orders.ts";

/** Of one object, at its newest version. */
type Arrival = { version: number; readonly timesMs: number[] };

export class Arrivals {
  readonly #ofObjects = new Map<string, Arrival>();
  /** How many copies have come to each version, and when the last did. */
  readonly #ofVersions = new Map<number, { copies: number; lastMs: number }>();
  readonly #waiting = new Set<() => void>();

  observe(server: ApiServer): void {
    server.objects.subscribe(({ object, previous }) => {
      if (object.kind !== "ConfigMap" || object.metadata.namespace !== namespace) return;
      const version = versionOf(object);
      if (version === null || versionOf(previous) === version) return;
      this.#note(object.metadata.name, version, sharedNowMs());
    });
  }

  /** The times at which the copies of one object came to `version`, as soon as there are so many. */
  async ofObject(index: number, version: number, copies: number): Promise<readonly number[]> {
    const arrival = (): Arrival | undefined => this.#ofObjects.get(objectName(index));
    await this.#until(() => arrival()?.version === version && arrival()?.timesMs.length === copies);
    return arrival()?.timesMs ?? [];
  }

  /** When the last of so many copies came to `version`. */
  async ofAll(version: number, copies: number): Promise<number> {
    await this.#until(() => (this.#ofVersions.get(version)?.copies ?? 0) >= copies);
    return this.#ofVersions.get(version)?.lastMs ?? Infinity;
  }

  #note(name: string, version: number, atMs: number): void {
    const before = this.#ofObjects.get(name);
    if (before?.version === version) before.timesMs.push(atMs);
    else this.#ofObjects.set(name, { version, timesMs: [atMs] });
    const { copies } = this.#ofVersions.get(version) ?? { copies: 0 };
    this.#ofVersions.set(version, { copies: copies + 1, lastMs: atMs });
    for (const look of this.#waiting) look();
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function versionOf(object: unknown): number | null {
  const data = (object as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data;
  return data?.["version"] === undefined ? null : Number(data["version"]);
}
