/** Temporary folders and generated pictures for tests, removed with the process. All names and hashes are invented. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { initAllKeysHere, type InitAllKeysHereOptions } from '@lodestone/authority';
import type { Power } from '@lodestone/trust';

export { inventedHash } from './invented-hash.ts';

export const NOW = Date.parse('2026-11-24T08:00:00Z');

const parent = mkdtempSync(path.join(tmpdir(), 'lodestone-authority-'));
process.once('exit', () => rmSync(parent, { recursive: true, force: true }));

/** A new folder. It stays until the process ends, so that tests can share what they only copy. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(parent, 'folder-'));
}

export async function newAuthority(
  power: Power,
  options: Partial<InitAllKeysHereOptions> = {},
): Promise<{ directory: string; rootFile: string }> {
  const directory = path.join(await temporaryFolder(), power);
  return { directory, ...(await initAllKeysHere({ directory, name: `demo-${power}`, power, now: NOW, ...options })) };
}

/** RGB pixels of a picture with many features, another for each seed: soft stripes that cross. */
export function pixels(seed: number, side = 256): Buffer {
  const data = Buffer.alloc(side * side * 3);
  const wave = (i: number): number => 2 + ((seed * 7919 + i * 104_729) % 17);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let light = 0;
      for (let i = 0; i < 6; i++) {
        light += Math.sin((x / side) * wave(2 * i) + i * seed) * Math.cos((y / side) * wave(2 * i + 1) * 2 - i);
      }
      const value = Math.max(0, Math.min(255, Math.round(128 + 40 * light)));
      data.fill(value, (y * side + x) * 3, (y * side + x) * 3 + 3);
    }
  }
  return data;
}

export function picture(seed: number, side = 256): Sharp {
  return sharp(pixels(seed, side), { raw: { width: side, height: side, channels: 3 } });
}

/** The private record of the list "demo", all its files as one text; empty if there is none. */
export async function readRecord(directory: string): Promise<string> {
  const folder = path.join(directory, 'record/demo');
  if (!existsSync(folder)) return '';
  const names = (await readdir(folder)).sort();
  return (await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))).join('');
}
