/** Gateways, routes and namespaces of one cluster as YAML, and what they declare as lines of text. */
import { parseAllDocuments } from "yaml";
import type { RouteKind } from "../../../src/federation/gateways/attach.ts";
import type { HostDeclaration } from "../../../src/federation/hosts/declaration.ts";
import { GatewayIndex } from "../../../src/federation/gateways/gateway-index.ts";
import { projectGateway, projectListenerSet } from "../../../src/fleet/sources/gateway.ts";
import { projectNamespace } from "../../../src/fleet/observe/project.ts";
import { projectRoute } from "../../../src/fleet/sources/route.ts";
import { declarationText } from "../../federation/hosts/claim-text.ts";

export type GatewayRig = {
  /** Objects that are there from now on, in the place of those of the same kind and name. */
  apply(yaml: string): void;
  remove(kind: RouteKind | "Gateway", key: string): void;
  /** "HTTPRoute shop/web: host -> address | …", sorted. */
  lines(): string[];
  /** "HTTPRoute shop/web: host", of what was not understood. */
  faults(): string[];
  /** Keys of the declarations, in order. */
  readonly told: string[];
};

const ANY = { namespaces: [], classes: [], readsExternalDns: true };

export function gatewayRig(): GatewayRig {
  const declared = new Map<string, HostDeclaration>();
  const told: string[] = [];
  const index = new GatewayIndex((key, declaration) => {
    told.push(key);
    if (declaration === null) declared.delete(key);
    else declared.set(key, declaration);
  });
  index.gatewaysListed();
  const apply = (object: { readonly kind: string }): void => {
    if (object.kind === "Gateway") {
      const { key, value } = projectGateway(ANY)(object) ?? {};
      if (key !== undefined) index.setGateway(key, value);
    } else if (object.kind === "Namespace") {
      const { key, value } = projectNamespace(true)(object) ?? {};
      if (key !== undefined) index.setNamespace(key, value?.labels);
    } else if (object.kind === "ListenerSet") {
      const { key, value } = projectListenerSet(object) ?? {};
      if (key !== undefined) index.setListenerSet(object.kind, key, value);
    } else {
      const kind = object.kind as RouteKind;
      const { key, value } = projectRoute(kind, ANY)(object) ?? {};
      if (key !== undefined) index.setRoute(kind, key, value);
    }
  };
  return {
    apply(yaml) {
      for (const document of parseAllDocuments(yaml)) apply(document.toJS() as { kind: string });
    },
    remove(kind, key) {
      if (kind === "Gateway") index.setGateway(key, undefined);
      else index.setRoute(kind, key, undefined);
    },
    lines: () =>
      [...declared].flatMap(([key, one]) => declarationText(one).map((line) => `${key}: ${line}`)).sort(),
    faults: () =>
      [...declared].flatMap(([key, { faults = [] }]) => faults.map(({ host }) => `${key}: ${host}`)).sort(),
    told,
  };
}
