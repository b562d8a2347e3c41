import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { findBrowser } from '../src/browsers/index.ts';
import { auditCapture } from '../src/commands/capture/run.ts';
import { encodedAnew, leakingPage, serveLeakingPage, WAYS } from './fixture/leaking-page.ts';
const folder = mkdtempSync('/tmp/zz-');
const corpus = folder + '/c';
mkdirSync(corpus);
const memoryFile = folder + '/b.json';
const t0 = performance.now();
const say = (l: string) => console.log(((performance.now() - t0) / 1000).toFixed(1), l);
const { found } = await findBrowser('chromium', memoryFile);
say('found');
const [u, ...p] = await encodedAnew(found as never, [
  'french-alpine-landscape',
  'nagasaki-boats',
  'locomotion-house-cat',
]);
p.forEach((b, i) => writeFileSync(`${corpus}/${['nagasaki-boats', 'locomotion-house-cat'][i]}.jpg`, b));
say('encoded');
const page = await serveLeakingPage(u!);
for (const ways of process.argv.slice(2)) {
  const list = ways === 'ALL' ? Object.keys(WAYS) : ways.split(',');
  const r = await auditCapture({
    engine: 'chromium',
    url: page.url(...list),
    corpus,
    adapter: leakingPage,
    waitAfterMs: 500,
    memoryFile,
    say,
  });
  say('done ' + ways);
  for (const c of r.claims) console.log(c.status, c.id, c.result.slice(0, 300));
  const by = new Map<string, string[]>();
  for (const h of r.facts.hits) {
    const w = new URL(/https?:\S+/.exec(r.facts.traffic[h.sent]?.what ?? '')![0]).pathname.slice(1);
    (by.get(w) ?? by.set(w, []).get(w)!).push(`${h.what}: ${h.location} | ${h.description}`);
  }
  for (const w of list) console.log(w, '=>', by.get(w) ?? 'NONE');
}
await page.close();
