/** A process that sends bodies, so that the receiver's event loop does not delay the clock, and its processor time is its own. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';

export interface SenderInput {
  url: string;
  bodies: readonly Uint8Array[];
  /** Requests under way at the same time; 1 sends the next body after the answer to the last. */
  concurrency: number;
  /** Mean time between the starts of two requests of one lane, exponentially distributed. */
  meanGapMs: number;
}
export interface SenderOutput {
  /** From the first request to the last answer. */
  ms: number;
  /** Milliseconds from the request to its answer, and the status, in the order of the bodies. */
  answers: readonly { ms: number; status: number }[];
}

const [{ url, bodies, concurrency, meanGapMs }] = (await once(process, 'message')) as [SenderInput];
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const answers: { ms: number; status: number }[] = [];
let next = 0;

async function lane(): Promise<void> {
  for (let i = next++; i < bodies.length; i = next++) {
    if (meanGapMs > 0) await new Promise((resolve) => setTimeout(resolve, -Math.log(1 - Math.random()) * meanGapMs));
    answers[i] = await send(bodies[i] ?? new Uint8Array());
  }
}

/** The server closes idle connections. A request that meets such an end is sent and timed again. */
async function send(body: Uint8Array): Promise<{ ms: number; status: number }> {
  for (;;) {
    const answer = await sendOnce(body);
    if (answer) return answer;
  }
}

function sendOnce(body: Uint8Array): Promise<{ ms: number; status: number } | undefined> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const sent = request(url, { method: 'POST', agent, headers: { 'content-length': body.length } }, (response) => {
      const ms = performance.now() - started;
      response.resume().on('end', () => resolve({ ms, status: response.statusCode ?? 0 }));
    });
    sent.on('error', (error) => (sent.reusedSocket ? resolve(undefined) : reject(error))).end(body);
  });
}

const started = performance.now();
await Promise.all(Array.from({ length: concurrency }, lane));
const ms = performance.now() - started;
agent.destroy();
// Disconnected earlier, a large message would be lost.
process.send?.({ ms, answers } satisfies SenderOutput, () => process.disconnect?.());
