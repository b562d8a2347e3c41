/** What the page of a fuzz run is served: its script, and signed repositories with one list and two orders that never signal. */
import path from 'node:path';
import { listTargets, signRepository, type SignedRepository } from '@lodestone/client/testing';
import { loadPdq } from '@lodestone/pdq';
import {
  DAY_MS,
  listManifestPath,
  type Media,
  type Name,
  orderPath,
  printOrder,
  type Surface,
  targetReference,
  toInstant,
} from '@lodestone/protocol';
import { exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { encodePng } from '@lodestone/sandbox/testing/encode';
import { bundle } from '@lodestone/tools/bundle';
import type { Handler } from '@lodestone/tools/web-server';
import type { Setup } from './page.ts';
import { LISTED, LISTED_FILE } from './seeds.ts';

const LIST = 'fuzz' as Name;
const PAGE = '<!doctype html><html lang="en"><title>fuzz</title><script type="module" src="/page.js"></script></html>';

export async function createSite(): Promise<Handler[]> {
  const now = Date.now();
  const { hash } = (await loadPdq()).hash(LISTED);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', LISTED_FILE));
  const records = [
    { type: 'pdq' as const, entry: 7, payload: hash },
    { type: 'sha256' as const, entry: 8, payload: digest },
  ];
  const orders = new Map([
    [orderPath('everything' as Name), anOrder('everything', ['send'], ['image', 'video', 'file'], now)],
    [orderPath('pictures' as Name), anOrder('pictures', ['upload'], ['image'], now)],
  ]);
  const repositories: Record<keyof Setup['roots'], SignedRepository> = {
    orders: await signRepository(orders, { now }),
    lists: await signRepository(listTargets(LIST, records, { now }), { now }),
    provider: await signRepository(new Map(), { now }),
  };
  const roots = Object.fromEntries(Object.entries(repositories).map(([name, { root }]) => [name, [...root]]));
  const files: Record<string, { type: string; body: string | Uint8Array }> = {
    '/': { type: 'text/html', body: PAGE },
    '/page.js': { type: 'text/javascript', body: await bundle({ file: path.join(import.meta.dirname, 'page.ts') }) },
    '/setup': { type: 'application/json', body: JSON.stringify({ roots, listedHash: [...hash] }) },
    '/listed': { type: 'application/octet-stream', body: await encodePng(LISTED) },
  };
  for (const [name, { files: signed }] of Object.entries(repositories)) {
    for (const [file, body] of signed) files[`/${name}/${file}`] = { type: 'application/octet-stream', body };
  }
  return [({ url }) => files[url.pathname]];
}

function anOrder(id: string, surfaces: Surface[], media: Media[], now: number): Uint8Array<ArrayBuffer> {
  const detect = [exampleKnown({ list: targetReference('lists' as Name, listManifestPath(LIST)), signal: undefined })];
  const times = { notBefore: toInstant(now - DAY_MS), notAfter: toInstant(now + 30 * DAY_MS) };
  return printOrder(exampleOrder({ id: id as Name, surfaces, media, detect, ...times }));
}
