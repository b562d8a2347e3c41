/**
 * Host pages with policies, in each engine, as docs/integrate/csp.md says: its table is read from there. What works, works as
 * it is; what needs a line fails without it by a typed error that has the line, and works with it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { derive } from '../../room/test/derive.ts';
import { chosenEngines } from '../src/engines/chosen.ts';
import { type EnginePages, openEngine } from './fixture/engine-pages.ts';
import { builtRoom, type Headers, type HostPages, type HowItWent, roomLock, servePages } from './fixture/host-page.ts';

const DOC = readFileSync(path.join(import.meta.dirname, '../../../docs/integrate/csp.md'), 'utf8');
const engines = await chosenEngines((line) => console.error(line));

interface Way {
  /** Undefined where it works as it is. */
  readonly of: 'page' | 'room.html' | undefined;
  readonly headers: Headers;
}
interface Row {
  readonly what: string;
  readonly page: Headers;
  readonly inlined: Way;
  readonly served: Way;
}

/** `Name: value` in each piece of code; the document's hash is this build's. */
function headersIn(cell: string): Headers {
  const lines = [...cell.matchAll(/`([A-Za-z-]+): ([^`]*)`/g)];
  return Object.fromEntries(
    lines.map(([, name = '', value = '']) => [name, value.replaceAll("'sha256-…'", roomLock.script)]),
  );
}

function wayIn(cell: string): Way {
  if (cell === 'works') return { of: undefined, headers: {} };
  const [, of] = /^(page|room\.html): `/.exec(cell) ?? [];
  if (of !== 'page' && of !== 'room.html') throw new Error(`csp.md: what is "${cell}"?`);
  return { of, headers: headersIn(cell) };
}

const [, table = ''] = /^\| your page has .*\n\| --- .*\n((?:\|.*\n)+)/m.exec(DOC) ?? [];
const ROWS: Row[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [what = '', inlined = '', served = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    return { what, page: headersIn(what), inlined: wayIn(inlined), served: wayIn(served) };
  });

const MATCH = { outcome: 'match', room: { state: 'ready' }, violated: [] };

let pages: HostPages;
test.beforeAll(async () => {
  pages = await servePages();
});
test.afterAll(() => pages.close());

test('the table is there', () => {
  expect(ROWS).toHaveLength(8);
  expect(DOC).toContain(`'sha256-…'`);
});

// The engines side by side, and what one of them does in its order.
test.describe.configure({ mode: 'parallel' });

/** How long a page may wait for an error that its browser can know. */
const SOON_MS = 6_000;

for (const found of engines) {
  const { engine } = found;
  test.describe(engine, () => {
    test.describe.configure({ mode: 'default' });
    let opened: EnginePages;
    test.beforeAll(async () => {
      test.setTimeout(120_000);
      opened = await openEngine(found);
    });
    test.afterAll(() => opened.close());
    const goes = (headers: Headers, served?: Parameters<HostPages['add']>[1]): Promise<HowItWent> =>
      opened.howItGoes(pages.add(headers, served));

    /** Refused, with each line of the cell in the message. */
    function expectRefused({ outcome, reason, room, ms }: HowItWent, lines: Headers): void {
      expect({ outcome, reason, state: room.state }).toEqual({
        outcome: 'unscannable',
        reason: 'room',
        state: 'failed',
      });
      const isSilent = engine === 'firefox' && 'Cross-Origin-Embedder-Policy' in lines;
      expect(room.error?.code).toBe(isSilent ? 'ERR_ROOM_BOOT' : 'ERR_ROOM_POLICY');
      expect(ms).toBeLessThan(isSilent ? 15_000 : SOON_MS);
      for (const [name, value] of Object.entries(lines)) {
        expect(room.error?.message).toContain(`${name}: `);
        // A page's own parts of the line are its own; what the room asks for is named.
        const asked = value
          .split(/[;\s]+/)
          .filter((part) => /^'(sha256|wasm)|^data:|^lodestone|-src$|^require-corp|^cross/.test(part));
        for (const part of asked) if (part !== 'default-src') expect(room.error?.message).toContain(part);
      }
    }

    for (const { what, page, inlined, served } of ROWS) {
      for (const [name, way] of [
        ['inlined', inlined],
        ['served', served],
      ] as const) {
        test(`${name} in a page that has ${what.replaceAll('`', '')}`, async () => {
          test.setTimeout(90_000);
          const beside = (headers: Headers) => (name === 'served' ? { headers } : undefined);
          if (way.of === undefined) return expect(await goes(page, beside({}))).toMatchObject(MATCH);
          const [asItIs, withLine] = await Promise.all([
            goes(page, beside({})),
            way.of === 'page' ? goes({ ...page, ...way.headers }, beside({})) : goes(page, beside(way.headers)),
          ]);
          expectRefused(asItIs, way.headers);
          expect(withLine).toMatchObject(MATCH);
        });
      }
    }

    test('without ‘wasm-unsafe-eval’ the error names it', async () => {
      const policy = `default-src 'self'; script-src 'self' ${roomLock.script}; worker-src data:`;
      const { outcome, room } = await goes({ 'Content-Security-Policy': policy });
      expect(outcome).toBe('unscannable');
      expect(room.error?.code).toBe('ERR_ROOM_POLICY');
      expect(room.error?.message).toContain('refuses WebAssembly of the inlined room');
      expect(room.error?.message).toContain("'wasm-unsafe-eval'");
    });

    test('a served copy of another release, or one that was changed, fails by name', async () => {
      const other = await derive(builtRoom, (parts) => ({ ...parts, scanner: `${parts.scanner}\n` }));
      const changed = builtRoom.replace('id="scanner">', '$&/**/');
      const went = await Promise.all([other, changed].map((html) => goes({}, { headers: {}, html })));
      const errors = went.map(({ room }) => room.error);
      expect(errors.map((error) => error?.code)).toEqual(['ERR_ROOM_VERSION', 'ERR_ROOM_VERSION']);
      expect(errors[0]?.message).toContain('serve the room.html of the same release');
      expect(errors[1]?.message).toContain('changed on its way');
    });

    test('a served copy that cannot answer fails 3 s after it has loaded, and the error lists what may be', async () => {
      const faults = [
        ['no page of an error', { headers: {}, status: 404, html: 'not here' }],
        ['X-Frame-Options: DENY', { headers: { 'X-Frame-Options': 'DENY' } }],
        ["frame-ancestors 'none'", { headers: { 'Content-Security-Policy': "frame-ancestors 'none'" } }],
        ['another policy of its own', { headers: { 'Content-Security-Policy': "default-src 'self'" } }],
      ] as const;
      for (const [fault, went] of await Promise.all(
        faults.map(async ([fault, served]) => [fault, await goes({}, served)] as const),
      )) {
        expect(went.room.error?.code, fault).toBe('ERR_ROOM_BOOT');
        expect(went.room.error?.message).toContain(fault);
        expect(went.ms).toBeLessThan(SOON_MS);
      }
    });
  });
}
