/** The figures that the processes of the `geo` bench report, and the files they report them in. */
import type { Resident } from "../memory/resident.ts";

/** As `traffic.halfDistanceKm` is by default. */
export const halfKm = 500;
/** The words in the command line of the process that answers. */
export const servingProcess = "serve/child";

/** Null where it could not be read. */
export type Residents = { readonly control: Resident | null; readonly serve: Resident | null };

/** From host.ts: the table, how it came to be, and who has what in memory. */
export type HostFigures = {
  readonly source: string;
  /** Entries of the database that have a location. */
  readonly records: number;
  readonly classes: number;
  readonly leavesV4: number;
  readonly leavesV6: number;
  readonly octets: { readonly v4: number; readonly v6: number };
  /** From the watch's begin to the picture, the builder's process included. */
  readonly buildSeconds: number;
  /** The most the builder had in memory. */
  readonly builderOctets: number;
  readonly before: Residents;
  readonly after: Residents;
};

/** Nanoseconds each. */
export type LookUpFigures = { readonly lowest: number; readonly median: number };

export type JoinFigures = {
  readonly clusters: number;
  /** Milliseconds to compute the nearness of all clusters to all classes after a cluster has joined. */
  readonly nearnessMs: readonly number[];
  /** From the cluster's name to the commit. */
  readonly joinMs: readonly number[];
};

/** From table-figures.ts. */
export type TableFigures = {
  readonly v4: LookUpFigures;
  readonly v6: LookUpFigures;
  readonly joins: readonly JoinFigures[];
};

/** There when the host is ready. */
export function figuresIn(directory: string): string {
  return `${directory}/figures.json`;
}
