/** Locked lists of invented hashes. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importList, type ImportReport, publish, type PublishReport } from '@lodestone/authority';
import { parseRelease, type Release } from '@lodestone/protocol/list-file';
import { NOW, temporaryFolder } from './authority-folder.ts';

/** As those of photographs: half of the bits are set, and no two are near. */
export function rowOf(seed: number): Buffer {
  return createHash('sha256').update(`row ${seed}`).digest();
}

/** The row with `bits` of it flipped. */
export function copyOf(row: Uint8Array, bits: number): Buffer {
  const copy = Buffer.from(row);
  for (let bit = 0; bit < bits; bit++) copy[(bit * 7) % 32]! ^= 1 << (Math.floor(bit / 32) + (bit % 8)) % 8;
  return copy;
}

export async function importRows(
  directory: string,
  rows: readonly (Uint8Array | string)[],
  { form = 'locked', list = 'demo' }: { form?: 'plain' | 'locked'; list?: string } = {},
): Promise<ImportReport> {
  const source = path.join(await temporaryFolder(), 'rows.csv');
  const lines = rows.map((row) => (typeof row === 'string' ? row : `pdq,${Buffer.from(row).toString('hex')}`));
  await writeFile(source, lines.join('\n'));
  return importList({ directory, list, source, purpose: 'verified', form, by: 'tester', now: NOW });
}

export interface PublishedList {
  report: PublishReport;
  file: Uint8Array<ArrayBuffer>;
  release: Release;
}

/** Publishes, and reads the newest file of a list as the repository has it. */
export async function publishAndRead(directory: string, now = NOW, list = 'demo'): Promise<PublishedList> {
  const report = await publish({ directory, now });
  const file = await listFile(directory, list);
  return { report, file, release: parseRelease(file) };
}

export async function listFile(directory: string, list = 'demo'): Promise<Uint8Array<ArrayBuffer>> {
  const { readdir } = await import('node:fs/promises');
  const folder = path.join(directory, 'repository/targets/v1/lists', list);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.lode'));
  const version = (name: string): number => Number(name.split('.').at(-2));
  const newest = names.sort((a, b) => version(a) - version(b)).at(-1) ?? '';
  return new Uint8Array(await readFile(path.join(folder, newest)));
}
