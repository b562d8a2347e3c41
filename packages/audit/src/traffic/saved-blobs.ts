/**
 * Reads the text of the next Blob that a page offers its user to save. Works the same in every engine, unlike downloads.
 * Flow: an adapter's `ledgers` → here. Spec: docs/design/audit.md#capture
 */
import type { Page } from 'playwright';

/** Key of the list in the page: a symbol, which cannot collide with the app's names. */
const PLACE = 'lodestone-audit/blobs';
const POLL_MS = 100;
const MOST_MS = 60_000;

/** Runs in the page before its scripts, so it uses nothing from this module. */
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

/** @param action makes the page save a file, such as a click */
export async function savedBy(page: Page, action: () => Promise<unknown>): Promise<string> {
  const before = await page.evaluate(countBlobs, PLACE);
  await action();
  const deadline = Date.now() + MOST_MS;
  while (Date.now() < deadline) {
    const text = await page.evaluate(textOfBlob, { place: PLACE, index: before });
    if (text !== undefined) return text;
    await page.waitForTimeout(POLL_MS);
  }
  throw new Error(`the page offered no file to save within ${MOST_MS / 1_000} s`);
}

function countBlobs(place: string): number {
  return (globalThis as unknown as Record<symbol, Blob[]>)[Symbol.for(place)]?.length ?? 0;
}

async function textOfBlob({ place, index }: { place: string; index: number }): Promise<string | undefined> {
  return (globalThis as unknown as Record<symbol, Blob[]>)[Symbol.for(place)]?.[index]?.text();
}
