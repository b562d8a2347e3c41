/**
 * What the auditor tells of an app: how it becomes ready, how a picture is attached, how it hands out its ledger. A module
 * of JavaScript whose default export has these functions; the README describes it. Flow: a file → here → session.ts.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Page } from 'playwright';

export interface Adapter {
  /** Of the app, for the report. */
  name: string;
  /** The page is at the address given; signs in, where that is needed, and resolves when the app checks pictures. */
  ready(page: Page): Promise<void>;
  /** Attaches one file as a person would, and resolves when the app has dealt with it. May say how that went. */
  attach(page: Page, file: string): Promise<string | undefined | void>;
  /** The ledger of each guard of the page, as the app exports it: NDJSON. */
  ledgers(page: Page, tools: AdapterTools): Promise<readonly string[]>;
}

export interface AdapterTools {
  /** Does what is asked, and gives the text of the file that the page then gives its user to save (as a Blob). */
  savedBy(action: () => Promise<unknown>): Promise<string>;
}

/** @throws {LodestoneError} `ERR_USAGE` */
export async function loadAdapter(file: string): Promise<Adapter> {
  const module: unknown = await import(pathToFileURL(path.resolve(file)).href).catch((cause: unknown) => {
    throw new LodestoneError('ERR_USAGE', `the adapter ${file} cannot be loaded: ${String(cause)}`, { cause });
  });
  const adapter = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (!isAdapter(adapter))
    throw new LodestoneError(
      'ERR_USAGE',
      `the adapter ${file} must export default { name, ready(page), attach(page, file), ledgers(page, { savedBy }) }`,
    );
  return adapter;
}

function isAdapter(value: unknown): value is Adapter {
  if (typeof value !== 'object' || value === null) return false;
  const adapter = value as Partial<Record<keyof Adapter, unknown>>;
  return (
    typeof adapter.name === 'string' &&
    [adapter.ready, adapter.attach, adapter.ledgers].every((step) => typeof step === 'function')
  );
}
