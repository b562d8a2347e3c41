/** Locks the folder in argv and prints one line: `locked by PID`, or the error. Holds the lock until standard input ends. */
import { lockFolder } from '../../src/db/lock.ts';

try {
  const unlock = await lockFolder(process.argv[2] ?? '');
  console.log(`locked by ${process.pid}`);
  for await (const _ of process.stdin);
  await unlock();
} catch (error) {
  console.log(error instanceof Error ? error.message : 'failed');
}
