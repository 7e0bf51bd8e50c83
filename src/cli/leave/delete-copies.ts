/**
 * Deletes copies in a member, at most so many per minute, each by the uid and version that it was read with. What is going already is
 * only waited for. One copy that is refused does not keep the others.
 */
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import type { CopyDeleteOptions } from "../../propagate/federated/federated-object.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import type { StepRunner } from "../clusters/runner.ts";
import { qualified } from "../membership/kinds.ts";
import { objectTitle } from "../membership/planned-object.ts";
import { isCopy, type MemberCopy } from "./copies.ts";
import { DEFINITIONS_TYPE, waveOf } from "./fate.ts";
import { whatIsIn } from "./namespace-content.ts";

const WAVES = [0, 1, 2, 3] as const;
const LOOK_EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
/** A member that refuses this many in a row will refuse the rest as well. */
const FAILURES_MAX = 5;
const SHOWN_MAX = 3;

type DeleteOptions = {
  readonly runner: StepRunner;
  readonly member: ClusterConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly owner: string;
  readonly perMinute: number;
  /** How long to wait for what is going, after each kind of objects. */
  readonly waitMs: number;
  /** Uids of copies that stay. */
  readonly staying: ReadonlySet<string>;
  /** As the federated object says. */
  readonly deletionOf: (copy: MemberCopy) => CopyDeleteOptions;
};

/** Resolves with the copies that are still there, each after a line about why. */
export async function deleteCopies(
  copies: readonly MemberCopy[],
  options: DeleteOptions,
): Promise<readonly MemberCopy[]> {
  const pace = new Pace(options);
  const left: MemberCopy[] = [];
  for (const wave of WAVES) {
    const going: MemberCopy[] = [];
    for (const copy of copies.filter((one) => waveOf(one) === wave)) {
      const outcome = await deleteOne(copy, pace, options);
      if (outcome === "going") going.push(copy);
      else left.push(copy);
    }
    left.push(...(options.runner.isDryRun ? [] : await untilGone(going, options)));
  }
  return left;
}

async function deleteOne(copy: MemberCopy, pace: Pace, options: DeleteOptions): Promise<"going" | "left"> {
  const { runner, member, owner, signal } = options;
  const { kind, key, object } = copy;
  const title = objectTitle(kind, key);
  if (object.metadata.deletionTimestamp !== undefined) {
    runner.say(member.name, "is being deleted already", title);
    return "going";
  }
  if (pace.hasGivenUp || signal.aborted) {
    runner.say(member.name, "left: too many were refused before it", title);
    return "left";
  }
  try {
    const others = await othersIn(copy, options);
    if (others.length > 0) {
      const rest = others.length > SHOWN_MAX ? ` and ${others.length - SHOWN_MAX} more` : "";
      runner.say(member.name, `kept: it has ${others.slice(0, SHOWN_MAX).join(", ")}${rest}`, title);
      return "left";
    }
    if (!runner.isDryRun) await pace.next();
    const isOurs = (current: ApiObject): boolean =>
      current.metadata.uid === object.metadata.uid && isCopy(current, owner);
    await runner.remove(member, { kind, key, object, isOurs, deletion: options.deletionOf(copy) });
    pace.succeeded();
    return "going";
  } catch (error) {
    pace.failed();
    runner.say(member.name, `could not be deleted: ${messageOf(error)}`, title);
    return "left";
  }
}

/** What would go with the copy and is not to go. In a dry run the copies before it are still there. */
async function othersIn(copy: MemberCopy, options: DeleteOptions): Promise<readonly string[]> {
  const { runner, member, signal, owner, staying } = options;
  const isLeaving = (other: ApiObject): boolean =>
    runner.isDryRun && isCopy(other, owner) && !staying.has(other.metadata.uid);
  const { type, key, object } = copy;
  if (waveOf(copy) === 3)
    return whatIsIn(member, key.name, {
      signal,
      isIgnored: (other, kind) => goesByItself(other, kind) || isLeaving(other),
    });
  if (type.name !== DEFINITIONS_TYPE) return [];
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const plural = isRecord(spec["names"]) ? String(spec["names"]["plural"]) : "";
  const group = String(spec["group"]);
  const found = await member.discovery.find(group, plural);
  const version = found.state === "served" ? found.served.versions[0]?.version : undefined;
  if (version === undefined) return found.state === "unknown" ? [`objects that cannot be listed`] : [];
  const resource = { group, version, plural };
  const objects = await readAll(member.transport, { resource, namespace: "" }, { signal });
  return objects
    .filter((other) => !isLeaving(other) && other.metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => `${qualified(resource)}/${metadata.name}`);
}

/** What was made for other objects, and goes with them. */
function goesByItself({ metadata }: ApiObject, kind: string): boolean {
  const owners = metadata["ownerReferences"];
  return (
    metadata.deletionTimestamp !== undefined ||
    (Array.isArray(owners) && owners.length > 0) ||
    kind === "endpoints"
  );
}

/** Resolves with those that are still there after the wait. */
async function untilGone(
  copies: readonly MemberCopy[],
  options: DeleteOptions,
): Promise<readonly MemberCopy[]> {
  const { runner, member, clock, signal, waitMs } = options;
  const endMs = clock.nowMs() + waitMs;
  let left = await stillThere(copies, options);
  if (left.length > 0)
    runner.note(`${member.name}: waiting for ${left.length} that are going, up to ${waitMs / 1000} s`);
  while (left.length > 0 && clock.nowMs() < endMs && !signal.aborted) {
    await pause(clock, LOOK_EVERY_MS, signal);
    left = await stillThere(left, options);
  }
  for (const { kind, key, object } of left) {
    const { finalizers = [] } = object.metadata;
    const why = finalizers.length > 0 ? `, and waits for ${finalizers.join(", ")}` : "";
    runner.say(member.name, `is still there after ${waitMs / 1000} s${why}`, objectTitle(kind, key));
  }
  return left;
}

/** With their present state. Of a kind that cannot be listed all count as there. */
async function stillThere(
  copies: readonly MemberCopy[],
  { member, signal }: DeleteOptions,
): Promise<readonly MemberCopy[]> {
  const left: MemberCopy[] = [];
  for (const all of Map.groupBy(copies, ({ type }) => type.name).values()) {
    const resource = (all[0] as MemberCopy).key.resource;
    const found = await readAll(member.transport, { resource, namespace: "" }, { signal }).catch(() => null);
    const byUid = new Map(found?.map((object) => [object.metadata.uid, object]));
    for (const copy of all) {
      const object = byUid.get(copy.object.metadata.uid);
      if (found === null) left.push(copy);
      else if (object !== undefined) left.push({ ...copy, object });
    }
  }
  return left;
}

/** Deletions one by one at even distances, and none after too many failures. */
class Pace {
  readonly #options: DeleteOptions;
  #nextMs = -Infinity;
  #failures = 0;

  constructor(options: DeleteOptions) {
    this.#options = options;
  }

  get hasGivenUp(): boolean {
    return this.#failures >= FAILURES_MAX;
  }

  async next(): Promise<void> {
    const { clock, signal, perMinute } = this.#options;
    const waitMs = this.#nextMs - clock.nowMs();
    if (waitMs > 0) await pause(clock, waitMs, signal);
    this.#nextMs = clock.nowMs() + MINUTE_MS / perMinute;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
  }
}
