/**
 * Which nodes the picture must hold. Pure. Those of the zones stay as they are; those of the ladders move with the
 * clusters, and are few: a change of the fleet is compared with them alone, however large the zones are.
 */
import { isAtOrBelow, type Name, parentOf, sameName } from "../dns/name.ts";
import type { LevelContent, NodeContent } from "../snapshot/encode.ts";
import { NodeFlag } from "../snapshot/layout.ts";
import { keyOfName, type Zone, type ZoneNode } from "../zone/zone.ts";
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

/** The nodes of all zones, each name once: where two zones meet, the later one's. */
export function* zoneStructure(input: StructureInput): Generator<Structure> {
  for (const [index, zone] of input.zones.entries()) {
    const later = input.zones.slice(index + 1).filter(({ origin }) => isAtOrBelow(origin, zone.origin));
    for (const node of zone.nodes) {
      if (!later.some((other) => hasNode(other, node.name))) yield structureIn(zone, node, input);
    }
  }
}

/** What the zones have at `name`, without regard to ladders. */
export function zoneStructureAt(name: Name, input: StructureInput): Structure | undefined {
  const zone = input.zones.findLast((one) => hasNode(one, name));
  return zone === undefined ? undefined : structureIn(zone, zone.node(name), input);
}

/** The levels of all federations and what lies between them and their domains, with what the zones have there; by keyOfName. */
export function ladderStructure(input: StructureInput): Map<string, Structure> {
  const nodes = new Map<string, Structure>();
  for (const federation of input.federations) addLadder(nodes, federation, input);
  return nodes;
}

function hasNode(zone: Zone, name: Name): boolean {
  return isAtOrBelow(name, zone.origin) && zone.has(name);
}

function structureIn(zone: Zone, { name, rrsets }: ZoneNode, input: StructureInput): Structure {
  const { origin } = zone;
  const id = input.zoneIds.idOf(origin);
  const isFederated = input.federations.some(({ domain }) => sameName(domain, origin));
  const flags = sameName(name, origin) ? NodeFlag.Apex | (isFederated ? NodeFlag.Federated : 0) : 0;
  return { node: { zone: id, name, flags, rrsets, level: null }, origin };
}

function addLadder(
  nodes: Map<string, Structure>,
  federation: PublishedFederation,
  input: StructureInput,
): void {
  const put = (name: Name, level: LevelContent | null): void => {
    const known = (nodes.get(keyOfName(name)) ?? zoneStructureAt(name, input))?.node;
    if (known !== undefined && level === null) return;
    const origin = innermost(name, input.zones) ?? federation.domain;
    const zone = input.zoneIds.idOf(origin);
    const node = { zone, name, flags: known?.flags ?? 0, rrsets: known?.rrsets ?? [], level };
    nodes.set(keyOfName(name), { node, origin });
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

/** The origin of the zone that `name` belongs to: a zone inside another one has what lies in it. */
function innermost(name: Name, zones: readonly Zone[]): Name | undefined {
  const around = zones.map(({ origin }) => origin).filter((origin) => isAtOrBelow(name, origin));
  return around.sort((a, b) => b.length - a.length)[0];
}
