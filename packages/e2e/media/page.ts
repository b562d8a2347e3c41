/** The page of a media run: the built sandbox looks up each picture in a list of one hash, the reference's. Flow: measure → here → figures. */
import { openSandbox, planList, sandboxList } from '@lodestone/sandbox/testing/open-sandbox';
import { fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';

/** The run serves it at `/input`. */
export interface Wanted {
  /** What `pdq hash` prints. */
  readonly hash: string;
}

export interface Answer {
  readonly index: number;
  /** In bits; undefined if it is over `FARTHEST`. */
  readonly distance?: number;
  /** Why the verdict is incomplete. */
  readonly reason?: string;
  readonly ms: number;
}

/** Orders allow at most 31. */
const FARTHEST = 63;

void run().catch((error: unknown) => send('/broken', { error: String(error) }));

async function run(): Promise<void> {
  const pictures = (await (await fetch('/input')).json()) as Wanted[];
  const sandbox = await openSandbox();
  for (const [index, { hash }] of pictures.entries()) {
    const content = new Uint8Array(await (await fetch(`/items/${index}`)).arrayBuffer());
    await sandbox.calls.load(sandboxList('one', printRelease([{ type: 'pdq', entry: 1, payload: fromHex(hash) }])));
    const started = performance.now();
    const verdict = await sandbox.scan(content, [planList('one', { maxDistance: FARTHEST, minQuality: 0 })]);
    const ms = performance.now() - started;
    const [finding] = verdict.findings;
    await send('/answer', {
      index,
      ...(finding?.kind === 'known' && { distance: finding.distance }),
      ...(!verdict.complete && { reason: verdict.reason }),
      ms,
    } satisfies Answer);
  }
  await send('/end', {});
}

async function send(path: string, body: object): Promise<void> {
  await fetch(path, { method: 'POST', body: JSON.stringify(body) });
}
