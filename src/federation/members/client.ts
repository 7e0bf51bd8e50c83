/** Where a class of clients is, as far as it is known. */
import type { Coordinates } from "./distance.ts";

export type ClientClass =
  /** Nothing: every cluster is equally near. */
  | { readonly kind: "unknown" }
  | ({ readonly kind: "place" } & Coordinates)
  /** In this member cluster or next to it, by configuration. */
  | { readonly kind: "cluster"; readonly cluster: string }
  /** In this region, by configuration; null = its coordinates are unknown. */
  | {
      readonly kind: "region";
      readonly region: string;
      readonly latitude: number | null;
      readonly longitude: number | null;
    };
