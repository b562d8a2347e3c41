/** Measures in as many threads as there are processors. Flow: main → here, in each thread measure → main. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Measured, measurePart, type Part } from './measure.ts';

type Message = { say: string } | { measured: Measured };

export async function measure(files: readonly string[], say: (line: string) => void): Promise<Measured> {
  const parts = Math.min(files.length, availableParallelism());
  const measured = await Promise.all(Array.from({ length: parts }, (_, part) => inThread({ files, part, parts }, say)));
  const photographs = measured.reduce((sum, { copies }) => sum + (copies[0]?.length ?? 0), 0);
  return {
    copies: (measured[0]?.copies ?? []).map((_, edit) =>
      Array.from({ length: photographs }, (__, i) => measured[i % parts]?.copies[edit]?.[Math.floor(i / parts)]).filter(
        (row) => row !== undefined,
      ),
    ),
    others: measured.flatMap(({ others }) => others),
  };
}

function inThread(part: Part, say: (line: string) => void): Promise<Measured> {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: part })
      .on('message', (message: Message) => ('say' in message ? say(message.say) : resolve(message.measured)))
      .on('error', reject)
      .on('exit', (code) => reject(new Error(`a thread ended with ${code} before it had measured its part`)));
  });
}

if (!isMainThread) {
  const send = (message: Message): void => parentPort?.postMessage(message);
  send({ measured: await measurePart(workerData as Part, (line) => send({ say: line })) });
}
