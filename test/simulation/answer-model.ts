/**
 * The model of answers: what may be answered, from reports, orders and health. It implements the tables at the top of
 * src/answer/solve/select.ts and src/answer/solve/weigh.ts once more, without calling the product.
 */
import type { Told } from "./feed.ts";
import type { Near } from "./place-model.ts";
import type { Plan, Settings } from "./plan-model.ts";

export type Family = 4 | 6;

/** One address that may be handed out. */
export type Address = { readonly text: string; readonly family: Family; readonly health: number };

/** A cluster that declares the service, with everything that decides about it. */
export type Member = {
  readonly cluster: string;
  readonly ready: number;
  readonly wanted: number;
  readonly tier: number;
  /** 0 = the service is drained there. */
  readonly weight: number;
  /** The share of the cluster, 0..255. */
  readonly share: number;
  readonly addresses: readonly Address[];
};

/** Null = everywhere. */
export type Level = { readonly region: string; readonly zone: string | null } | null;

export type Part = { readonly part: number; readonly addresses: ReadonlySet<string> };
export type Choice = {
  /** The clusters that have an address of the family that counts, with their parts; the parts may have any sum. */
  readonly parts: ReadonlyMap<string, Part>;
  readonly isFailOpen: boolean;
  /** Geography decides. */
  readonly isByPlace: boolean;
};
export type Expected =
  | { readonly kind: "climb" }
  | { readonly kind: "nodata" }
  | ({ readonly kind: "addresses" } & Choice);

export type Scene = {
  readonly members: readonly Member[];
  readonly plan: Plan;
  readonly told: Told;
  readonly settings: Settings;
  /** Null: the location of the client is unknown. */
  readonly near: ReadonlyMap<string, Near> | null;
  /** The location of some clients is known. */
  readonly hasPlaces: boolean;
};

export function parentOf(level: Level): Level {
  if (level === null || level.zone === null) return null;
  return { region: level.region, zone: null };
}

export function isInLevel(told: Told, cluster: string, level: Level): boolean {
  if (level === null) return told.has(cluster);
  const places = told.get(cluster)?.places ?? [];
  return places.some(
    ({ region, zone }) => region === level.region && (level.zone === null || zone === level.zone),
  );
}

export function expectedAt(scene: Scene, level: Level, family: Family): Expected {
  const able = scene.members.filter(
    ({ cluster, ready, weight, share, addresses }) =>
      ready > 0 && weight > 0 && share > 0 && addresses.length > 0 && isInLevel(scene.told, cluster, level),
  );
  const isTop = level === null;
  const healthy = able.filter(({ addresses }) => addresses.some(({ health }) => health > 0));
  const ofFamily = healthy.filter(({ addresses }) =>
    addresses.some((one) => one.family === family && one.health > 0),
  );
  if (ofFamily.length > 0) return choice(scene, level, { members: ofFamily, family, isFailOpen: false });
  if (!isTop) return { kind: healthy.length === 0 ? "climb" : "nodata" };
  const any = able.filter(({ addresses }) => addresses.some((one) => one.family === family));
  if (any.length === 0) return { kind: "nodata" };
  return choice(scene, level, { members: any, family, isFailOpen: true });
}

type Drawn = { readonly members: readonly Member[]; readonly family: Family; readonly isFailOpen: boolean };

function choice(scene: Scene, level: Level, { members, family, isFailOpen }: Drawn): Expected {
  const { plan } = scene;
  const isGeographic = plan.policy === "geo" || plan.policy === "nearest";
  const weights =
    plan.policy === "all" || members.length === 1
      ? members.map(() => 1)
      : partsOf(scene, level, { members, family, isFailOpen });
  const parts = new Map(
    members.map(({ cluster, addresses }, i): [string, Part] => {
      const good = addresses.filter((one) => one.family === family && (isFailOpen || one.health > 0));
      return [cluster, { part: weights[i] as number, addresses: new Set(good.map(({ text }) => text)) }];
    }),
  );
  return {
    kind: "addresses",
    parts,
    isFailOpen,
    isByPlace: isGeographic && members.length > 1 && scene.hasPlaces,
  };
}

/** In the resolution of the picture, 65,535ths. */
function inWhole(part: number): number {
  return Math.round(part * 0xffff) / 0xffff;
}

/** Weight x nearness x fullness x share x health, tier by tier. */
function partsOf(scene: Scene, level: Level, { members, isFailOpen }: Drawn): number[] {
  const { plan, near, settings, told } = scene;
  const halvingsOf = (cluster: string): number => near?.get(cluster)?.halvings ?? 0;
  const tierOf = ({ cluster, tier }: Member): number =>
    plan.policy === "nearest" ? tier + (near?.get(cluster)?.rank ?? 0) : tier;
  const regulars = members.filter(({ tier }) => tier === 0);
  const closest = Math.min(
    ...(regulars.length > 0 ? regulars : members).map(({ cluster }) => halvingsOf(cluster)),
  );
  const wantedShare = ({ cluster, weight }: Member): number => {
    if (plan.policy !== "geo") return weight;
    const more = Math.max(0, halvingsOf(cluster) - closest) / 256;
    return more > 16 ? 0 : weight * 2 ** -more;
  };
  const fullness = ({ ready, wanted }: Member): number =>
    ready === 0 ? 0 : inWhole(Math.min(1, ready / Math.max(1, wanted)));
  const capability = ({ share, addresses }: Member): number =>
    (share / 255) * (isFailOpen ? 1 : Math.max(0, ...addresses.map(({ health }) => health)) / 255);
  const raw = members.map(
    (one) => wantedShare(one) * Math.min(1, fullness(one) / inWhole(settings.spillBelow)) * capability(one),
  );
  const tiers = [...new Set(members.map(tierOf))].toSorted((a, b) => a - b);
  if (tiers.length === 1) return raw;
  const parts = members.map(() => 0);
  let left = 1;
  for (const tier of tiers) {
    const sum = members.reduce((total, one, i) => total + (tierOf(one) === tier ? (raw[i] as number) : 0), 0);
    // Members that are down count with their wanted part.
    const tierMembers = scene.members.filter(
      (one) => tierOf(one) === tier && isInLevel(told, one.cluster, level),
    );
    const wanted = tierMembers.filter((one) => fullness(one) > 0 || one.wanted > 0);
    const wantedShares = wanted.reduce((total, one) => total + wantedShare(one), 0);
    const able = wanted.reduce((total, one) => total + wantedShare(one) * fullness(one) * capability(one), 0);
    const enough = wantedShares * inWhole(settings.spillBelow);
    const load = sum > 0 ? left * (able >= enough ? 1 : able / enough) : 0;
    members.forEach((one, i) => {
      if (tierOf(one) === tier && sum > 0) parts[i] = ((raw[i] as number) / sum) * load;
    });
    left -= load;
  }
  return parts;
}
