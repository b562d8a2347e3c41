/**
 * Host pages with content security policies, in each engine, as in the table of docs/integrate/csp.md, which this test reads.
 * A page that needs no line works. A page that needs one fails without it, with a typed error that contains the line, and
 * works with it, for pictures and, inlined, for videos. Spec: docs/design/sandbox.md#content-security-policy
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { derive } from '@lodestone/sandbox/testing';
import { chosenEngines } from '@lodestone/tools/engines/chosen';
import { ALL_TAG, EXTENT } from '@lodestone/tools/run/test-plan';
import { type EnginePages, openEngine } from './fixture/engine-pages.ts';
import {
  builtSandbox,
  type Headers,
  type HostPages,
  type HowItWent,
  sandboxLock,
  servePages,
} from './fixture/host-page.ts';

const DOC = readFileSync(path.join(import.meta.dirname, '../../../docs/integrate/csp.md'), 'utf8');
const VIDEO = readFileSync(path.join(import.meta.dirname, '../../demo/clips/balloons.webm'));
const engines = await chosenEngines((line) => console.error(line));

interface Way {
  /** Undefined if it works without. */
  readonly of: 'page' | 'sandbox.html' | undefined;
  readonly headers: Headers;
}
interface Row {
  readonly what: string;
  readonly page: Headers;
  readonly inlined: Way;
  readonly served: Way;
}

/** `Name: value` from each code span, with the script hash of this build. */
function headersIn(cell: string): Headers {
  const lines = [...cell.matchAll(/`([A-Za-z-]+): ([^`]*)`/g)];
  return Object.fromEntries(
    lines.map(([, name = '', value = '']) => [name, value.replaceAll("'sha256-…'", sandboxLock.script)]),
  );
}

function wayIn(cell: string): Way {
  if (cell === 'works') return { of: undefined, headers: {} };
  const [, of] = /^(page|sandbox\.html): `/.exec(cell) ?? [];
  if (of !== 'page' && of !== 'sandbox.html') throw new Error(`csp.md: what is "${cell}"?`);
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

const MATCH = { outcome: 'match', sandbox: { state: 'ready' }, violated: [] };
/** Of a video that no list has. Its part ran: WebKitGTK decodes no VP9, and says so. */
const videoIn = (engine: string) =>
  engine === 'webkit' ? { outcome: 'unscannable', reason: 'codec' } : { outcome: 'clear' };

let pages: HostPages;
test.beforeAll(async () => {
  pages = await servePages(['image', 'video']);
});
test.afterAll(() => pages.close());

test('the page has the table', () => {
  expect(ROWS).toHaveLength(8);
  expect(DOC).toContain(`'sha256-…'`);
});

// Engines run in parallel; the tests of one engine run in order.
test.describe.configure({ mode: 'parallel' });

/** How long a page may wait for an error that the browser reports. */
const SOON_MS = 6_000;

for (const found of engines) {
  const { engine } = found;
  test.describe(engine, { tag: ALL_TAG }, () => {
    test.describe.configure({ mode: 'default' });
    let opened: EnginePages;
    test.beforeAll(async () => {
      test.setTimeout(120_000);
      opened = await openEngine(found);
    });
    test.afterAll(() => opened.close());
    // With `--all` Firefox and WebKit check the rows that differ most: many lines, and isolation. `--long` checks all.
    const rows =
      engine === 'chromium' || EXTENT === 'long'
        ? ROWS
        : [3, 7].map((index) => ROWS[index]).filter((row) => row !== undefined);
    const goes = (
      headers: Headers,
      ...more: [served?: Parameters<HostPages['add']>[1], second?: Uint8Array]
    ): Promise<HowItWent> => opened.howItGoes(pages.add(headers, ...more));

    /** The check fails, with each line of the table's cell in the message. */
    function expectRefused({ outcome, reason, sandbox, ms }: HowItWent, lines: Headers): void {
      expect({ outcome, reason, state: sandbox.state }).toEqual({
        outcome: 'unscannable',
        reason: 'sandbox',
        state: 'failed',
      });
      const isSilent = engine === 'firefox' && 'Cross-Origin-Embedder-Policy' in lines;
      expect(sandbox.error?.code).toBe(isSilent ? 'ERR_SANDBOX_BOOT' : 'ERR_SANDBOX_POLICY');
      expect(ms).toBeLessThan(isSilent ? 15_000 : SOON_MS);
      for (const [name, value] of Object.entries(lines)) {
        expect(sandbox.error?.message).toContain(`${name}: `);
        // The page has its own parts of the line; the message contains the sandbox's.
        const asked = value
          .split(/[;\s]+/)
          .filter((part) => /^'(sha256|wasm)|^data:|^lodestone|-src$|^require-corp|^cross/.test(part));
        for (const part of asked) if (part !== 'default-src') expect(sandbox.error?.message).toContain(part);
      }
    }

    for (const { what, page, inlined, served } of rows) {
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
            way.of === 'page'
              ? goes({ ...page, ...way.headers }, beside({}), name === 'inlined' ? VIDEO : undefined)
              : goes(page, beside(way.headers)),
          ]);
          expectRefused(asItIs, way.headers);
          expect(withLine).toMatchObject(MATCH);
          if (name === 'inlined') expect(withLine.second).toMatchObject(videoIn(engine));
        });
      }
    }

    test('without ‘wasm-unsafe-eval’ the error names the missing keyword', async () => {
      const policy = `default-src 'self'; script-src 'self' ${sandboxLock.script}; worker-src data:`;
      const { outcome, sandbox } = await goes({ 'Content-Security-Policy': policy });
      expect(outcome).toBe('unscannable');
      expect(sandbox.error?.code).toBe('ERR_SANDBOX_POLICY');
      expect(sandbox.error?.message).toContain('blocks WebAssembly of the inlined sandbox');
      expect(sandbox.error?.message).toContain("'wasm-unsafe-eval'");
    });

    test('a served copy that is of another release or was changed fails with ERR_SANDBOX_VERSION', async () => {
      const other = await derive(builtSandbox, (parts) => ({ ...parts, scanner: `${parts.scanner}\n` }));
      const changed = builtSandbox.replace('id="scanner">', '$&/**/');
      const went = await Promise.all([other, changed].map((html) => goes({}, { headers: {}, html })));
      const errors = went.map(({ sandbox }) => sandbox.error);
      expect(errors.map((error) => error?.code)).toEqual(['ERR_SANDBOX_VERSION', 'ERR_SANDBOX_VERSION']);
      expect(errors[0]?.message).toContain('serve the sandbox.html of the same release');
      expect(errors[1]?.message).toContain('changed on its way');
    });

    test('a served copy that cannot answer fails 3 s after it has loaded, and the error lists the possible causes', async () => {
      const causes = [
        ['not an error page', { headers: {}, status: 404, html: 'not here' }],
        ['X-Frame-Options: DENY', { headers: { 'X-Frame-Options': 'DENY' } }],
        ["frame-ancestors 'none'", { headers: { 'Content-Security-Policy': "frame-ancestors 'none'" } }],
        ['another policy', { headers: { 'Content-Security-Policy': "default-src 'self'" } }],
      ] as const;
      for (const [cause, went] of await Promise.all(
        causes.map(async ([cause, served]) => [cause, await goes({}, served)] as const),
      )) {
        expect(went.sandbox.error?.code, cause).toBe('ERR_SANDBOX_BOOT');
        expect(went.sandbox.error?.message).toContain(cause);
        expect(went.ms).toBeLessThan(SOON_MS);
      }
    });
  });
}
