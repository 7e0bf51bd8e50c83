/**
 * The lower bound of placing: server-side applies of the same bodies by undici, as many at once as fedns has, and nothing else.
 *
 *   node bench/propagate/bare.ts MEMBERS.JSON OBJECTS VERSION
 *
 * Prints milliseconds, milliseconds of CPU time, and how many were applied. Connections are open before the time begins.
 */
import { readFileSync } from "node:fs";
import { Pool } from "undici";
import { lowerSessionPriority } from "../../src/kernel/native/priority.ts";
import { bareBody, bareNamespace, objectName } from "./content.ts";

/** Slots for writes to one member (fleet/kube/request-slots.ts). */
const atOnce = 3;
const warmups = 20;
/** That of the propagate process, which others on the machine disturb as much. */
const niceness = 10;

type Access = { readonly url: string; readonly caPem: string; readonly token: string };

const [membersFile = "", ...numbers] = process.argv.slice(2);
const [objects = 0, version = 0] = numbers.map(Number);
const members = JSON.parse(readFileSync(membersFile, "utf8")) as Access[];
const bodies = Array.from({ length: objects }, (_, index) => JSON.stringify(bareBody(index, version)));

const pools = members.map(({ url, caPem, token }) => ({
  pool: new Pool(url, { connections: atOnce, pipelining: 1, allowH2: false, connect: { ca: caPem } }),
  headers: { authorization: `Bearer ${token}`, "content-type": "application/apply-patch+yaml" },
}));

async function applyAll({ pool, headers }: (typeof pools)[number]): Promise<number> {
  let next = 0;
  let applied = 0;
  const work = async (): Promise<void> => {
    while (next < objects) {
      const index = next++;
      const path = `/api/v1/namespaces/${bareNamespace}/configmaps/${objectName(index)}?fieldManager=bare&force=true`;
      const request = { path, method: "PATCH", headers, body: bodies[index] as string } as const;
      const { statusCode, body } = await pool.request(request);
      const reply = JSON.parse(await body.text()) as { readonly metadata: { readonly name: string } };
      if (statusCode > 201) throw new Error(`an apply was refused: ${JSON.stringify(reply)}`);
      applied += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return applied;
}

async function warmUp({ pool, headers }: (typeof pools)[number]): Promise<void> {
  const read = async (): Promise<void> => {
    for (let n = 0; n < warmups; n++)
      await (await pool.request({ path: "/version", method: "GET", headers })).body.dump();
  };
  await Promise.all(Array.from({ length: atOnce }, read));
}

lowerSessionPriority(process.pid, niceness);
await Promise.all(pools.map(warmUp));
const cpu = process.cpuUsage();
const fromMs = performance.now();
const counts = await Promise.all(pools.map(applyAll));
const ms = performance.now() - fromMs;
const { user, system } = process.cpuUsage(cpu);
const applied = counts.reduce((sum, count) => sum + count, 0);
await Promise.all(pools.map(({ pool }) => pool.close()));
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1_000, applied }));
