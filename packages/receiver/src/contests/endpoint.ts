/**
 * `POST /v1/contests` and `POST /v1/contests/outcome`, for the account service or a support page of the provider, which has the
 * token. Promise: to everybody else both are the same 401; to who has the token, a receipt that nobody knows is answered like a known one, at
 * the same steps of time. No text is logged. Flow: http/app → here → accept. Spec: docs/design/receiver.md#contests
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  CONTEST_BYTES,
  type ContestAnswer,
  ContestRequest,
  type OutcomeAnswer,
  OutcomeRequest,
} from '@lodestone/protocol/contest';
import { parseDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import type * as z from 'zod/mini';
import { readAtMost } from '../bounded-read.ts';
import type { Database } from '../db/schema.ts';
import { answerAtStep } from '../ingest/answer-time.ts';
import { logSafeError } from '../log-safe-error.ts';
import { RETRY_AFTER, within } from '../within.ts';
import { acceptContest, readOutcome } from './accept.ts';
import { RateLimit } from './rate-limit.ts';

export interface ContestsContext {
  db: Database;
  /** Without it, there is no such endpoint. */
  token: string | undefined;
  now: () => number;
  log: Logger;
  answerStepMs?: number | undefined;
}

/** One account service serves all users. A user contests a few decisions in a lifetime, and asks for an outcome some times a day. */
const LIMIT = { perSecond: 10, burst: 200 };

/** As long as a signal waits to be stored. */
const ANSWER_MS = 30_000;

export function contestsEndpoint({ db, token, now, log, answerStepMs }: ContestsContext): Hono {
  const app = new Hono();
  const limit = new RateLimit(LIMIT);
  app.use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  });
  app.use(async (c, next) => {
    if (token === undefined) return c.text('This receiver takes no contests.\n', 404);
    if (!isToken(c.req.header('authorization') ?? '', token))
      return c.text('Unauthorized.\n', 401, { 'WWW-Authenticate': 'Bearer' });
    if (c.req.method !== 'POST') return c.text('Use POST.\n', 405, { Allow: 'POST' });
    if (!limit.take(performance.now())) return c.text('Too many requests.\n', 429, { 'Retry-After': '10' });
    return next();
  });
  const route = <B>(
    path: string,
    schema: z.ZodMiniType<B>,
    example: string,
    answer: (c: Context, body: B) => Promise<Response>,
  ): void => {
    app.post(path, async (c) => {
      const bytes = await readBody(c.req.raw);
      if (bytes === 'longer') return c.text(`The body is longer than ${CONTEST_BYTES} bytes.\n`, 413);
      const body = parsed(schema, bytes);
      if (!body) return c.text(`Send JSON such as ${example}\n`, 400);
      try {
        return await answerAtStep(() => within(ANSWER_MS, answer(c, body)), answerStepMs);
      } catch (error) {
        log.error({ error: logSafeError(error) }, 'a contest is not answered');
        return c.text('Not stored. Send the same contest again later.\n', 503, { 'Retry-After': RETRY_AFTER });
      }
    });
  };
  const receipt = '"receipt": "MFRG-GZDF-MZTW-Q2LK"';
  route('/', ContestRequest, `{ ${receipt}, "text": "…" }`, async (c, body) =>
    c.json((await acceptContest(db, body, now())) satisfies ContestAnswer, 202),
  );
  route('/outcome', OutcomeRequest, `{ ${receipt} }`, async (c, { receipt: of }) =>
    c.json({ result: await readOutcome(db, of) } satisfies OutcomeAnswer),
  );
  return app;
}

/** Digests have one length, whatever was sent. */
function isToken(header: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${token}`));
}

async function readBody(request: Request): Promise<Uint8Array | 'longer'> {
  try {
    return (await readAtMost(request.body, CONTEST_BYTES)) ?? 'longer';
  } catch {
    return new Uint8Array(); // the sender closed the connection: it does not read the answer
  }
}

/** The error of a document can quote it, so nothing of it is answered or logged. */
function parsed<B>(schema: z.ZodMiniType<B>, bytes: Uint8Array): B | undefined {
  try {
    return parseDocument(schema, bytes, { what: 'body', maxBytes: CONTEST_BYTES });
  } catch (error) {
    if (error instanceof LodestoneError) return undefined;
    throw error;
  }
}
