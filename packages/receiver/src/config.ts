/**
 * Reads and checks `DATA/receiver.json`: sources and retention. A misspelt key is an error, not a default.
 * Flow: receiver and init → here. Promise: the key under which a source is listed decides what it may publish, as in a
 * host app's `authorities`. Spec: docs/design/receiver.md#sources.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RequestAction } from '@lodestone/protocol/case-record';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { WebAddress } from '@lodestone/protocol/text';
import * as z from 'zod/mini';
import type { CaseRetention } from './cases/keep.ts';

export interface SourceConfig {
  name: Name;
  /** Address of the repository, the parent of `metadata/` and `targets/`. */
  url: WebAddress;
  /** Path of the pinned `root.json`, relative to the data folder. */
  root: string;
}

/** Days that are not stated are the defaults. */
export type CaseDays = { [days in keyof CaseRetention]?: number | undefined };

export interface ReceiverConfig {
  schema: 'lodestone/receiver/v1';
  /** The receiver's address as orders name it. If set, orders with another endpoint are rejected. */
  endpoint?: WebAddress | undefined;
  authorities: {
    /** May publish orders with basis "order". */
    orders: SourceConfig[];
    /** May publish lists. */
    lists: SourceConfig[];
    /** May publish orders with basis "consent" or "provider-policy", and models. */
    provider?: SourceConfig | undefined;
  };
  /** Contests by receipt. The token and the secret come from the environment. */
  contests?:
    | {
        /** The account service's address for outcomes. Without it, it asks for them. */
        callback?: WebAddress | undefined;
      }
    | undefined;
  /** Addresses of the provider's systems that a lead asks for something because of a case. The secret comes from the environment. */
  requests?: { [action in RequestAction]?: WebAddress | undefined } | undefined;
  /** When many subjects match one entry at once. */
  floods?: { subjects: number } | undefined;
  /** At most 5: a signal of an order that is not known yet waits for the next refresh. */
  refreshMinutes: number;
  retention: {
    /** Signals are deleted this many days after arrival, unless their case is confirmed or held. */
    signalDays: number;
    /** Daily counts are deleted after this many days. */
    countDays: number;
  } & CaseDays & {
      /** Days for cases of orders with this `legal.jurisdiction`, in place of those above. */
      byJurisdiction?: Record<string, CaseDays> | undefined;
    };
}

const MAX_REFRESH_MINUTES = 5;
/** No longer than a case that nobody reviewed. */
const MAX_SIGNAL_DAYS = 90;

const SourceConfig: z.ZodMiniType<SourceConfig> = z.strictObject({
  name: Name,
  url: WebAddress,
  root: z.string().check(z.minLength(1), z.maxLength(1_000)),
});
const days = (high: number, low = 1): z.ZodMiniType<number> => z.int().check(z.gte(low), z.lte(high));

/** 0: at once. At most twelve months, whatever the jurisdiction. */
const CASE_DAYS: Record<keyof CaseRetention, z.ZodMiniType<number>> = {
  undecidedDays: days(90),
  dismissedDays: days(30, 0),
  overturnedDays: days(30, 0),
  confirmedDays: days(366),
};
const DEFAULT_CASE_DAYS: CaseRetention = {
  undecidedDays: 90,
  dismissedDays: 0,
  overturnedDays: 14,
  confirmedDays: 365,
};

export const ReceiverConfig: z.ZodMiniType<ReceiverConfig> = z.strictObject({
  schema: z.literal('lodestone/receiver/v1'),
  endpoint: z.optional(WebAddress),
  authorities: z
    .strictObject({
      orders: z.array(SourceConfig).check(z.maxLength(32)),
      lists: z.array(SourceConfig).check(z.maxLength(32)),
      provider: z.optional(SourceConfig),
    })
    .check(
      z.refine(({ orders, lists, provider }) => {
        const names = [...orders, ...lists, ...(provider ? [provider] : [])].map(({ name }) => name);
        return new Set(names).size === names.length;
      }, 'two sources have the same name; each source needs its own'),
    ),
  contests: z.optional(z.strictObject({ callback: z.optional(WebAddress) })),
  requests: z.optional(z.strictObject({ preserve: z.optional(WebAddress), takedown: z.optional(WebAddress) })),
  floods: z.optional(z.strictObject({ subjects: z.int().check(z.gte(2), z.lte(1_000_000)) })),
  refreshMinutes: z.int().check(z.gte(1), z.lte(MAX_REFRESH_MINUTES)),
  retention: z.strictObject({
    signalDays: days(MAX_SIGNAL_DAYS),
    countDays: days(3_660),
    undecidedDays: z.optional(CASE_DAYS.undecidedDays),
    dismissedDays: z.optional(CASE_DAYS.dismissedDays),
    overturnedDays: z.optional(CASE_DAYS.overturnedDays),
    confirmedDays: z.optional(CASE_DAYS.confirmedDays),
    byJurisdiction: z.optional(
      z.record(z.string().check(z.minLength(1), z.maxLength(100)), z.partial(z.strictObject(CASE_DAYS))),
    ),
  }),
});

/** The configuration that `init` writes. */
export const DEFAULT_CONFIG: ReceiverConfig = {
  schema: 'lodestone/receiver/v1',
  authorities: { orders: [], lists: [] },
  refreshMinutes: 5,
  retention: { signalDays: MAX_SIGNAL_DAYS, countDays: 731, ...DEFAULT_CASE_DAYS },
};

/** For cases of orders of a jurisdiction; an order that is not known has none. */
export function retentionFor({ retention }: ReceiverConfig, jurisdiction: string | undefined): CaseRetention {
  const all = new Map(Object.entries(retention.byJurisdiction ?? {}));
  const own = jurisdiction === undefined ? undefined : all.get(jurisdiction);
  return {
    undecidedDays: own?.undecidedDays ?? retention.undecidedDays ?? DEFAULT_CASE_DAYS.undecidedDays,
    dismissedDays: own?.dismissedDays ?? retention.dismissedDays ?? DEFAULT_CASE_DAYS.dismissedDays,
    overturnedDays: own?.overturnedDays ?? retention.overturnedDays ?? DEFAULT_CASE_DAYS.overturnedDays,
    confirmedDays: own?.confirmedDays ?? retention.confirmedDays ?? DEFAULT_CASE_DAYS.confirmedDays,
  };
}

/** All sources, whatever they may publish. */
export function sourcesOf({ authorities: { orders, lists, provider } }: ReceiverConfig): SourceConfig[] {
  return [...orders, ...lists, ...(provider ? [provider] : [])];
}

const FILE = 'receiver.json';
export const configFile = (dataDir: string): string => path.join(dataDir, FILE);

/** @throws {LodestoneError} `ERR_RECEIVER`, with the place in the file */
export async function readConfig(dataDir: string): Promise<ReceiverConfig> {
  const file = configFile(dataDir);
  try {
    return check(ReceiverConfig, JSON.parse(await readFile(file, 'utf8')), file);
  } catch (cause) {
    const why =
      cause instanceof LodestoneError
        ? cause.message
        : `cannot read ${file} as JSON; if the folder is new, create it with init`;
    throw new LodestoneError('ERR_RECEIVER', why, { cause });
  }
}
