/** What a source of host names is: which of its objects the settings choose, and how it is opened in one cluster. */
import { type HostDeclaration, objectKey, sameDeclaration } from "../../federation/hosts/declaration.ts";
import type { Labels } from "../../federation/hosts/selector.ts";
import { serviceOf } from "../../federation/members/federation.ts";
import type { Projection } from "../watch/store.ts";

/** Namespaces whose objects count; empty = all. */
export type ObjectFilter = {
  readonly namespaces: readonly string[];
};

export function isChosen({ namespaces }: ObjectFilter, namespace: string): boolean {
  return namespaces.length === 0 || namespaces.includes(namespace);
}

/** The settings that every source has. They hold in every member alike; an empty selector chooses all. */
export type SourceChoice = ObjectFilter & {
  readonly enabled: boolean;
  /** As kubectl's --selector. */
  readonly namespaceSelector: string;
  readonly labelSelector: string;
};

/** One kind of object that a source watches in one cluster. */
export type KindWatch<T> = {
  /** Takes from a raw object what is worth keeping; null: nothing. */
  readonly project: (object: unknown) => Projection<T> | null;
  readonly equal: (before: T, after: T) => boolean;
  readonly onChange: (key: string, value: T | undefined) => void;
  /** After each complete list. */
  readonly onListed?: () => void;
  /** Whose selectors choose among the objects; absent = all objects count. */
  readonly choice?: SourceChoice;
};

/** One cluster, as a source sees it. */
export type SourceContext = {
  /** `kind` is a key of `resources` in the source's row. */
  watch<T>(kind: string, watch: KindWatch<T>): void;
  /** `listener` hears the labels of every namespace; undefined: the namespace is gone. */
  onNamespace(listener: (name: string, labels: Labels | undefined) => void): void;
  /** `key`: objectKey. Null: the object declares nothing any more. */
  declared(key: string, declaration: HostDeclaration | null): void;
  /** Annotations of ExternalDNS count. */
  readonly readsExternalDns: boolean;
};

export type HostSource<Settings> = (context: SourceContext, settings: Settings) => void;

/** A source whose objects declare hosts each on its own. */
export function declaringSource<Settings extends SourceChoice>(
  kind: string,
  projection: (settings: Settings, context: SourceContext) => KindWatch<HostDeclaration>["project"],
): HostSource<Settings> {
  return (context, settings) =>
    context.watch<HostDeclaration>(kind, {
      project: projection(settings, context),
      equal: sameDeclaration,
      onChange: (key, declaration) =>
        context.declared(objectKey({ kind, ...serviceOf(key) }), declaration ?? null),
      choice: settings,
    });
}
