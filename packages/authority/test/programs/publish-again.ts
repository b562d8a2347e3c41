/**
 * Publishes again and again, until it is killed: `publish-again.ts DIRECTORY KEY_FILE…`. Each round adds a row, replaces the online
 * keys every second time, and has the first two holders sign. It prints a line after each publication.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  importList,
  journalOf,
  openKeyFile,
  prepare,
  publish,
  reviewDraft,
  rotate,
  signDraft,
} from '@lodestone/authority';
import { inventedHash } from '../support/invented-hash.ts';

const [directory = '', first = '0', ...keyFiles] = process.argv.slice(2);

for (let round = Number(first); ; round++) {
  await publishOnce(round);
  console.log(round);
}

async function publishOnce(round: number): Promise<void> {
  const now = Date.now();
  await addRow(round);
  if (round % 2 === 0) await rotate({ directory, online: ['timestamp', 'snapshot'], now });
  const { draft } = await prepare({ directory, now });
  for (const file of keyFiles) {
    const signer = await openKeyFile(file, () => Promise.resolve(''));
    const review = await reviewDraft({ draft, now });
    // A round that was killed may have signed a draft that it never published.
    await signDraft({ review, signer, journal: journalOf(file), now, replace: true });
  }
  await publish({ directory, now });
}

async function addRow(round: number): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-row-'));
  try {
    const source = path.join(folder, 'rows.csv');
    await writeFile(source, `pdq,${inventedHash(round + 1)}\n`);
    await importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: Date.now() });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
