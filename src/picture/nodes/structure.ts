/**
 * Which nodes the picture must hold. Pure. Those of the zones stay as they are; those of the ladders move with the
 * clusters, and are few: a change of the fleet is compared with them alone, however large the zones are.
 */
import { RecordType } from "../../dns/message/code.ts";
import { isAtOrBelow, type Name, parentOf, sameName } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import type { LevelContent } from "../content/content.ts";
import { NodeFlag } from "../format/node.ts";
import { keyOfName, parentKey, type Zone, type ZoneNode } from "../../dns/zone/zone.ts";
import { flagsIn } from "./flags.ts";
import { ladderOf } from "./ladder.ts";
import type { KeyedName, PublishedFederation, Structure, StructureInput, Surroundings } from "./node-plan.ts";

/** The nodes of all zones, each name once: a zone inside another one has all that lies in it. */
export function* zoneStructure(input: StructureInput): Generator<Structure> {
  for (const zone of input.zones)
    for (const node of zone.nodes)
      if (innermost(node.name, input.zones) === zone) yield structureIn(zone, node, input);
}

/** What the zones have at `name`, without regard to ladders. */
export function zoneStructureAt({ name, key }: KeyedName, input: StructureInput): Structure | undefined {
  const zone = innermost(name, input.zones);
  const node = zone?.find(key);
  return zone === undefined || node === undefined ? undefined : structureIn(zone, node, input);
}

/**
 * The levels of all federations and what lies between them and their domains, with what the zones have there; by keyOfName.
 * `tooMany`: levels for which there is no number left.
 */
export function ladderStructure(input: StructureInput): {
  readonly nodes: Map<string, Structure>;
  readonly tooMany: readonly Name[];
} {
  const nodes = new Map<string, Structure>();
  const tooMany = input.federations.flatMap((federation) => addLadder(nodes, federation, input));
  return { nodes, tooMany };
}

function structureIn(zone: Zone, { name, rrsets }: ZoneNode, input: StructureInput): Structure {
  const { origin } = zone;
  const id = input.zoneIds.idOf(origin);
  const isApex = sameName(name, origin);
  const isFederated =
    isApex &&
    (input.federations.some(({ domain }) => sameName(domain, origin)) ||
      input.hostSuffixes.some(
        ({ name: suffix }) => isAtOrBelow(suffix, origin) || isAtOrBelow(origin, suffix),
      ));
  const isWithin = isApex && input.federations.some(({ domain }) => isAtOrBelow(origin, domain));
  const flags =
    flagsIn(zone, name) | (isFederated ? NodeFlag.Federated : 0) | (isWithin ? NodeFlag.Within : 0);
  const own = isApex ? rrsets.filter(({ type }) => type !== RecordType.DS) : rrsets;
  const all = isApex ? [...own, ...delegationSigners(origin, input.zones)] : own;
  return { node: { zone: id, name, flags, rrsets: all, level: null }, origin };
}

/** Of a zone inside another one of ours, the parent knows the DS records (RFC 4035 §3.1.4.1); there is one node for both. */
function delegationSigners(origin: Name, zones: readonly Zone[]): readonly RRset[] {
  const parent = innermost(parentOf(origin), zones);
  if (parent === undefined || sameName(parent.origin, origin) || !parent.has(origin)) return [];
  return parent.node(origin).rrsets.filter(({ type }) => type === RecordType.DS);
}

function addLadder(
  nodes: Map<string, Structure>,
  federation: PublishedFederation,
  input: StructureInput,
): Name[] {
  const tooMany: Name[] = [];
  const isZoneIn = input.zoneIds.hasRoomFor(
    innermost(federation.domain, input.zones)?.origin ?? federation.domain,
  );
  const put = (name: Name, level: LevelContent | null): void => {
    const key = keyOfName(name);
    const known = (nodes.get(key) ?? zoneStructureAt({ name, key }, input))?.node;
    if (known !== undefined && level === null) return;
    const origin = innermost(name, input.zones)?.origin ?? federation.domain;
    const zone = input.zoneIds.idOf(origin);
    const node = { zone, name, flags: known?.flags ?? 0, rrsets: known?.rrsets ?? [], level };
    nodes.set(key, { node, origin });
  };
  for (const { name, parent, clusters } of ladderOf(federation.name, federation.domain, input.members)) {
    // The levels above come first.
    const isParentOut = parent !== null && !nodes.has(keyOfName(parent));
    if (isParentOut || !isZoneIn || !input.levelIds.hasRoomFor(name)) {
      tooMany.push(name);
      continue;
    }
    put(name, {
      id: input.levelIds.idOf(name),
      parent: parent === null ? null : input.levelIds.idOf(parent),
      federation: federation.id,
      clusters,
    });
    for (let above = parentOf(name); !sameName(above, federation.domain); above = parentOf(above))
      put(above, null);
  }
  return tooMany;
}

/** The zone that `name` lies in, which has nothing there: its number, and what hides the name. */
export function surroundingsOf(name: Name, input: StructureInput): Surroundings | undefined {
  const zone = innermost(name, input.zones);
  if (zone === undefined) return undefined;
  let above = parentOf(name);
  while (!zone.has(above)) above = parentOf(above);
  const isHidden = (flagsIn(zone, above) & (NodeFlag.Cut | NodeFlag.Dname | NodeFlag.Shadowed)) !== 0;
  return {
    zone: input.zoneIds.idOf(zone.origin),
    origin: zone.origin,
    flags: isHidden ? NodeFlag.Shadowed : 0,
  };
}

/** The zone that `name` belongs to: a zone inside another one has what lies in it. */
function innermost(name: Name, zones: readonly Zone[]): Zone | undefined {
  const byOrigin = originsOf(zones);
  let key = keyOfName(name);
  for (;;) {
    const zone = byOrigin.get(key);
    if (zone !== undefined || key.length === 1) return zone;
    key = parentKey(key);
  }
}

/** Of lists of zones, which never change: there may be thousands of zones, and each of their nodes is looked at. */
const indexes: WeakMap<readonly Zone[], ReadonlyMap<string, Zone>> = new WeakMap();

function originsOf(zones: readonly Zone[]): ReadonlyMap<string, Zone> {
  const known = indexes.get(zones);
  if (known !== undefined) return known;
  const index = new Map(zones.map((zone) => [keyOfName(zone.origin), zone]));
  indexes.set(zones, index);
  return index;
}
