/** The options about the place of a cluster, as annotations of its KubeFedCluster. */
import { OperationalError } from "../../kernel/error.ts";
import {
  clusterAnnotation,
  NO_ANNOTATIONS,
  readClusterAnnotations,
} from "../../fleet/host-objects/cluster-annotations.ts";

/** The annotations that options of `fedns join` set. */
export const PLACES = ["region", "zones", "location", "addresses"] as const;

type PlaceOptions = Partial<Readonly<Record<(typeof PLACES)[number], string>>>;

/** By the names of annotations. Throws an OperationalError when a value is none that the annotation can have. */
export function parsePlace(options: PlaceOptions): Readonly<Record<string, string>> {
  const given = PLACES.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const written = Object.fromEntries(given.map(([name, value]) => [clusterAnnotation(name), value]));
  const [problem] = readClusterAnnotations(written, NO_ANNOTATIONS).problems;
  if (problem === undefined) return Object.fromEntries(given);
  const sentence = problem
    .replace(/^the annotation /, "")
    .replaceAll(/fedns\.io\/(?=\w)/g, "--")
    .replace(/; its last valid value stays$/, "");
  throw new OperationalError("USAGE", sentence);
}
