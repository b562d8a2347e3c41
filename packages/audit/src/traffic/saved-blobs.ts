/**
 * What a page gives its user to save: the text of the next Blob that gets an address. The same in every engine, where
 * downloads are not. Flow: an adapter's `ledgers` → here.
 */
import type { Page } from 'playwright';

/** Where the page's Blobs are kept; a symbol, so that no app trips over it. */
const PLACE = 'lodestone-audit/blobs';
const POLL_MS = 100;
const MOST_MS = 60_000;

/** Runs in the page before anything else does, so it stands alone. */
function keepBlobs(place: string): void {
  const kept: Blob[] = [];
  (globalThis as unknown as Record<symbol, Blob[]>)[Symbol.for(place)] = kept;
  const { createObjectURL } = URL;
  URL.createObjectURL = (object) => {
    if (object instanceof Blob) kept.push(object);
    return createObjectURL.call(URL, object);
  };
}

export async function recordBlobs(page: Page): Promise<void> {
  await page.addInitScript(keepBlobs, PLACE);
}

/** @param action what makes the page save something, such as a click */
export async function savedBy(page: Page, action: () => Promise<unknown>): Promise<string> {
  const before = await page.evaluate(countBlobs, PLACE);
  await action();
  const deadline = Date.now() + MOST_MS;
  while (Date.now() < deadline) {
    const text = await page.evaluate(textOfBlob, { place: PLACE, index: before });
    if (text !== undefined) return text;
    await page.waitForTimeout(POLL_MS);
  }
  throw new Error(`the page gave nothing to save within ${MOST_MS / 1_000} s`);
}

function countBlobs(place: string): number {
  return (globalThis as unknown as Record<symbol, Blob[]>)[Symbol.for(place)]?.length ?? 0;
}

async function textOfBlob({ place, index }: { place: string; index: number }): Promise<string | undefined> {
  return (globalThis as unknown as Record<symbol, Blob[]>)[Symbol.for(place)]?.[index]?.text();
}
