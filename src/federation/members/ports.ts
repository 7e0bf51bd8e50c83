/** The ports of one service over all clusters: for each name and protocol, the oldest object wins. */
import { type NamedPort, portKey, type Ports } from "./backend.ts";

type ClusterPorts = { readonly cluster: string; readonly ports: Ports };

/** A cluster whose number for a port differs from the one that is answered. */
type PortConflict = {
  /** "_http._tcp". */
  readonly port: string;
  readonly wins: { readonly cluster: string; readonly port: number };
  readonly loses: { readonly cluster: string; readonly port: number };
};

export function mergePorts(ofClusters: readonly ClusterPorts[]): {
  /** Sorted by portKey. */
  readonly ports: readonly NamedPort[];
  readonly conflicts: readonly PortConflict[];
} {
  const [only] = ofClusters;
  if (only === undefined) return { ports: [], conflicts: [] };
  if (ofClusters.length === 1) return { ports: only.ports.list, conflicts: [] };
  const oldestFirst = [...ofClusters].sort(
    (a, b) => a.ports.createdSeconds - b.ports.createdSeconds || (a.cluster < b.cluster ? -1 : 1),
  );
  const merged = new Map<string, { readonly cluster: string; readonly port: NamedPort }>();
  const conflicts: PortConflict[] = [];
  for (const { cluster, ports } of oldestFirst) {
    for (const port of ports.list) {
      const key = portKey(port);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { cluster, port });
      else if (known.port.port !== port.port)
        conflicts.push({
          port: key,
          wins: { cluster: known.cluster, port: known.port.port },
          loses: { cluster, port: port.port },
        });
    }
  }
  const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { port }]) => port);
  return { ports: sorted, conflicts };
}

/** As a sentence. */
export function portConflictText({ port, wins, loses }: PortConflict): string {
  return `port ${port} is ${wins.port} in ${wins.cluster} (the oldest), which counts, and ${loses.port} in ${loses.cluster}`;
}
