/**
 * The lower bound of reading a fleet: the same pages, with undici and JSON.parse, visiting every object once.
 *
 *   node bench/converge/bare.ts PORT CLUSTERS
 *
 * Prints how many objects it has read.
 */
import { Pool } from "undici";
import { clusterName, kinds } from "./fleet.ts";

const [port = 0, clusters = 0] = process.argv.slice(2).map(Number);
const paths = {
  services: "api/v1",
  endpointslices: "apis/discovery.k8s.io/v1",
  ingresses: "apis/networking.k8s.io/v1",
};

async function readAll(pool: Pool, path: string): Promise<number> {
  let read = 0;
  for (let token = ""; ;) {
    const query = `limit=500${token === "" ? "" : `&continue=${token}`}`;
    const { body } = await pool.request({ path: `${path}?${query}`, method: "GET" });
    const page = JSON.parse(await body.text()) as {
      metadata: { continue?: string };
      items: { metadata: { name: string } }[];
    };
    read += page.items.filter(({ metadata }) => metadata.name !== "").length;
    token = page.metadata.continue ?? "";
    if (token === "") return read;
  }
}

const counts = await Promise.all(
  Array.from({ length: clusters }, async (_, i) => {
    // One per cluster, as fedns has them.
    const pool = new Pool(`http://127.0.0.1:${port}`);
    const read = await Promise.all(
      kinds.map((kind) => readAll(pool, `/${clusterName(i)}/${paths[kind]}/${kind}`)),
    );
    await pool.close();
    return read.reduce((sum, count) => sum + count, 0);
  }),
);
process.stdout.write(`${counts.reduce((sum, count) => sum + count, 0)}\n`);
