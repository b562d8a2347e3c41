/** Which browsers did start on this machine, in a small JSON file: identity (path and time of change) → version. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export function recall(file: string | undefined, key: string): string | undefined {
  return file === undefined ? undefined : read(file)[key];
}

export function remember(file: string | undefined, key: string, version: string): void {
  if (file === undefined) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...read(file), [key]: version }, undefined, 2)}\n`);
}

/** A file that is missing or is no such record is an empty memory: it costs one more start of a browser. */
function read(file: string): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return {};
  }
}
