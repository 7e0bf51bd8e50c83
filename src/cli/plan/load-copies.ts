/** What a plan for single objects has to read of members: their copies, and those of the objects that they name. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { dependenciesOf } from "../../propagate/order/dependencies.ts";
import { readCopy } from "../../propagate/plan/read-copies.ts";
import { keyOfCopy, targetTypeOf } from "../../propagate/objects/propagated-type.ts";
import { render } from "../../propagate/render/render.ts";
import { loadIfThere, type ObjectName } from "./load-objects.ts";
import type { OpenWorld } from "./open-world.ts";

/** The live copies by the names of members; where there is none, or it cannot be read, it is left out. */
export async function loadCopies(
  { world }: OpenWorld,
  { type, key }: ObjectName,
): Promise<ReadonlyMap<string, ApiObject>> {
  const copies = new Map<string, ApiObject>();
  await Promise.all(
    world.members.map(async (member) => {
      const copy = await readCopy(world, member, type, key);
      if (copy !== null) copies.set(member.name, copy);
    }),
  );
  return copies;
}

/** Federated objects that the copies need first, and their copies. */
export async function loadDependencies(open: OpenWorld, object: ObjectName): Promise<void> {
  for (const dependency of dependenciesIn(open, object))
    if (await loadIfThere(open, dependency)) await loadCopies(open, dependency);
}

function dependenciesIn({ world }: OpenWorld, { type, key }: ObjectName): readonly ObjectName[] {
  const row = world.objects.rowOf({ type: type.name, key });
  const parsed = row === undefined ? null : (world.objects.read(row)?.parsed ?? null);
  if (parsed === null || "problem" in parsed) return [];
  const found = new Map<string, ObjectName>();
  for (const cluster of world.members) {
    const rendered = render({
      object: parsed.object,
      target: targetTypeOf(type),
      cluster,
      owner: world.ownership.owner,
      isUpdate: false,
    });
    if ("problem" in rendered) continue;
    for (const { kind, namespace, name } of dependenciesOf(rendered.body))
      for (const other of world.types.filter(({ target }) => target.kind === kind))
        found.set(`${other.name} ${namespace}/${name}`, {
          type: other,
          key: keyOfCopy(other, { namespace, name }),
        });
  }
  return [...found.values()];
}
