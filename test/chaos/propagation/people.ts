/** What people do in the host while things go wrong: a handful of federated objects that are changed, moved, deleted and made again. */
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import type { Manifest, ObjectRef } from "../../../src/sandbox/store/objects.ts";
import type { Chance } from "../../simulation/chance.ts";
import { FEDERATED_VERSION } from "./wanted.ts";

/** This namespace is in all members, always. */
export const SHOP = "shop";
/** This one goes where it is moved. */
const TILL = "till";
/** The service whose name is asked for, always somewhere. */
export const FRONT = "front";
const LASTING_MAPS = ["settings", "texts"];
const PASSING_MAPS = ["sale", "banner", "notice"];
const labels = { app: FRONT };

type Placement = { readonly clusters?: readonly { readonly name: string }[]; readonly clusterSelector?: {} };
type Place = "all" | readonly string[];

export class People {
  readonly #host: () => ApiServer;
  readonly #members: readonly string[];
  readonly #chance: Chance;
  #count = 0;
  readonly #acts: readonly (readonly [() => void, number])[];

  constructor(parts: {
    readonly host: () => ApiServer;
    readonly members: readonly string[];
    readonly chance: Chance;
  }) {
    this.#host = parts.host;
    this.#members = parts.members;
    this.#chance = parts.chance;
    this.#acts = [
      [() => this.#changeMap(), 5],
      [() => this.#changeDeployment(), 2],
      [() => this.#passMap(), 4],
      [() => this.#move(SHOP, "FederatedService", FRONT, 1), 1],
      [() => this.#move(SHOP, "FederatedConfigMap", this.#chance.pick(LASTING_MAPS), 0), 2],
      [() => this.#move(TILL, "FederatedNamespace", TILL, 0), 1],
    ];
  }

  begin(): void {
    for (const namespace of [SHOP, TILL]) {
      this.#host().objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      this.#put(namespace, "FederatedNamespace", namespace, {}, "all");
      for (const name of LASTING_MAPS) this.putMap(namespace, name);
    }
    const spec = {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: FRONT,
              image: "registry.example.net/front:1",
              ports: [{ name: "http", containerPort: 8080 }],
            },
          ],
        },
      },
    };
    this.#put(SHOP, "FederatedDeployment", FRONT, { metadata: { labels }, spec }, "all");
    const ports = [{ name: "http", port: 80, targetPort: "http" }];
    const service = { type: "LoadBalancer", selector: labels, ports };
    this.#put(SHOP, "FederatedService", FRONT, { metadata: { labels }, spec: service }, "all");
  }

  /** Somebody does something. */
  act(): void {
    this.#chance.weighed(this.#acts)();
  }

  /** Every ConfigMap gets other content. */
  changeMaps(): void {
    for (const { metadata } of this.#maps()) this.#rewrite(metadata as { name: string; namespace: string });
  }

  putMap(namespace: string, name: string, place: Place = "all"): void {
    const template = { data: { number: String(++this.#count), name } };
    this.#put(namespace, "FederatedConfigMap", name, template, place);
  }

  deleteMap(namespace: string, name: string): void {
    this.#host().objects.delete(refOf("FederatedConfigMap", namespace, name));
  }

  /** Those that come and go are there now. */
  putPassing(): readonly string[] {
    for (const name of PASSING_MAPS) if (this.#isFree(SHOP, name)) this.putMap(SHOP, name);
    return PASSING_MAPS;
  }

  #maps(): readonly { readonly metadata: object }[] {
    return this.#host()
      .objects.list(FEDERATED_VERSION, "FederatedConfigMap")
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  #changeMap(): void {
    const maps = this.#maps();
    if (maps.length > 0)
      this.#rewrite(this.#chance.pick(maps).metadata as { name: string; namespace: string });
  }

  #rewrite({ name, namespace }: { readonly name: string; readonly namespace: string }): void {
    const data = { number: String(++this.#count) };
    this.#patch("FederatedConfigMap", namespace, name, { template: { data } });
  }

  #changeDeployment(): void {
    const member = this.#chance.pick(this.#members);
    const replicas = this.#chance.int(1, 3);
    const clusterOverrides = [{ path: "/spec/replicas", value: replicas }];
    const change = this.#chance.is(0.5)
      ? { template: { spec: { replicas } } }
      : { overrides: [{ clusterName: member, clusterOverrides }] };
    this.#patch("FederatedDeployment", SHOP, FRONT, change);
  }

  /** One that is there goes, and one that is not there comes. */
  #passMap(): void {
    const namespace = this.#chance.is(0.7) ? SHOP : TILL;
    const name = this.#chance.pick(PASSING_MAPS);
    if (this.#isFree(namespace, name)) this.putMap(namespace, name, this.#place(0));
    else this.deleteMap(namespace, name);
  }

  #move(namespace: string, kind: string, name: string, least: number): void {
    const placement = placementOf(this.#place(least));
    // What the merge leaves of before would count.
    const whole = {
      clusters: placement.clusters ?? null,
      clusterSelector: placement.clusterSelector ?? null,
    };
    this.#patch(kind, namespace, name, { placement: whole });
  }

  #place(least: number): Place {
    if (this.#chance.is(0.4)) return "all";
    const some = this.#members.filter(() => this.#chance.is(0.5));
    return some.length < least ? this.#members.slice(0, least) : some;
  }

  #isFree(namespace: string, name: string): boolean {
    return this.#host().objects.get(refOf("FederatedConfigMap", namespace, name)) === undefined;
  }

  #patch(kind: string, namespace: string, name: string, spec: object): void {
    const ref = refOf(kind, namespace, name);
    if (this.#host().objects.get(ref) !== undefined) this.#host().objects.patch(ref, { spec } as never);
  }

  #put(namespace: string, kind: string, name: string, template: object, place: Place): void {
    this.#host().objects.put({
      ...refOf(kind, namespace, name),
      metadata: { namespace, name },
      spec: { template, placement: placementOf(place) },
    } as unknown as Manifest);
  }
}

function placementOf(place: Place): Placement {
  return place === "all" ? { clusterSelector: {} } : { clusters: place.map((name) => ({ name })) };
}

function refOf(kind: string, namespace: string, name: string): ObjectRef {
  return { apiVersion: FEDERATED_VERSION, kind, namespace, name };
}
