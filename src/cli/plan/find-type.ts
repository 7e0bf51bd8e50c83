/** Which federated type a person means by a word: "deployment", "deployments.apps", "FederatedDeployment". */
import { OperationalError } from "../../kernel/error.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import type { Discovery } from "../../fleet/objects/discovery.ts";
import type { FederatedType } from "../../fleet/host-objects/type-config.ts";

type FindOptions = {
  readonly types: readonly FederatedType[];
  /** Of the host, which knows short names: "deploy". */
  readonly discovery: Pick<Discovery, "kinds">;
};

/** Throws OperationalError PLAN with what there is. */
export async function findType(word: string, { types, discovery }: FindOptions): Promise<FederatedType> {
  const known = types.some((type) => wordsOf(type).includes(word.toLowerCase()));
  if (known) return typeOf(word, types);
  const { kinds } = await discovery.kinds().catch(() => ({ kinds: [] }));
  const short = kinds.find(({ shortNames }) => shortNames.includes(word.toLowerCase()));
  return typeOf(short?.kind ?? word, types);
}

/** As `findType`, without short names. */
export function typeOf(word: string, types: readonly FederatedType[]): FederatedType {
  const wanted = word.toLowerCase();
  const fitting = types.filter((type) => wordsOf(type).includes(wanted));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (fitting.length > 1) {
    const names = fitting.map(({ name }) => name).join(", ");
    throw new OperationalError("PLAN", `${word} may be ${names}; name one of these`);
  }
  if (types.length === 0)
    throw new OperationalError("PLAN", "the host federates no type; create FederatedTypeConfigs first");
  const near = closestWord(word, [...new Set(types.flatMap(wordsOf))]);
  const known = types.map(({ name }) => name).sort();
  const cure = near === null ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  throw new OperationalError("PLAN", `the host federates no type ${JSON.stringify(word)}; ${cure}`);
}

function wordsOf({ name, targetType, federatedType }: FederatedType): readonly string[] {
  const { kind, pluralName, group } = targetType;
  const words = [
    name,
    kind,
    pluralName,
    `${pluralName}.${group}`,
    federatedType.kind,
    federatedType.pluralName,
    `${federatedType.pluralName}.${federatedType.group}`,
  ];
  return [...new Set(words.map((word) => word.toLowerCase()))];
}
