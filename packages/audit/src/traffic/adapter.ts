/**
 * Describes how to use an app: when it is ready, how to attach a file, how to export its ledgers. An auditor writes it as a
 * JavaScript module; the README describes it. Flow: a file → here → session.ts. Spec: docs/design/audit.md#capture
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Page } from 'playwright';

export interface Adapter {
  /** The app's name, for the report. */
  name: string;
  /** The page has opened the app's address. Signs in if needed, and resolves when the app checks pictures. */
  ready(page: Page): Promise<void>;
  /** Attaches one file as a user would, resolves when the app has handled it, and may return the result. */
  attach(page: Page, file: string): Promise<string | undefined | void>;
  /** The ledger of each guard of the page as the app exports it (NDJSON). */
  ledgers(page: Page, tools: AdapterTools): Promise<readonly string[]>;
}

export interface AdapterTools {
  /** Runs the action, and returns the text of the file (a Blob) that the page then offers its user to save. */
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
