/** A database error can quote values, so the log gets only its name and code. */
import { LodestoneError } from '@lodestone/protocol/error';
import { expect, test } from 'vitest';
import { causeCode, logSafeError } from '../src/log-safe-error.ts';

test('of an error from a library, name and code are kept, and message and other fields are left out', () => {
  const error = Object.assign(new Error('Key (id)=(\\x0123) already exists'), {
    code: '23505',
    detail: 'Key (id)=(\\x0123)',
    query: { parameters: ['0123'] },
  });
  expect(logSafeError(error)).toEqual({ name: 'Error', code: '23505' });
  expect(JSON.stringify(logSafeError(new LodestoneError('ERR_RECEIVER', 'not stored', { cause: error })))).toBe(
    '{"name":"LodestoneError","code":"ERR_RECEIVER","message":"not stored","cause":{"name":"Error","code":"23505"}}',
  );
});

test('a value that is not an error is reduced to its type', () => {
  expect(logSafeError('0123')).toEqual({ name: 'string' });
  expect(logSafeError(undefined)).toEqual({ name: 'undefined' });
});

test('a message names the code of its cause, or its name, and never its message', () => {
  expect(causeCode(Object.assign(new Error('Key (id)=(1)'), { code: 'EADDRINUSE' }))).toBe('EADDRINUSE');
  expect(causeCode(new TypeError('0123'))).toBe('TypeError');
});
