/** Giving to many in turn, and taking from many in turn, without a step for each single replica. */

/** How much an item may still give or get, and what happens when it does. */
type Change<Item> = {
  readonly roomOf: (item: Item) => number;
  readonly apply: (item: Item, count: number) => void;
};

/** Takes `amount` from the items in equal parts, as far as they have it; returns what they did not have. */
export function takeInTurn<Item>(items: readonly Item[], amount: number, change: Change<Item>): number {
  let left = amount;
  while (left > 0) {
    const able = items.filter((item) => change.roomOf(item) > 0);
    if (able.length === 0) return left;
    left = oneTurn(able, left, { ...change, each: Math.max(1, Math.floor(left / able.length)) });
  }
  return left;
}

/** Gives `amount` to the items, `each` in every turn, as far as they have room; returns what nobody has room for. */
export function addInTurn<Item>(
  items: readonly Item[],
  amount: number,
  change: Change<Item> & { readonly each: number },
): number {
  let left = amount;
  while (left > 0) {
    const able = items.filter((item) => change.roomOf(item) > 0);
    if (able.length === 0) return left;
    left = oneTurn(able, left, change);
  }
  return left;
}

function oneTurn<Item>(
  able: readonly Item[],
  amount: number,
  { roomOf, apply, each }: Change<Item> & { readonly each: number },
): number {
  let left = amount;
  for (const item of able) {
    const count = Math.min(each, roomOf(item), left);
    apply(item, count);
    left -= count;
  }
  return left;
}
