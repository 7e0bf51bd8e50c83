/** Names that records point to: nameservers need addresses and glue, mail and service hosts must exist (RFC 1912 §2.3, RFC 2181 §10). */
import { RecordType } from "../message/code.ts";
import { formatName, sameName } from "../message/name.ts";
import { fieldAt } from "../rdata/wire-form.ts";
import { typeName } from "../rdata/types.ts";
import type { Inspection } from "./inspection.ts";
import { foldedKey, type RecordTarget } from "../zone/zone-cuts.ts";
import { keyOfName, type ZoneNode } from "../zone/zone.ts";

/** Which field of the RDATA is the name of a host. */
const HOST_FIELD: ReadonlyMap<number, number> = new Map([
  [RecordType.NS, 0],
  [RecordType.MX, 1],
  [RecordType.SRV, 3],
]);

export function checkTargets(inspection: Inspection, node: ZoneNode): void {
  for (const { type, rdatas } of node.rrsets) {
    const field = HOST_FIELD.get(type);
    if (field === undefined) continue;
    for (const rdata of rdatas) {
      const host = fieldAt(type, rdata, field);
      // "." says that there is none (RFC 7505, RFC 2782).
      if (host[0] === 0 && type !== RecordType.NS) continue;
      checkHost(inspection, { node, type, rdata, host });
    }
  }
}

type Reference = {
  readonly node: ZoneNode;
  readonly type: number;
  readonly rdata: Uint8Array;
  readonly host: Uint8Array;
};

function checkHost(inspection: Inspection, reference: Reference): void {
  const { node, type, rdata, host } = reference;
  const { problems, positionOf, cuts, isReserved } = inspection;
  const key = foldedKey(host);
  const target = cuts.targetAt(key);
  if (target.kind === "outside" || target.kind === "address") return;
  const what = `${formatName(node.name)} ${typeName(type)}: ${formatName(host)}`;
  if (target.kind === "alias") {
    problems.warning(
      positionOf(rdata),
      `${what} is an alias; it should have addresses itself (RFC 2181 §10.3)`,
    );
    return;
  }
  if (inspection.isPartial || isReserved(key)) return;
  if (type === RecordType.NS) checkNameserver(inspection, reference, target);
  else if (target.kind === "nothing")
    problems.warning(positionOf(rdata), `${what} has no address (A or AAAA)`);
}

function checkNameserver(inspection: Inspection, reference: Reference, target: RecordTarget): void {
  const { zone, problems, positionOf } = inspection;
  const { node, rdata, host } = reference;
  const what = `${formatName(node.name)} NS: ${formatName(host)}`;
  if (target.kind !== "delegated") {
    problems.warning(positionOf(rdata), `${what} has no address (A or AAAA); nobody can reach it`);
    return;
  }
  const isOwn = target.cut === keyOfName(node.name) || sameName(node.name, zone.origin);
  if (isOwn) {
    problems.warning(
      positionOf(rdata),
      `${what} has no glue; without its address here (A or AAAA) it cannot be found`,
    );
    return;
  }
  const cut = formatName(zone.find(target.cut)?.name ?? zone.origin);
  problems.warning(
    positionOf(rdata),
    `${what} is below the zone cut ${cut} and has no glue here; the delegation depends on that cut`,
  );
}
