/** Starts the sender's process and gives it its bodies. Flow: main, throughput → here → sender. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SenderInput, SenderOutput } from './sender.ts';

export type { SenderOutput };

export async function send(
  { receiver }: { receiver: { url: string } },
  bodies: readonly Uint8Array[],
  how: Pick<SenderInput, 'concurrency' | 'meanGapMs'>,
): Promise<SenderOutput> {
  const sender = fork(fileURLToPath(new URL('./sender.ts', import.meta.url)), { serialization: 'advanced' });
  sender.send({ url: `${receiver.url}/v1/signals`, bodies, ...how } satisfies SenderInput);
  const ended = once(sender, 'exit').then(([code]) => {
    throw new Error(`the sender exited with ${code} and sent no answers`);
  });
  const [output] = (await Promise.race([once(sender, 'message'), ended])) as [SenderOutput];
  ended.catch(() => undefined); // its exit after the message
  return output;
}
