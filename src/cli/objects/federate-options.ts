/** What `fedns federate` is told. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { EnableOptions } from "../types/enable.ts";
import type { DocumentsSource } from "./candidates.ts";

type FederateSource =
  | {
      readonly kind: "object";
      readonly word: string;
      readonly name: string;
      readonly namespace: string | undefined;
      /** Of a Namespace: everything in it as well. Null = not. */
      readonly contents: { readonly skipKinds: readonly string[] } | null;
    }
  | ({ readonly kind: "documents" } & DocumentsSource);

export type FederateOptions = Omit<EnableOptions, "requests" | "collectsStatus"> & {
  readonly source: FederateSource;
  /** `spec.placement` of all of them. */
  readonly placement: JsonRecord;
  /** Types that are not enabled are; otherwise they are an error. */
  readonly enablesTypes: boolean;
  /** Nothing is asked and written for the objects: they are only printed. */
  readonly isPrinted: boolean;
};
