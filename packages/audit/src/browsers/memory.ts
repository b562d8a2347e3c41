/** Remembers in a JSON file which browsers started: identity (path and modification time) → version. Flow: find.ts → here. Spec: docs/design/audit.md#probe */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export function recallVersion(file: string | undefined, key: string): string | undefined {
  return file === undefined ? undefined : read(file)[key];
}

export function rememberVersion(file: string | undefined, key: string, version: string): void {
  if (file === undefined) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...read(file), [key]: version }, undefined, 2)}\n`);
}

/** A missing or malformed file counts as empty; the only cost is one more start of a browser. */
function read(file: string): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return {};
  }
}
