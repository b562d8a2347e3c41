/** The host page of a fuzz run: a guard with the real sandbox checks one input after another and reports each. Flow: run → here → judge. */
import { createGuard, type Guard } from '@lodestone/client';
import { loadPdq, type Pdq } from '@lodestone/pdq';
import type { Report, Shown } from './judge.ts';

/** The run serves it at `/setup`. */
export interface Setup {
  readonly roots: Readonly<Record<'orders' | 'lists' | 'provider', readonly number[]>>;
  readonly listedHash: readonly number[];
}

const ALIVE_EVERY = 50;
/** A guard accepts 600 checks a minute, of which an item needs up to three. */
const GUARD_ITEMS = 200;
const SHOW_MS = 10_000;
/** A picture of more pixels is not drawn to be compared. */
const SHOWN_PIXELS = 30_000_000;

void run().catch((error: unknown) => send('/broken', { error: String(error) }));

async function run(): Promise<void> {
  const { roots, listedHash } = (await (await fetch('/setup')).json()) as Setup;
  const source = (name: keyof Setup['roots']): { name: string; url: string; root: Uint8Array } => ({
    name,
    url: new URL(`/${name}/`, location.href).href,
    root: Uint8Array.from(roots[name]),
  });
  const open = (): Promise<Guard> =>
    ready(
      createGuard({
        authorities: { orders: [source('orders')], lists: [source('lists')], provider: source('provider') },
        endpoint: new URL('/v1/signals', location.href).href,
        storageName: `fuzz ${crypto.randomUUID()}`,
      }),
    );
  const pdq = await loadPdq();
  const listed = await bytesOf('/listed');
  const look = (content: Blob): Promise<Shown | undefined> => show(content, pdq, Uint8Array.from(listedHash));
  let guard = await open();
  for (let checked = 1; ; checked++) {
    const answer = await fetch('/next');
    if (answer.status !== 200) return guard.dispose();
    if (checked % GUARD_ITEMS === 0) {
      guard.dispose();
      guard = await open();
    }
    const number = Number(answer.headers.get('x-number'));
    const report = await check(guard, number, new Blob([await answer.arrayBuffer()]), look);
    const isDue = report.reason === 'sandbox' || report.reason === 'deadline' || checked % ALIVE_EVERY === 0;
    await send('/report', { ...report, ...(isDue && { afterwards: await answerFor(guard, listed) }) });
  }
}

async function check(
  guard: Guard,
  number: number,
  content: Blob,
  look: (content: Blob) => Promise<Shown | undefined>,
): Promise<Report> {
  const started = performance.now();
  try {
    const result = await guard.check(content, { surface: 'send' });
    const report = {
      number,
      outcome: result.outcome,
      ...('reason' in result && { reason: result.reason }),
      ms: performance.now() - started,
    };
    if (report.outcome !== 'clear') return report;
    await send('/verdict', report); // an engine that ends while it shows the file is not the guard's failure
    const shown = await look(content);
    if (!shown) return report;
    return { ...report, shown, asPicture: (await guard.check(content, { surface: 'upload' })).outcome };
  } catch (error) {
    return { number, outcome: 'error', ms: performance.now() - started, error: String(error) };
  }
}

/** What `<img>` shows on white; undefined if it shows nothing. */
async function show(content: Blob, pdq: Pdq, listedHash: Uint8Array): Promise<Shown | undefined> {
  const url = URL.createObjectURL(content);
  try {
    const image = new Image();
    image.src = url;
    await Promise.race([image.decode(), late()]);
    const { naturalWidth: width, naturalHeight: height } = image;
    if (width * height === 0 || width * height > SHOWN_PIXELS) return undefined;
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false });
    if (!context) return undefined;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    const { hash, quality } = pdq.hash(context.getImageData(0, 0, width, height));
    return { width, height, quality, distance: distanceOf(hash, listedHash) };
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function distanceOf(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (const [i, byte] of a.entries()) {
    for (let rest = byte ^ (b[i] as number); rest > 0; rest >>= 1) bits += rest & 1;
  }
  return bits;
}

/** What the guard says of the listed picture. */
async function answerFor(guard: Guard, listed: Blob): Promise<string> {
  const again = new Blob([listed]); // a guard remembers the check of one Blob
  const result = await guard.check(again, { surface: 'send' });
  return 'reason' in result ? `${result.outcome}/${result.reason}` : result.outcome;
}

function ready(guard: Guard): Promise<Guard> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { lists, sandbox } = guard.status;
      if (sandbox.state === 'ready' && lists.length > 0 && lists.every(({ release }) => release)) resolve(guard);
    };
    guard.subscribe(look);
    look();
  });
}

async function bytesOf(path: string): Promise<Blob> {
  return new Blob([await (await fetch(path)).arrayBuffer()]);
}
async function send(path: string, body: object): Promise<void> {
  await fetch(path, { method: 'POST', body: JSON.stringify(body) });
}
function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('late')), SHOW_MS));
}
