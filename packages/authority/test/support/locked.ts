/** Locked lists of invented hashes. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importList, type ImportReport, publish, type PublishReport, writeEscrow } from '@lodestone/authority';
import { createLocker, loadBlake3, lockRows } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { minimalScore, scoreOf } from '@lodestone/locked-list/score';
import { type ListRecord, parseRelease, printRelease, records, type Release } from '@lodestone/protocol/list-file';
import { type Escrow, parseEscrow } from '@lodestone/protocol/locked-escrow';
import { NOW, temporaryFolder } from './authority-folder.ts';

const SUBSETS = Array.from({ length: 16 }, (_, j) => j);

/** Half of the bits are set, and no two are near. Some have a weak subset. */
export function anyRow(seed: string): Buffer {
  return createHash('sha256').update(seed).digest();
}

/** As those of photographs: half of the bits are set, no two are near, and each subset is strong enough. */
export function rowOf(seed: number): Buffer {
  for (let tried = 0; ; tried++) {
    const row = anyRow(`row ${seed} ${tried}`);
    if (SUBSETS.every((subset) => scoreOf(row, subset, 96) >= minimalScore(96))) return row;
  }
}

/** A row that no locked list takes: bits are flipped as long as that makes it cheaper to guess. */
export function weakRow(seed: number): Buffer {
  for (let tried = 0; ; tried++) {
    const row = cheapened(anyRow(`weak ${seed} ${tried}`));
    if (SUBSETS.every((subset) => scoreOf(row, subset, 96) < minimalScore(96))) return row;
  }
}

function cheapened(row: Buffer): Buffer {
  const costOf = (): number => [0, 5, 10].reduce((sum, subset) => sum + scoreOf(row, subset, 96), 0);
  let least = costOf();
  for (let bit = 0; bit < 256; bit++) {
    row[bit >> 3]! ^= 1 << (bit & 7);
    const cost = costOf();
    if (cost < least) least = cost;
    else row[bit >> 3]! ^= 1 << (bit & 7);
  }
  return row;
}

/** The row with `bits` of it flipped. */
export function copyOf(row: Uint8Array, bits: number): Buffer {
  const copy = Buffer.from(row);
  for (let bit = 0; bit < bits; bit++) copy[(bit * 7) % 32]! ^= 1 << ((Math.floor(bit / 32) + (bit % 8)) % 8);
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
  const folder = path.join(directory, 'repository/targets/v1/lists', list);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.lode'));
  const version = (name: string): number => Number(name.split('.').at(-2));
  const newest = names.sort((a, b) => version(a) - version(b)).at(-1) ?? '';
  return new Uint8Array(await readFile(path.join(folder, newest)));
}

/** Gives a list parameters of a fast slow hash, before its first publication. */
export async function lockFast(directory: string, { subsets = 16, slots = 4 } = {}): Promise<void> {
  const folder = path.join(directory, 'record/demo/locked');
  await mkdir(folder, { recursive: true });
  const secret = (name: string): string => createHash('sha256').update(name).digest('hex');
  const file = {
    schema: 'lodestone/locked-list/v1',
    seed: secret('seed'),
    salt: secret('salt'),
    bits: 96,
    subsets,
    slots,
    tries: 8_192,
    memoryKiB: 8,
    tablesDigest: secret('tables'),
  };
  await writeFile(path.join(folder, 'locked.json'), JSON.stringify(file));
}

/** The entry and hash of each row that the published file has, from its escrow. */
export async function escrowOf(directory: string): Promise<Escrow> {
  const file = path.join(await temporaryFolder(), 'escrow');
  await writeEscrow({ directory, file });
  return parseEscrow(new Uint8Array(await readFile(file)));
}

/** The file that an escrow and the readable rows of a release give. */
export async function rebuilt({ seed, parameters, rows }: Escrow, release: Release): Promise<Uint8Array> {
  const locker = createLocker({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, parameters, seed);
  const toLock = rows.map(({ pdq, slots }) => ({ pdq, slots: [...slots] }));
  const payloads = await lockRows(locker, toLock, { atOnce: 2 });
  const locked = rows.map(({ entry }, i): ListRecord => ({ type: 'locked', entry, payload: payloads[i]! }));
  return printRelease([...locked, ...[...records(release)].filter(({ type }) => type !== 'locked')], parameters);
}
