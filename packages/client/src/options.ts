/** The options of `createGuard`, and their validation. Spec: docs/design/client.md#guard */
import { Action, check, LodestoneError, Name, WebAddress } from '@lodestone/protocol';
import * as z from 'zod/mini';
import { type RootOption, whyNotRoot } from './root-option.ts';

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
  /** Writes each problem of `status.problems` to the console, once. Default false. */
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

const Source: z.ZodMiniType<Source> = z.strictObject({
  name: Name,
  url: WebAddress,
  root: z.custom<RootOption>().check(({ value, issues }) => {
    const message = whyNotRoot(value);
    if (message) issues.push({ code: 'custom', message, input: value });
  }),
});

const GuardOptions: z.ZodMiniType<GuardOptions> = z.strictObject({
  authorities: z.strictObject({ orders: z.array(Source), lists: z.array(Source), provider: Source }).check(
    z.refine(({ orders, lists, provider }) => {
      const names = [...orders, ...lists, provider].map(({ name }) => name);
      return new Set(names).size === names.length;
    }, 'two sources have the same name'),
  ),
  endpoint: WebAddress,
  sandboxUrl: z.optional(z.string().check(z.minLength(1))),
  whileUnknown: z.optional(Action),
  waitMs: z.optional(z.number().check(z.minimum(0), z.maximum(30_000))),
  debug: z.optional(z.boolean()),
  storageName: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
  subject: z.optional(
    z.strictObject({
      account: z.string().check(z.minLength(1), z.maxLength(1_000)),
      fetchIds: z.custom<Subject['fetchIds']>((value) => typeof value === 'function', 'not a function'),
    }),
  ),
});

/** @throws {LodestoneError} `ERR_OPTIONS` that names the option */
export function checkOptions(options: GuardOptions): GuardOptions {
  try {
    return check(GuardOptions, options, 'createGuard options');
  } catch (cause) {
    throw new LodestoneError('ERR_OPTIONS', cause instanceof Error ? cause.message : 'wrong options', { cause });
  }
}
