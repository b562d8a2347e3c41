/**
 * Reads and checks `DATA/receiver.json`: sources and retention. A misspelt key is an error, not a default.
 * Flow: receiver and init → here. Promise: the key under which a source is listed decides what it may publish, as in a
 * host app's `authorities`. Spec: docs/design/receiver.md#sources.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { WebAddress } from '@lodestone/protocol/text';
import * as z from 'zod/mini';

export interface SourceConfig {
  name: Name;
  /** Address of the repository, the parent of `metadata/` and `targets/`. */
  url: WebAddress;
  /** Path of the pinned `root.json`, relative to the data folder. */
  root: string;
}

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
  /** At most 5: a signal of an order that is not known yet waits for the next refresh. */
  refreshMinutes: number;
  retention: {
    /** Signals are deleted this many days after arrival, or earlier when their ids are. */
    signalDays: number;
    /** Daily counts are deleted after this many days. */
    countDays: number;
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
const days = (high: number): z.ZodMiniType<number> => z.int().check(z.gte(1), z.lte(high));

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
  refreshMinutes: z.int().check(z.gte(1), z.lte(MAX_REFRESH_MINUTES)),
  retention: z.strictObject({ signalDays: days(MAX_SIGNAL_DAYS), countDays: days(3_660) }),
});

/** The configuration that `init` writes. */
export const DEFAULT_CONFIG: ReceiverConfig = {
  schema: 'lodestone/receiver/v1',
  authorities: { orders: [], lists: [] },
  refreshMinutes: 5,
  retention: { signalDays: MAX_SIGNAL_DAYS, countDays: 731 },
};

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
