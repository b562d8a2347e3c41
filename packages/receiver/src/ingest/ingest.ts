/**
 * Takes one body through ingest: open, check, gather, count and store.
 * Promise: `accept` resolves at the first step of 100 ms after the batch of the body is stored, whatever its outcome.
 * Flow: endpoint → here → check → batch → store → answer-time. Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Logger } from 'pino';
import type { Database } from '../db/schema.ts';
import { logSafeError } from '../log-safe-error.ts';
import { answerAtStep } from './answer-time.ts';
import { Batcher } from './batch.ts';
import { type CheckedBody, type CheckInputs, openAndCheck } from './check.ts';
import { storeBatch } from './store.ts';

/** How long the first body of a batch waits for others. */
const GATHER_MS = 20;
/** A database that hangs does not answer, and neither would the receiver. Less than the 60 s for which nginx waits. */
const ANSWER_MS = 30_000;
/** Bounds how long one statement takes: the embedded database runs it on the receiver's thread. */
const BATCH_ITEMS = 1_000;
/** One is prepared while the database works on the other. */
const STORES = 2;
/** Bodies that may wait at the same time. Above this, senders get 503, which bounds memory and answer time. */
const MAX_WAITING = 4_096;

export interface Ingest {
  /** @throws {LodestoneError} `ERR_RECEIVER` if too many bodies wait, or the batch could not be stored */
  accept(body: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** What this process did since it started. */
  figures(): IngestFigures;
}

export interface IngestFigures {
  /** Bodies that wait to be stored. */
  gathering: number;
  batches: number;
  failedBatches: number;
  /** Bodies of the stored batches. */
  bodies: number;
  /** Bodies that were refused because too many waited, or the clock is not believed. */
  refused: number;
  storeSeconds: number;
}

export interface IngestContext {
  db: Database;
  /** The current keys and orders. */
  inputs: () => CheckInputs;
  now: () => number;
  log: Logger;
  /** Default `ANSWER_STEP_MS`; tests that send many signals set a shorter one. */
  answerStepMs?: number | undefined;
  /** Whether the clock is believed: by a wrong one, signals would be rejected for their day, and not sent again. Default: always. */
  isBelieved?: ((now: number) => boolean) | undefined;
}

export function createIngest({ db, inputs, now, log, answerStepMs, isBelieved }: IngestContext): Ingest {
  const figures = { batches: 0, failedBatches: 0, bodies: 0, refused: 0, storeSeconds: 0 };
  const store = async (batch: readonly CheckedBody[]): Promise<void> => {
    const started = performance.now();
    try {
      await storeBatch(db, batch, now());
      figures.batches += 1;
      figures.bodies += batch.length;
    } catch (error) {
      figures.failedBatches += 1;
      log.error({ error: logSafeError(error), requests: batch.length }, 'a batch could not be stored');
      throw error;
    } finally {
      figures.storeSeconds += (performance.now() - started) / 1_000;
    }
  };
  const batcher = new Batcher<CheckedBody>(store, {
    waitMs: GATHER_MS,
    answerMs: ANSWER_MS,
    maxItems: BATCH_ITEMS,
    maxStores: STORES,
  });
  const takeIn = async (body: Uint8Array): Promise<void> => {
    if (batcher.waiting >= MAX_WAITING) {
      figures.refused += 1;
      throw new LodestoneError('ERR_RECEIVER', `${MAX_WAITING} requests wait already; send the body again later`);
    }
    if (isBelieved?.(now()) === false) {
      figures.refused += 1;
      throw new LodestoneError('ERR_RECEIVER', 'the clock jumped; send the body again later');
    }
    try {
      await batcher.add(openAndCheck(body, inputs(), now()));
    } catch (cause) {
      throw new LodestoneError('ERR_RECEIVER', 'the batch was not stored; send the body again later', { cause });
    }
  };
  return {
    accept: (body) => answerAtStep(() => takeIn(body), answerStepMs),
    close: () => batcher.close(),
    figures: () => ({ ...figures, gathering: batcher.waiting }),
  };
}
