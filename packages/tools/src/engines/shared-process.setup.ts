/** Runs before each test file that shares a process. The file fails if it leaves the environment changed. */
import { afterAll } from 'vitest';
import { changesSince, environment } from './environment.ts';

const before = environment();

// Hooks run in reverse order, so this one follows those of the file.
afterAll(() => {
  const changes = changesSince(before);
  if (changes.length > 0)
    throw new Error(
      `This file changed what other test files in its process use: ${changes.join(', ')}. ` +
        'Restore it, or replace it with `vi`: then the file has a process of its own.',
    );
});
