/** Credentials from one context of a kubeconfig: loaded again when the file, or a file that it names, changes. */
import { stat } from "node:fs/promises";
import type { Clock } from "../../kernel/clock.ts";
import type { CredentialsSource, LoadedCredentials } from "./credentials-source.ts";
import type { KubeconfigTerms } from "./kubeconfig-trust.ts";
import { filesOf, loadKubeconfig, type KubeconfigSource } from "./kubeconfig.ts";

export class KubeconfigFile implements CredentialsSource {
  readonly name: string;
  readonly #source: KubeconfigSource;
  readonly #clock: Clock;
  readonly #terms: KubeconfigTerms | undefined;
  /** The kubeconfig and the files that it named when it was last read. */
  #files: readonly string[];

  /** Without `terms`, the kubeconfig may do nothing but name a server. */
  constructor(source: KubeconfigSource, clock: Clock, terms?: KubeconfigTerms) {
    this.#source = source;
    this.#terms = terms;
    this.#clock = clock;
    this.#files = filesOf(source);
    this.name = nameOf(source);
  }

  stamp(): Promise<string> {
    return stampOf(this.#files);
  }

  async load(): Promise<LoadedCredentials> {
    for (;;) {
      const files = this.#files;
      const stamp = await stampOf(files);
      const credentials = await loadKubeconfig(this.#source, this.#clock, this.#terms);
      this.#files = credentials.files;
      if (files.join("\0") === credentials.files.join("\0")) return { credentials, stamp };
    }
  }

  /** Nothing tells of changed files on every kind of volume: their stamp is polled. */
  subscribe(): () => void {
    return () => undefined;
  }
}

function nameOf(source: KubeconfigSource): string {
  if ("inCluster" in source) return "the Pod's service account";
  const context = source.context === undefined ? "" : `, context ${source.context}`;
  return `kubeconfig ${source.path}${context}`;
}

/** Equal while no file has changed. `stat` follows links: an update of a mounted Secret, which swaps ..data, changes the inode. */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(files.map(stampOfFile));
  return stamps.join(" ");
}

async function stampOfFile(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    return `${mtimeNs}:${ctimeNs}:${size}:${ino}`;
  } catch {
    return "missing";
  }
}
