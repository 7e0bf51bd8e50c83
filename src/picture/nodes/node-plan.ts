/** What a node of the picture is to be, and what that is worked out from. */
import type { Name } from "../../dns/message/name.ts";
import type { Zone } from "../../dns/zone/zone.ts";
import type { NodeContent } from "../content/content.ts";
import type { LadderMember } from "./ladder.ts";

/** A federation as the picture knows it: a small number, its label, and the zone that its names live in. */
export type PublishedFederation = { readonly id: number; readonly name: string; readonly domain: Name };

/** A name that hosts may be declared at and below. */
export type HostSuffix = {
  readonly name: Name;
  /** Names of the members that may; empty = all. */
  readonly clusters: readonly string[];
};

/** Numbers that stay the same as long as the name they stand for exists. `idOf` throws a RangeError when there are none left. */
export type Numbering = { idOf(name: Name): number; hasRoomFor(name: Name): boolean };

export type StructureInput = {
  /** Each has a number, or can get one. */
  readonly zones: readonly Zone[];
  /** Origins of zones whose files cannot be read now: the picture keeps what it has of them. */
  readonly retained: readonly Name[];
  readonly federations: readonly PublishedFederation[];
  /** Members may have hosts below these names. */
  readonly hostSuffixes: readonly HostSuffix[];
  readonly members: readonly LadderMember[];
  readonly zoneIds: Numbering;
  readonly levelIds: Numbering;
};

/** A node and the origin of the zone that it lies in. */
export type Structure = { readonly node: NodeContent; readonly origin: Name };

/** A name, and its key in maps (keyOfName). */
export type KeyedName = { readonly name: Name; readonly key: string };

/** The zone around a name that it does not have, and the flags that the name has for that. */
export type Surroundings = { readonly zone: number; readonly origin: Name; readonly flags: number };
