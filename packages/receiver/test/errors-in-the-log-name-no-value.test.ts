/** A database quotes values in its messages; of such an error the log gets its name and code. */
import { LodestoneError } from '@lodestone/protocol/error';
import { expect, test } from 'vitest';
import { describe } from '../src/log-safe-error.ts';

test('the message and fields of a foreign error are left out, its code is kept', () => {
  const error = Object.assign(new Error('Key (id)=(\\x0123) already exists'), {
    code: '23505',
    detail: 'Key (id)=(\\x0123)',
    query: { parameters: ['0123'] },
  });
  expect(describe(error)).toEqual({ name: 'Error', code: '23505' });
  expect(JSON.stringify(describe(new LodestoneError('ERR_RECEIVER', 'not stored', { cause: error })))).toBe(
    '{"name":"LodestoneError","code":"ERR_RECEIVER","message":"not stored","cause":{"name":"Error","code":"23505"}}',
  );
});

test('what is no error is its type', () => {
  expect(describe('0123')).toEqual({ name: 'string' });
  expect(describe(undefined)).toEqual({ name: 'undefined' });
});
