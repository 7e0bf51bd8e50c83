/** Which names the picture must not deny, although it does not have them: those in quarantine and over quotas, as hashes. */
import { formatName, type Name, nameOf, parentOf } from "../../dns/message/name.ts";
import { isHostKey, serviceOf } from "../../federation/members/federation.ts";
import { encodeKeptBack, hasMoreOfMembers, keptBackOfMembers, keptBackRecord } from "../content/kept-back.ts";
import { hashLabels, serviceSeed } from "../format/hash.ts";
import { Header, header } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { NodeFlag, nodeFlags, nodeRRsets } from "../format/node.ts";
import type { PublishedFederation } from "./node-plan.ts";
import { serviceKey } from "./pool-key.ts";
import { PictureFull } from "../write/writer-options.ts";
import type { PictureWriter } from "../write/writer.ts";

type KeptBackParts = {
  /** Keys of services and hosts in quarantine. */
  readonly keys: Iterable<string>;
  /** Keys of those over quotas: a member may have any number of them, and those beyond the first are denied. */
  readonly refused: Iterable<string>;
  /** Names of zones and nodes, each with all below it; null = any may be missing. */
  readonly nodes: readonly Name[] | null;
};

/** More names than this are not told apart: then no name that is not in the picture is denied. */
const NAMES_MAX = 1024;
const WILDCARD = "*.";
const NOTHING_DENIED: Uint32Array = encodeKeptBack({
  ofMembers: [],
  others: [],
  hasMoreOfMembers: true,
  hasMoreOthers: true,
});

export class KeptBackNames {
  readonly #federations: readonly PublishedFederation[];
  /** What an earlier run could not publish: it is not known to this run before the members have been read. */
  #restored: { readonly hashes: readonly number[]; readonly hasMore: boolean } | null;

  constructor({ u32 }: Memory, federations: readonly PublishedFederation[]) {
    this.#federations = federations;
    const record = keptBackRecord(u32);
    this.#restored =
      record === NONE
        ? null
        : { hashes: keptBackOfMembers(u32, record), hasMore: hasMoreOfMembers(u32, record) };
  }

  /** All members have been read: what an earlier run could not publish is known now. */
  forgetRestored(): void {
    this.#restored = null;
  }

  /** Puts what the picture must not deny after the next commit. A picture without room for that denies nothing. */
  write(writer: PictureWriter, parts: KeptBackParts): void {
    try {
      writer.putKeptBack(this.#recordFor(writer, parts));
    } catch (error) {
      if (!(error instanceof PictureFull)) throw error;
      denyNothing(writer);
    }
  }

  #recordFor(writer: PictureWriter, { keys, refused, nodes }: KeptBackParts): Uint32Array | null {
    const restored = this.#restored;
    const ofMembers = new Set(restored?.hashes);
    let left = NAMES_MAX;
    for (const key of keys) {
      if (left-- === 0) break;
      for (const hash of this.#hashesOf(writer, key)) ofMembers.add(hash);
    }
    const hasMoreKeys = left < 0;
    for (const key of refused) {
      if (left-- <= 0) break;
      for (const hash of this.#hashesOf(writer, key)) ofMembers.add(hash);
    }
    const others = (nodes ?? []).slice(0, NAMES_MAX).flatMap((name) => hashesOfNode(writer, name, true));
    const hasMoreOfMembers = hasMoreKeys || restored?.hasMore === true;
    const hasMoreOthers = nodes === null || nodes.length > NAMES_MAX;
    const isEmpty = ofMembers.size === 0 && others.length === 0 && !hasMoreOfMembers && !hasMoreOthers;
    return isEmpty ? null : encodeKeptBack({ ofMembers, others, hasMoreOfMembers, hasMoreOthers });
  }

  #hashesOf(writer: PictureWriter, key: string): number[] {
    return isHostKey(key) ? hashesOfNode(writer, nameOf(key), false) : this.#ofService(writer, key);
  }

  /** Of its pool and its namespace, in all federations. */
  #ofService({ memory }: PictureWriter, key: string): number[] {
    const labels = serviceKey(serviceOf(key));
    const namespace = labels.subarray((labels[0] as number) + 1);
    return this.#federations.flatMap(({ id }) => {
      const seed = serviceSeed(header(memory.u32, Header.Seed), id);
      return [hashLabels(labels, seed) | 0, hashLabels(namespace, seed) | 0];
    });
  }
}

function denyNothing(writer: PictureWriter): void {
  try {
    writer.putKeptBack(NOTHING_DENIED);
  } catch (error) {
    if (!(error instanceof PictureFull)) throw error;
  }
}

/** Of a name that has nothing in the picture, and of those above it that do not exist without it. `isDeep`: with all below it. */
function hashesOfNode(writer: PictureWriter, name: Name, isDeep: boolean): number[] {
  const { u32 } = writer.memory;
  const seed = header(u32, Header.Seed);
  const node = writer.nodeOf(name);
  if (node !== NONE && (nodeRRsets(u32, node) > 0 || (nodeFlags(u32, node) & HAS_CONTENT) !== 0)) return [];
  const hashes = [hashLabels(name, seed) | 0];
  if (isDeep) hashes.push(~hashLabels(name, seed));
  if (formatName(name).startsWith(WILDCARD)) hashes.push(~hashLabels(parentOf(name), seed));
  for (let above = parentOf(name); above.length > 1 && writer.nodeOf(above) === NONE; above = parentOf(above))
    hashes.push(hashLabels(above, seed) | 0);
  return hashes;
}

const HAS_CONTENT: number = NodeFlag.Claimed | NodeFlag.Pool | NodeFlag.Apex;
