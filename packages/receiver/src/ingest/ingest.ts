/**
 * The way of a body through the receiver: open → check → gather → count and store. `take` resolves when its batch is
 * stored, for signals, covers and rubbish alike. Flow: endpoint → here → cases. Spec: DESIGN §9.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Logger } from 'pino';
import type { Database } from '../db/schema.ts';
import { describe } from '../log-safe-error.ts';
import { gather } from './batch.ts';
import { type Checked, type Desk, openAndCheck } from './check.ts';
import { storeBatch } from './store.ts';

/** How long the first of a batch waits for others. */
const GATHER_MS = 50;
/** Its rows stay well below the 65,535 parameters of one PostgreSQL statement. */
const BATCH_ITEMS = 1_000;
/** Requests that wait at a time; more are told to come back, so that memory and answer time stay bounded. */
const MAX_WAITING = 4_096;

export interface Ingest {
  /** @throws {LodestoneError} `ERR_RECEIVER` where too many wait, or the batch could not be stored */
  take(body: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export function createIngest({ db, desk, log }: { db: Database; desk: Desk; log: Logger }): Ingest {
  const batches = gather<Checked>(
    async (batch) => {
      try {
        await storeBatch(db, batch, desk.now());
      } catch (error) {
        log.error({ error: describe(error), requests: batch.length }, 'a batch could not be stored');
        throw error;
      }
    },
    { waitMs: GATHER_MS, maxItems: BATCH_ITEMS },
  );
  return {
    async take(body) {
      if (batches.waiting >= MAX_WAITING) throw new LodestoneError('ERR_RECEIVER', 'too many requests wait');
      try {
        await batches.add(openAndCheck(body, desk));
      } catch (cause) {
        throw new LodestoneError('ERR_RECEIVER', 'the batch was not stored', { cause });
      }
    },
    close: () => batches.close(),
  };
}
