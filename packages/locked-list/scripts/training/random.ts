/** Numbers that look random and are the same in each run: "mulberry32" of Tommy Ettinger (public domain), and the draws that training needs. */

export interface Random {
  /** From `least`, inclusive, to `most`. */
  between(least: number, most: number): number;
  /** A whole number; both ends are possible. */
  whole(least: number, most: number): number;
  /** True in this share of the calls. */
  chance(share: number): boolean;
  of<Item>(items: readonly Item[]): Item;
}

export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + (most - least) * next();
  const whole = (least: number, most: number): number => Math.floor(between(least, most + 1));
  return {
    between,
    whole,
    chance: (share) => next() < share,
    of: (items) => items[whole(0, items.length - 1)] as (typeof items)[number],
  };
}
