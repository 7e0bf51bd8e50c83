/**
 * Does the steps of a command one by one, with a line for each. A step that is done already changes nothing, so that a
 * command that failed is completed by running it again. A dry run reads and writes nothing, and shows every object.
 */
import { stringify } from "yaml";
import { apply } from "../../fleet/objects/apply.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { read } from "../../fleet/objects/read.ts";
import { remove, type RemoveOptions } from "../../fleet/objects/remove.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { type ObjectContent, manifestFor, type WriteOptions } from "../../fleet/objects/write.ts";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import { HOST_LABEL } from "../membership/names.ts";
import { objectTitle, type PlannedObject } from "../membership/planned-object.ts";
import type { Session } from "../session/session.ts";
import type { ClusterConnection } from "./connect.ts";
import { stepError, stepRefused } from "./step-error.ts";

type RunnerOptions = {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly isDryRun: boolean;
  /** Prints the objects to standard output at the end, and the lines to standard error. */
  readonly output: "yaml" | "json" | undefined;
};

const WRITE_TIMEOUT_SECONDS = 10;
/** A controller may change an object between the read and the delete. */
const REMOVE_TRIES = 3;

export class StepRunner {
  readonly isDryRun: boolean;
  readonly #options: RunnerOptions;
  readonly #objects: ObjectContent[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.isDryRun = options.isDryRun;
  }

  get writing(): WriteOptions {
    return { permit: freePermit(WRITE_TIMEOUT_SECONDS), signal: this.#options.signal };
  }

  /** One line: what happened to what, and where. */
  say(cluster: string, outcome: string, subject: string): void {
    this.summarize(`${cluster}: ${subject} ${outcome}`);
  }

  /** A line about several steps. */
  summarize(sentence: string): void {
    const { session, output } = this.#options;
    const line = `${sentence}${this.isDryRun ? " (dry run)" : ""}\n`;
    if (output === undefined && !this.isDryRun) session.print(line);
    else session.printError(line);
  }

  /** A sentence that is no step. */
  note(sentence: string): void {
    this.#options.session.printError(`note: ${sentence}\n`);
  }

  /** Null when the API server says that there is no such object. */
  async read(cluster: ClusterConnection, kind: string, key: ObjectKey): Promise<ApiObject | null> {
    try {
      return await read(cluster.transport, key, { signal: this.#options.signal });
    } catch (error) {
      throw stepError(`${cluster.name}: ${objectTitle(kind, key)}`, error, key.resource.plural);
    }
  }

  /** Makes the object as planned. Null in a dry run in which it does not exist. */
  async apply(cluster: ClusterConnection, planned: PlannedObject): Promise<ApiObject | null> {
    const { key, manifest, ifForeign } = planned;
    const title = objectTitle(manifest.kind, key);
    this.show(planned);
    const before = await this.read(cluster, manifest.kind, key);
    if (before !== null && !hasSameOwner(before, manifest) && ifForeign !== "adopt") {
      if (ifForeign === "refuse") throw stepRefused(`${cluster.name}: ${title}`, foreignSentence(before));
      this.say(cluster.name, "kept as it is", title);
      return before;
    }
    if (before?.metadata.deletionTimestamp !== undefined)
      throw stepRefused(
        `${cluster.name}: ${title}`,
        `it is being deleted${waitingFor(before)}; wait until it is gone and run the command again`,
      );
    if (before === null && this.isDryRun) {
      this.say(cluster.name, "would be created", title);
      return null;
    }
    const guard = before === null ? ({ mustNotExist: true } as const) : { uid: before.metadata.uid };
    try {
      const { object } = await apply(cluster.transport, key, manifest, {
        ...this.writing,
        guard,
        isForced: before !== null,
        isDryRun: this.isDryRun,
      });
      this.say(cluster.name, this.#outcome(before, object), title);
      return object;
    } catch (error) {
      throw stepError(`${cluster.name}: ${title}`, error, key.resource.plural);
    }
  }

  /**
   * Deletes exactly this object, if `isOurs` still holds. Nothing is deleted that has been replaced meanwhile. True when it
   * is gone, or will be as soon as its finalizers allow.
   */
  async remove(cluster: ClusterConnection, { kind, key, object, isOurs, deletion }: Removal): Promise<void> {
    const title = objectTitle(kind, key);
    if (this.isDryRun) {
      this.say(cluster.name, "would be deleted", title);
      return;
    }
    let current: ApiObject | null = object;
    for (let attempt = 1; current !== null && isOurs(current); attempt++) {
      const { uid, resourceVersion } = current.metadata;
      try {
        const outcome = await remove(cluster.transport, key, {
          ...this.writing,
          ...deletion,
          uid,
          resourceVersion,
        });
        this.say(
          cluster.name,
          outcome === "gone" ? "deleted" : `is being deleted${waitingFor(current)}`,
          title,
        );
        return;
      } catch (error) {
        const { kind: reason } = refusalOf(error, { plural: key.resource.plural });
        if (reason !== "object-missing" && (reason !== "stale" || attempt === REMOVE_TRIES))
          throw stepError(`${cluster.name}: ${title}`, error, key.resource.plural);
        current = await this.read(cluster, kind, key);
      }
    }
    this.say(cluster.name, current === null ? "was gone already" : "kept: it is not ours any more", title);
  }

  /** Adds an object to what is shown at the end. */
  show({ key, manifest }: PlannedObject): void {
    const { apiVersion, kind, metadata, ...fields } = manifestFor(key, manifest);
    const { labels, annotations, ...names } = metadata ?? {};
    const ordered = { ...names, ...(annotations !== undefined && { annotations }), labels };
    this.#objects.push({ apiVersion, kind, metadata: ordered, ...fields });
  }

  /** Prints the objects, if that was asked for. */
  finish(): void {
    const { session, output } = this.#options;
    const format = output ?? (this.isDryRun ? "yaml" : undefined);
    if (format === undefined || this.#objects.length === 0) return;
    const items = this.#objects.map(withoutSecrets);
    session.print(
      format === "json"
        ? `${JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2)}\n`
        : items.map((item) => stringify(item)).join("---\n"),
    );
  }

  #outcome(before: ApiObject | null, after: ApiObject): string {
    if (before === null) return "created";
    if (before.metadata.resourceVersion === after.metadata.resourceVersion) return "unchanged";
    return this.isDryRun ? "would be changed" : "changed";
  }
}

export type Removal = {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly object: ApiObject;
  readonly isOurs: (object: ApiObject) => boolean;
  readonly deletion?: Pick<RemoveOptions, "propagation" | "gracePeriodSeconds">;
};

/** The same host made it. A cluster that was given another name keeps its account. */
function hasSameOwner({ metadata }: ApiObject, manifest: ObjectContent): boolean {
  const wanted = manifest.metadata?.["labels"] as Readonly<Record<string, string>> | undefined;
  return metadata.labels?.[HOST_LABEL] === wanted?.[HOST_LABEL];
}

function foreignSentence({ metadata }: ApiObject): string {
  return metadata.labels?.[HOST_LABEL] === undefined
    ? "it exists, and fedns did not make it; rename or delete it, then run the command again"
    : "another host made it; use another name, or remove it from that host first";
}

function waitingFor({ metadata }: ApiObject): string {
  const { finalizers = [] } = metadata;
  return finalizers.length === 0 ? "" : `, and waits for ${finalizers.join(", ")}`;
}

/** Tokens are never shown. */
function withoutSecrets(manifest: ObjectContent): ObjectContent {
  if (manifest.kind !== "Secret" || manifest["data"] === undefined) return manifest;
  const keys = Object.keys(manifest["data"] as object);
  return { ...manifest, data: Object.fromEntries(keys.map((key) => [key, "(not shown)"])) };
}
