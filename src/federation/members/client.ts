/** What is known of where a class of clients is. */
import type { Coordinates } from "./distance.ts";

export type ClientClass =
  /** Nothing: every cluster is equally near. */
  | { readonly kind: "unknown" }
  | ({ readonly kind: "place" } & Coordinates)
  /** In (or beside) this member cluster, by configuration. */
  | { readonly kind: "cluster"; readonly cluster: string }
  /** In this region, by configuration; null = nobody knows where that is. */
  | {
      readonly kind: "region";
      readonly region: string;
      readonly latitude: number | null;
      readonly longitude: number | null;
    };
