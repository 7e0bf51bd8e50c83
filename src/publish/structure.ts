/** Which nodes the picture must hold: the zones, and the ladders of the federations in them. Pure. */
import { type Name, parentOf, sameName } from "../dns/name.ts";
import type { LevelContent, NodeContent } from "../snapshot/encode.ts";
import { NodeFlag } from "../snapshot/layout.ts";
import { keyOfName, type Zone } from "../zone/zone.ts";
import { ladderOf, type LadderMember } from "./ladder.ts";

/** A federation as the picture knows it: a small number, its label, and the zone that its names live in. */
export type PublishedFederation = { readonly id: number; readonly name: string; readonly domain: Name };

/** Numbers that stay the same as long as the name they stand for exists. */
export type Numbering = { idOf(name: Name): number };

export type StructureInput = {
  readonly zones: readonly Zone[];
  readonly federations: readonly PublishedFederation[];
  readonly members: readonly LadderMember[];
  readonly zoneIds: Numbering;
  readonly levelIds: Numbering;
};

export type Structure = { readonly node: NodeContent; readonly origin: Name };

/** All nodes, by keyOfName. */
export function structureOf(input: StructureInput): Map<string, Structure> {
  const nodes = new Map<string, Structure>();
  for (const zone of input.zones) addZone(nodes, zone, input);
  for (const federation of input.federations) addLadder(nodes, federation, input);
  return nodes;
}

function addZone(nodes: Map<string, Structure>, zone: Zone, input: StructureInput): void {
  const id = input.zoneIds.idOf(zone.origin);
  const isFederated = input.federations.some((federation) => sameName(federation.domain, zone.origin));
  for (const { name, rrsets } of zone.nodes) {
    const isApex = sameName(name, zone.origin);
    const flags = isApex ? NodeFlag.Apex | (isFederated ? NodeFlag.Federated : 0) : 0;
    nodes.set(keyOfName(name), { node: { zone: id, name, flags, rrsets, level: null }, origin: zone.origin });
  }
}

function addLadder(
  nodes: Map<string, Structure>,
  federation: PublishedFederation,
  input: StructureInput,
): void {
  const zone = input.zoneIds.idOf(federation.domain);
  const put = (name: Name, level: LevelContent | null): void => {
    const known = nodes.get(keyOfName(name))?.node;
    if (known !== undefined && level === null) return;
    const node = { zone, name, flags: known?.flags ?? 0, rrsets: known?.rrsets ?? [], level };
    nodes.set(keyOfName(name), { node, origin: federation.domain });
  };
  for (const { name, parent, clusters } of ladderOf(federation.name, federation.domain, input.members)) {
    put(name, {
      id: input.levelIds.idOf(name),
      parent: parent === null ? null : input.levelIds.idOf(parent),
      federation: federation.id,
      clusters,
    });
    for (let above = parentOf(name); !sameName(above, federation.domain); above = parentOf(above))
      put(above, null);
  }
}
