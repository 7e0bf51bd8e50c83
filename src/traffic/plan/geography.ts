/** The locations of the members, and how near each is to each class of clients. */
import type { Coordinates } from "../../federation/members/distance.ts";
import type { Member } from "../../federation/members/federation.ts";
import { coordinatesOfRegion } from "../locate/cloud-regions.ts";
import type { ClientTable } from "../locate/table.ts";
import type { LocatedCluster } from "../../federation/policy/located-cluster.ts";
import { nearnessOf } from "../../federation/policy/nearness.ts";
import type { Geography } from "../../picture/publish/geography.ts";
import { Kind } from "../../picture/format/record.ts";

/** Takes over the words of the table. `halfKm`: the distance that halves the share of a cluster. */
export function geographyOf({ classes, words }: ClientTable, halfKm: number): Geography {
  words[0] = ((Kind.Clients << 24) | words.length) >>> 0;
  return { clients: words, nearness: (members) => nearnessOf(classes, members.map(located), halfKm) };
}

/** From the settings, or else from the regions of its nodes where these are regions of a public cloud. */
function located({ name, index, locality }: Member): LocatedCluster {
  const { places, latitude, longitude } = locality;
  return { name, index, places, coordinates: coordinatesOf(places, latitude, longitude) };
}

function coordinatesOf(
  places: LocatedCluster["places"],
  latitude: number | null,
  longitude: number | null,
): readonly Coordinates[] {
  if (latitude !== null && longitude !== null) return [{ latitude, longitude }];
  const regions = new Set(places.map(({ region }) => region));
  return [...regions].flatMap((region) => coordinatesOfRegion(region) ?? []);
}
