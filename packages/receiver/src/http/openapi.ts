/**
 * The OpenAPI 3.1 description of the public port, served as `/openapi.json`; its JSON schemas follow from the zod schemas.
 * Flow: here → app. Promise: a test compares it with the routes and with real answers. Spec: docs/design/receiver.md#ingest
 */
import { ContestAnswer, ContestRequest, OutcomeAnswer, OutcomeRequest } from '@lodestone/protocol/contest';
import { type JsonSchema, schemaOf } from '@lodestone/protocol/json-schema';
import { LIMITS } from '@lodestone/protocol/limits';
import { Name } from '@lodestone/protocol/name';
import * as z from 'zod/mini';

/** Answer of `/readyz`. */
export interface ReadyAnswer {
  database: 'ok' | 'failed';
  /** Doubtful: it jumped, and nothing confirms it, so nothing is deleted. */
  clock: 'ok' | 'doubtful' | 'unknown';
  /** Sources whose last refresh failed. */
  failedSources: readonly Name[];
}

export const ReadyAnswer: z.ZodMiniType<ReadyAnswer> = z.strictObject({
  database: z.enum(['ok', 'failed']),
  clock: z.enum(['ok', 'doubtful', 'unknown']),
  failedSources: z.array(Name),
});

interface Content {
  [type: string]: { schema: JsonSchema };
}

interface Answer {
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content?: Content;
}

export interface Operation {
  summary: string;
  description?: string;
  requestBody?: { required: true; content: Content };
  responses: Record<string, Answer>;
}

export interface OpenApi {
  openapi: '3.1.0';
  info: { title: string; version: 'v1'; license: { name: string; identifier: string } };
  paths: Record<string, Record<string, Operation>>;
}

const TEXT: Content = { 'text/plain': { schema: { type: 'string' } } };
const refused = (description: string): Answer => ({ description, content: TEXT });
const BODY = {
  type: 'string',
  format: 'binary',
  minLength: LIMITS.signalBytes,
  maxLength: LIMITS.signalBytes,
} as const;

const SIGNALS: Record<string, Operation> = {
  post: {
    summary: 'Send a signal or cover traffic',
    description: 'Every body of the right length gets the same answer, whatever it contains. It needs no content type.',
    requestBody: { required: true, content: { 'application/octet-stream': { schema: BODY } } },
    responses: {
      204: { description: 'The batch of the body is stored.' },
      400: refused('The body is shorter.'),
      408: { description: 'The request took longer than 10 seconds. The connection is closed.' },
      413: refused('The body is longer.'),
      503: {
        ...refused('The body is not stored. Send the same bytes again later.'),
        headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
      },
    },
  },
  options: { summary: 'Preflight', responses: { 204: { description: 'POST is allowed from every origin.' } } },
};

/** What every operation of contests answers. */
const contestAnswers = (done: Record<string, Answer>): Operation['responses'] => ({
  ...done,
  400: refused('Not the document that is expected.'),
  401: refused('Not the token of the account service.'),
  404: refused('This receiver takes no contests.'),
  413: refused('The body is longer than allowed.'),
  429: refused('Too many requests.'),
  503: {
    ...refused('Not stored. Send the same contest again later.'),
    headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
  },
});
const json = (type: z.ZodMiniType): Content => ({ 'application/json': { schema: schemaOf(type) } });
const contests = (): Pick<OpenApi, 'paths'>['paths'] => ({
  '/v1/contests': {
    post: {
      summary: 'Contest a decision by receipt',
      description: 'For the account service, with its bearer token. The answer does not depend on the receipt.',
      requestBody: { required: true, content: json(ContestRequest) },
      responses: contestAnswers({ 202: { description: 'It is taken.', content: json(ContestAnswer) } }),
    },
  },
  '/v1/contests/outcome': {
    post: {
      summary: 'Ask for the outcome of a contest',
      requestBody: { required: true, content: json(OutcomeRequest) },
      responses: contestAnswers({ 200: { description: 'The outcome, or null.', content: json(OutcomeAnswer) } }),
    },
  },
});

export function openApi(): OpenApi {
  const ready: Content = { 'application/json': { schema: schemaOf(ReadyAnswer) } };
  return {
    openapi: '3.1.0',
    info: { title: 'Lodestone receiver', version: 'v1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: {
      '/v1/signals': SIGNALS,
      ...contests(),
      '/healthz': { get: { summary: 'The process runs', responses: { 200: { description: 'ok', content: TEXT } } } },
      '/readyz': {
        get: {
          summary: 'The database answers, and the clock is believed',
          responses: {
            200: { description: 'Both are true.', content: ready },
            503: { description: 'One is not.', content: ready },
          },
        },
      },
      '/openapi.json': {
        get: {
          summary: 'This document',
          responses: {
            200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
          },
        },
      },
    },
  };
}
