/** What an API server of a bench leaves in its directory when it listens: a kubeconfig for each cluster, then its port. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** DIRECTORY/CLUSTER.kubeconfig leads to http://127.0.0.1:PORT/CLUSTER. Once DIRECTORY/port exists, they exist too. */
export function announce(directory: string, clusters: readonly string[], port: number): void {
  for (const name of clusters) {
    const cluster = { server: `http://127.0.0.1:${port}/${name}` };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      users: [{ name, user: { token: "bench" } }],
    };
    writeFileSync(join(directory, `${name}.kubeconfig`), stringify(config), { mode: 0o600 });
  }
  writeFileSync(join(directory, "port"), String(port));
}
