/** The options of `createGuard`, and their validation. Spec: docs/design/client.md#guard */
import { LodestoneError } from '@lodestone/protocol/error';
import { type Fault, listed, notAllowed, ofType, oneOf, unknownKeys } from '@lodestone/protocol/faults';
import type { Action } from '@lodestone/protocol/surface';
import { ACTIONS, whyNotName, whyNotWebAddress } from '@lodestone/protocol/vocabulary';
import { copyOfRoot, type RootOption, whyNotRoot } from './root-option.ts';

/** A publisher of signed inputs: its TUF repository and its first trusted root. */
export interface Source {
  /** a-z, 0-9 and inner hyphens; unique among all sources. Orders refer to targets as `name:path`. */
  name: string;
  /** Address of the repository, which has `metadata/` and `targets/` below it. */
  url: string;
  /**
   * The `root.json` that the host ships in its own bundle, as text, as bytes or as imported JSON. Later roots are verified from it.
   */
  root: RootOption;
}

export interface GuardOptions {
  /**
   * The option that a source is listed under decides what it may publish: orders of basis "order" only under `orders`, lists
   * only under `lists`, policy, models and keys only under `provider`.
   */
  authorities: { orders: readonly Source[]; lists: readonly Source[]; provider: Source };
  /** Address of the provider's receiver. An order that names another endpoint is refused. */
  endpoint: string;
  /** Address of a served `sandbox.html`, for pages whose CSP blocks the inlined sandbox. Default: inlined. */
  sandboxUrl?: string | undefined;
  /**
   * The action for content of which nobody knows whether an order applies: no source has answered yet, or one is silent for 14
   * days (`orders-unknown`), or the browser is too old (`unsupported`). Default "allow".
   */
  whileUnknown?: Action | undefined;
  /**
   * How many milliseconds a check of content that is about to leave waits for the first refresh, while orders are not known.
   * 0 to 30,000; default 5,000.
   */
  waitMs?: number | undefined;
  /** Writes each problem of `status.problems` to the console, once, and names a second guard of the page with the same storage. Default false. */
  debug?: boolean | undefined;
  /** Name of the database. Accounts may share it: what one of them matched never counts for another. Default "lodestone". */
  storageName?: string | undefined;
  /** Required by orders with `subject: "pseudonym"`: without it, their matches cannot signal. */
  subject?: Subject | undefined;
}

/** The signed-in account, and the provider's account service. */
export interface Subject {
  /** Id of the account that is signed in. Only a short digest is stored. Another account needs a new guard. */
  account: string;
  /**
   * Fetches the account's batch of subject ids for a month such as `2026-11` (see `@lodestone/seal`). Called on a schedule
   * while an order in force requires a pseudonym, never because something matched.
   */
  fetchIds: (month: string) => Promise<Uint8Array>;
}

/** Faults of the value at a place. By hand, because the schema library is larger than the rest of a host's first chunk. */
type Rule = (value: unknown, at: readonly PropertyKey[]) => readonly Fault[];

const wanted =
  (whyNot: (value: unknown) => string | undefined): Rule =>
  (value, path) => {
    const why = whyNot(value);
    return why === undefined ? [] : [{ path, why }];
  };

const optional =
  (rule: Rule): Rule =>
  (value, at) =>
    value === undefined ? [] : rule(value, at);

const text = (whyNot: (value: string) => string | undefined): Rule =>
  wanted((value) => (typeof value === 'string' ? whyNot(value) : notAllowed(value, ofType('string'))));

const textUpTo = (most: number): Rule =>
  text((value) => (value === '' ? 'at least 1' : value.length > most ? `at most ${most}` : undefined));

const list =
  (rule: Rule): Rule =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((one, index) => rule(one, [...at, index]))
      : [{ path: at, why: notAllowed(value, ofType('array')) }];

/** An object with these fields and no others. */
const object =
  <T>(rules: { readonly [Field in keyof Required<T>]: Rule }): Rule =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return [{ path: at, why: notAllowed(value, ofType('object')) }];
    const fields = Object.entries<Rule>(rules);
    const unknown = Object.keys(value).filter((key) => !(key in rules));
    return [
      ...(unknown.length > 0 ? [{ path: at, why: unknownKeys(unknown) }] : []),
      ...fields.flatMap(([field, rule]) => rule((value as Record<string, unknown>)[field], [...at, field])),
    ];
  };

const source = object<Source>({ name: text(whyNotName), url: text(whyNotWebAddress), root: wanted(whyNotRoot) });

const authorities = object<GuardOptions['authorities']>({
  orders: list(source),
  lists: list(source),
  provider: source,
});

const options = object<GuardOptions>({
  authorities: (value, at) => {
    const faults = authorities(value, at);
    if (faults.length > 0) return faults;
    const names = sourcesOf(value as GuardOptions['authorities']).map(({ name }) => name);
    return new Set(names).size === names.length ? [] : [{ path: at, why: 'two sources have the same name' }];
  },
  endpoint: text(whyNotWebAddress),
  sandboxUrl: optional(textUpTo(Infinity)),
  whileUnknown: optional(
    wanted((value) => (ACTIONS.some((one) => one === value) ? undefined : notAllowed(value, oneOf(ACTIONS)))),
  ),
  waitMs: optional(
    wanted((value) => {
      if (typeof value !== 'number' || Number.isNaN(value)) return notAllowed(value, ofType('number'));
      return value < 0 ? 'at least 0' : value > 30_000 ? 'at most 30000' : undefined;
    }),
  ),
  debug: optional(wanted((value) => (typeof value === 'boolean' ? undefined : notAllowed(value, ofType('boolean'))))),
  storageName: optional(textUpTo(100)),
  subject: optional(
    object<Subject>({
      account: textUpTo(1_000),
      fetchIds: wanted((value) => (typeof value === 'function' ? undefined : 'not a function')),
    }),
  ),
});

function sourcesOf({ orders, lists, provider }: GuardOptions['authorities']): readonly Source[] {
  return [...orders, ...lists, provider];
}

/**
 * @returns a copy, because the guard reads the options later than the host may change them
 * @throws {LodestoneError} `ERR_OPTIONS` that names the option
 */
export function checkOptions(given: GuardOptions): GuardOptions {
  const faults = options(given, []);
  if (faults.length > 0) throw new LodestoneError('ERR_OPTIONS', `createGuard options${listed(faults)}`);
  const { orders, lists, provider } = given.authorities;
  const copy = (one: Source): Source => ({ ...one, root: copyOfRoot(one.root) });
  return {
    ...given,
    authorities: { orders: orders.map(copy), lists: lists.map(copy), provider: copy(provider) },
    ...(given.subject && { subject: { ...given.subject } }),
  };
}
