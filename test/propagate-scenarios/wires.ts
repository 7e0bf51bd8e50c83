/** Between the members and all that reaches them: the commands, and fedns by what the commands have declared. */
import { readFile, writeFile } from "node:fs/promises";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import type { Rig } from "../cli/clusters/rig.ts";
import type { Scope } from "../support/programs.ts";
import { Wire } from "../support/wire.ts";

/** By the name of the member. */
export async function layWires(
  scope: Scope,
  rig: Rig,
  names: readonly string[],
): Promise<ReadonlyMap<string, Wire>> {
  const wires = new Map<string, Wire>();
  let kubeconfig = await readFile(rig.kubeconfig, "utf8");
  for (const name of names) {
    const { port } = rig.servers[name] as ApiServer;
    const wire = await Wire.lay(scope, port);
    wires.set(name, wire);
    kubeconfig = kubeconfig.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${wire.port}`);
  }
  await writeFile(rig.kubeconfig, kubeconfig);
  return wires;
}
