/** Holders with keys in a temporary folder, and an authority of them. The keys are not encrypted, so that tests are fast. */
import { existsSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  createKeyFile,
  importList,
  type HolderKey,
  initAuthority,
  makeHolder,
  prepare,
  publish,
  reviewDraft,
  signDraft,
  type Signer,
} from '@lodestone/authority';
import type { Power } from '@lodestone/trust';
import { inventedHash, NOW, temporaryFolder } from './authority-folder.ts';

export interface Holder {
  name: string;
  signer: Signer;
  document: HolderKey;
  journal: string;
}

export async function newHolder(name: string): Promise<Holder> {
  const folder = await temporaryFolder();
  const signer = await createKeyFile(path.join(folder, `${name}.pem`), undefined);
  return { name, signer, document: await makeHolder(name, signer), journal: path.join(folder, `${name}.signed.json`) };
}

export interface Ceremony {
  directory: string;
  draft: string;
  holders: Holder[];
}

const NAMES = ['alice', 'bob', 'carol'];

export async function newCeremony(
  named: readonly (string | Holder)[] = NAMES,
  { threshold = 2, power = 'lists' }: { threshold?: number; power?: Power } = {},
): Promise<Ceremony> {
  const holders = await Promise.all(named.map(async (one) => (typeof one === 'string' ? newHolder(one) : one)));
  const directory = path.join(await temporaryFolder(), power);
  const documents = holders.map(({ document }) => document);
  const { draft } = await initAuthority({
    directory,
    name: `demo-${power}`,
    power,
    now: NOW,
    holders: documents,
    threshold,
  });
  return { directory, draft, holders };
}

const published = new Map<string, Promise<Ceremony>>();

/** An empty list that as many holders as must sign have published: a copy of one that is made once for each test file. */
export async function publishedCeremony(names: readonly string[] = NAMES, threshold = 2): Promise<Ceremony> {
  const key = `${threshold} of ${names.join()}`;
  const original = published.get(key) ?? publishedNow(names, threshold);
  published.set(key, original);
  return copyOf(await original);
}

async function publishedNow(names: readonly string[], threshold: number): Promise<Ceremony> {
  const ceremony = await newCeremony(names, { threshold });
  await publishWith(ceremony, ceremony.holders.slice(0, threshold));
  return ceremony;
}

/** The same authority, holders and draft in other folders. */
async function copyOf(ceremony: Ceremony): Promise<Ceremony> {
  const folder = await temporaryFolder();
  const directory = path.join(folder, path.basename(ceremony.directory));
  await cp(ceremony.directory, directory, { recursive: true });
  const holders = ceremony.holders.map((holder) => ({
    ...holder,
    journal: path.join(folder, path.basename(holder.journal)),
  }));
  for (const [i, { journal }] of ceremony.holders.entries()) {
    if (existsSync(journal)) await cp(journal, holders[i]?.journal ?? '');
  }
  return { directory, draft: path.join(directory, 'draft'), holders };
}

/** Signs on the holder's own copy of the draft, and hands the signatures in. */
export async function signAs(
  { draft }: Pick<Ceremony, 'draft'>,
  { signer, journal }: Holder,
  options: { now?: number; replace?: boolean; root?: Uint8Array } = {},
): Promise<void> {
  const { now = NOW, replace = false, root } = options;
  const copy = path.join(await temporaryFolder(), 'draft');
  await cp(draft, copy, { recursive: true });
  const review = await reviewDraft({ draft: copy, now, ...(root && { root }) });
  await signDraft({ review, signer, journal, now, replace });
  await cp(path.join(copy, 'signatures'), path.join(draft, 'signatures'), { recursive: true });
}

/** Signs in the authority's folder, all after one review. Faster than `signAs`, for tests with many holders. */
export async function signTogether({ draft }: Ceremony, signers: readonly Holder[]): Promise<void> {
  const review = await reviewDraft({ draft, now: NOW });
  for (const { signer, journal } of signers) await signDraft({ review, signer, journal, now: NOW });
}

/** Adds hashes to the list "demo". */
export async function addRows(directory: string, seeds: readonly number[]): Promise<void> {
  const source = path.join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, seeds.map((seed) => `pdq,${inventedHash(seed)}\n`).join(''));
  await importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW });
}

/** Prepares, has the holders sign, and publishes. */
export async function publishWith(ceremony: Ceremony, signers: readonly Holder[], now = NOW): Promise<void> {
  await prepare({ directory: ceremony.directory, now });
  for (const holder of signers) await signAs(ceremony, holder, { now });
  await publish({ directory: ceremony.directory, now });
}

/** The holder at a place of the ceremony. */
export function holderOf({ holders }: Ceremony, name: string): Holder {
  const holder = holders.find((one) => one.name === name);
  if (!holder) throw new Error(`no holder ${name}`);
  return holder;
}
