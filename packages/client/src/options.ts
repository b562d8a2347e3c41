/** What a host app gives to `createGuard`, and the one place where wrong options are refused. */
import { check, LodestoneError, Name, WebAddress } from '@lodestone/protocol';
import * as z from 'zod/mini';

/** A publisher of signed inputs: its TUF repository and the root to begin from. */
export interface Source {
  /** a-z, 0-9 and inner hyphens; orders speak of `name:path`. Unique among all sources. */
  name: string;
  /** Address of the repository: `metadata/` and `targets/` lie below it. */
  url: string;
  /** The bytes of a `root.json` that the host ships in its own bundle. Later roots follow from it. */
  root: Uint8Array;
}

export interface GuardOptions {
  /** Power is positional: orders of basis "order" count only from `orders`, lists only from `lists`, policy, models and keys only from `provider`. */
  authorities: { orders: readonly Source[]; lists: readonly Source[]; provider: Source };
  /** Address of the provider's receiver. A second lock: an order that names another endpoint is refused. */
  endpoint: string;
  /** Address of a served `sandbox.html`, for pages whose CSP forbids `srcdoc`. Without it the sandbox comes inlined. */
  sandboxUrl?: string | undefined;
  /** Names the database, so that several accounts on a device stay apart. Default "lodestone". */
  storageName?: string | undefined;
  /** 32 bytes that the account service issues (see `@lodestone/seal`). Called only where an order says "pseudonym". */
  subject?: (() => Promise<Uint8Array>) | undefined;
}

const Source: z.ZodMiniType<Source> = z.strictObject({
  name: Name,
  url: WebAddress,
  root: z.instanceof(Uint8Array).check(z.refine((root) => root.length > 0, 'is empty')),
});

const GuardOptions: z.ZodMiniType<GuardOptions> = z.strictObject({
  authorities: z.strictObject({ orders: z.array(Source), lists: z.array(Source), provider: Source }).check(
    z.refine(({ orders, lists, provider }) => {
      const names = [...orders, ...lists, provider].map(({ name }) => name);
      return new Set(names).size === names.length;
    }, 'two sources have one name'),
  ),
  endpoint: WebAddress,
  sandboxUrl: z.optional(z.string().check(z.minLength(1))),
  storageName: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
  subject: z.optional(z.custom<() => Promise<Uint8Array>>((value) => typeof value === 'function', 'not a function')),
});

/** @throws {LodestoneError} `ERR_OPTIONS` that names the option */
export function checkOptions(options: GuardOptions): GuardOptions {
  try {
    return check(GuardOptions, options, 'createGuard options');
  } catch (cause) {
    throw new LodestoneError('ERR_OPTIONS', cause instanceof Error ? cause.message : 'wrong options', { cause });
  }
}
