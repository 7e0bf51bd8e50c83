/**
 * Label selectors: as text in settings ("team=web,stage!=dev"), as `metav1.LabelSelector` in objects, and requirements one by one.
 */

export type Labels = Readonly<Record<string, string>>;

/** All requirements must hold; without any, everything is selected. */
export type Selector = readonly Requirement[];

/** An absent label satisfies negative requirements. `values` null = it is enough that the label exists. */
export type Requirement = {
  readonly key: string;
  readonly values: readonly string[] | null;
  readonly isWanted: boolean;
  /** The label must be a whole number above or below this one as well; absent = any value. */
  readonly limit?: { readonly isAbove: boolean; readonly than: bigint };
};

/** What an API server accepts: a selector that it refuses would fail every list. */
const NAME = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const PREFIX = String.raw`[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/`;
const KEY = `(?:${PREFIX})?${NAME}`;
const IN = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUAL = new RegExp(String.raw`^(${KEY})\s*(==?|!=)\s*(${NAME})?$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${KEY})$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);
const WHOLE_NAME = new RegExp(`^${KEY}$`);
const WHOLE_NUMBER = /^[+-]?\d{1,18}$/;

/** The syntax of kubectl's --selector; null = not a selector. */
export function parseSelector(text: string): Selector | null {
  if (text.trim() === "") return [];
  const requirements: Requirement[] = [];
  // Commas inside parentheses separate values.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === null) return null;
    requirements.push(requirement);
  }
  return requirements;
}

function parseRequirement(text: string): Requirement | null {
  const [, setKey, word, values] = IN.exec(text) ?? [];
  if (setKey !== undefined && values !== undefined) {
    const all = values.split(",").map((value) => value.trim());
    return all.every((value) => VALUE.test(value))
      ? { key: setKey, values: all, isWanted: word === "in" }
      : null;
  }
  const [, equalKey, sign, value = ""] = EQUAL.exec(text) ?? [];
  if (equalKey !== undefined) return { key: equalKey, values: [value], isWanted: sign !== "!=" };
  const [, not, key] = EXISTS.exec(text) ?? [];
  return key === undefined ? null : { key, values: null, isWanted: not === "" };
}

const OPERATORS: Readonly<Record<string, { readonly isWanted: boolean; readonly hasValues: boolean }>> = {
  In: { isWanted: true, hasValues: true },
  NotIn: { isWanted: false, hasValues: true },
  Exists: { isWanted: true, hasValues: false },
  DoesNotExist: { isWanted: false, hasValues: false },
};

/** `expressions` come from an object and may be anything; null = not a selector, and so nothing is selected. */
export function selectorOf(matchLabels: Labels, expressions: readonly unknown[]): Selector | null {
  const requirements: Requirement[] = Object.entries(matchLabels).map(([key, value]) => ({
    key,
    values: [value],
    isWanted: true,
  }));
  for (const expression of expressions) {
    if (typeof expression !== "object" || expression === null) return null;
    const { key, operator, values } = expression as Record<string, unknown>;
    const known =
      typeof operator === "string" && Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (typeof key !== "string" || known === undefined) return null;
    const texts = Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
    requirements.push({ key, values: known.hasValues ? texts : null, isWanted: known.isWanted });
  }
  return requirements;
}

export function matchesSelector(selector: Selector, labels: Labels): boolean {
  return selector.every(({ key, values, isWanted, limit }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const isThere = value !== undefined && (values === null || values.includes(value));
    return isThere === isWanted && (limit === undefined || isWithin(value, limit));
  });
}

function isWithin(value: string | undefined, { isAbove, than }: NonNullable<Requirement["limit"]>): boolean {
  const number = value === undefined ? null : wholeNumber(value);
  return number !== null && (isAbove ? number > than : number < than);
}

/** Null = it is none, or it is longer than an API server reads. */
export function wholeNumber(text: string): bigint | null {
  return WHOLE_NUMBER.test(text) ? BigInt(text.replace("+", "")) : null;
}

export function isLabelKey(text: string): boolean {
  return WHOLE_NAME.test(text);
}

export function isLabelValue(text: string): boolean {
  return VALUE.test(text);
}
