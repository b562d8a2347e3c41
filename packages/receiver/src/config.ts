/**
 * `DATA/receiver.json`: whose orders and lists this receiver knows, and how long it keeps what. Strict: a misspelt key
 * is an error, not a default. The same three powers as in a host app's `authorities`. Spec: DESIGN §5, §9.
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
  /** Where `metadata/` and `targets/` are. */
  url: WebAddress;
  /** Path of the pinned `root.json`, from the data folder. */
  root: string;
}

export interface ReceiverConfig {
  schema: 'lodestone/receiver/v1';
  /** The address in orders. Where it is given, an order that names another is not taken. */
  endpoint?: WebAddress | undefined;
  authorities: {
    /** Their orders of basis "order" count. */
    orders: SourceConfig[];
    /** Their lists are named in cases. */
    lists: SourceConfig[];
    /** Its orders of basis "consent" and "provider-policy" count, and its models are named in cases. */
    provider?: SourceConfig | undefined;
  };
  refreshMinutes: number;
  retention: {
    /** Signals in cases go this many days after they arrived, and never later than the day rule says. */
    signalDays: number;
    /** Daily counts. */
    countDays: number;
  };
  /** "loopback": served where the receiver listens on this machine only. It has no sign-in. */
  console: 'loopback' | 'off';
}

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
      }, 'two sources have one name'),
    ),
  refreshMinutes: z.int().check(z.gte(1), z.lte(1_440)),
  retention: z.strictObject({ signalDays: days(150), countDays: days(3_660) }),
  console: z.enum(['loopback', 'off']),
});

/** What `init` writes; an order authority's round of five minutes is well under the hours that devices take. */
export const DEFAULT_CONFIG: ReceiverConfig = {
  schema: 'lodestone/receiver/v1',
  authorities: { orders: [], lists: [] },
  refreshMinutes: 5,
  retention: { signalDays: 150, countDays: 731 },
  console: 'loopback',
};

const FILE = 'receiver.json';
export const configFile = (dataDir: string): string => path.join(dataDir, FILE);

/** @throws {LodestoneError} `ERR_RECEIVER` that names the place in the file */
export async function readConfig(dataDir: string): Promise<ReceiverConfig> {
  const file = configFile(dataDir);
  try {
    return check(ReceiverConfig, JSON.parse(await readFile(file, 'utf8')), file);
  } catch (cause) {
    const why = cause instanceof LodestoneError ? cause.message : `${file} is missing or no JSON; init makes it`;
    throw new LodestoneError('ERR_RECEIVER', why, { cause });
  }
}
