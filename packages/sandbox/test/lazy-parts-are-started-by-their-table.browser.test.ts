/**
 * The mechanism of lazy parts does not depend on the classifier: a part that only this test adds to the table starts as a worker and as a
 * module, receives data, ends, and runs only with its pinned code. Spec: docs/design/sandbox.md#lazy-parts
 */
import type { PartName } from '@lodestone/protocol/lazy-parts';
import type { SandboxModel } from '@lodestone/protocol/model';
import type { PartAnswer } from '@lodestone/protocol/sandbox';
import { digestOf } from '@lodestone/testkit/digests';
import { transfer } from 'comlink';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { withPart } from './derive.ts';
import { builtDocument, openSandbox, type OpenSandbox } from './open-sandbox.ts';

/** Not a row of the published table. */
const ECHO = 'echo' as PartName;
const GOOD = digestOf('a');
const BAD = digestOf('b');

/** Loads every item of data except an empty one, which it reports as the fault `data`. */
const METHODS = `{
  start() {},
  load(digest, { file }) {
    if (file.byteLength === 0) throw Object.assign(new Error(), { fault: 'data' });
  },
  run: (digest, input) => input,
}`;
const MODULE = `export default ${METHODS};`;
/** The requests of packages/sandbox/src/parts/messages.ts, answered by hand. */
const WORKER = `const methods = ${METHODS};
addEventListener('message', ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    try {
      methods[data.type](data.digest, data.data);
      port.postMessage({ ok: true });
    } catch ({ fault = 'runtime' }) {
      port.postMessage({ ok: false, fault });
    }
  };
}, { once: true });`;

let sandbox: OpenSandbox;
afterEach(() => sandbox.close());

async function openWith(kind: 'worker' | 'module', pinned: string, receives: 'models' | 'nothing' = 'models') {
  const row = { kind, receives, runtimes: [] };
  sandbox = await openSandbox({ html: await withPart(builtDocument, ECHO, row, pinned) });
  await sandbox.event('ready');
}
function start(text: string, runtime?: ArrayBuffer): Promise<PartAnswer> {
  const code = new TextEncoder().encode(text).buffer;
  return sandbox.calls.startPart(ECHO, transfer({ code, ...(runtime && { runtime }) }, [code]));
}
const load = (digest: typeof GOOD, sizeBytes: number): Promise<PartAnswer> =>
  sandbox.calls.loadIntoPart(ECHO, digest, { file: new ArrayBuffer(sizeBytes) } as SandboxModel);
const fault = (name: string) => ({ ok: false, fault: name });

describe.each([
  ['worker', WORKER],
  ['module', MODULE],
] as const)('a %s', (kind, code) => {
  test('starts, holds its data, and loses it when it ends', async () => {
    await openWith(kind, code);
    expect(await load(GOOD, 1)).toEqual(fault('ended'));
    expect(await start(code)).toEqual({ ok: true });
    expect(await load(GOOD, 1)).toEqual({ ok: true });
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual({ ok: true });
    expect(await sandbox.calls.endPart(ECHO)).toEqual({ ok: true });
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual(fault('ended'));
    expect(await start(code)).toEqual({ ok: true });
  });

  test('keeps its other data after a fault of one item', async () => {
    await openWith(kind, code);
    await start(code);
    expect(await load(GOOD, 1)).toEqual({ ok: true });
    expect(await load(BAD, 0)).toEqual(fault('data'));
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual({ ok: true });
  });

  test('does not start with other code, or with a runtime that its row does not name', async () => {
    await openWith(kind, code);
    expect(await start(`${code} `)).toEqual(fault('digest'));
    expect(await start(code, new ArrayBuffer(8))).toEqual(fault('digest'));
  });

  test('gets no data if its row declares that it receives nothing', async () => {
    await openWith(kind, code, 'nothing');
    expect(await start(code)).toEqual({ ok: true });
    expect(await load(GOOD, 1)).toEqual(fault('data'));
  });

  test('leaves the classifier as it is', async () => {
    await openWith(kind, code);
    await start(code);
    await load(GOOD, 1);
    expect(await sandbox.calls.endPart('classifier')).toEqual({ ok: true });
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual({ ok: true });
  });
});

test('a part that is not in the table does not start', async () => {
  sandbox = await openSandbox();
  await sandbox.event('ready');
  expect(await start(MODULE)).toEqual(fault('digest'));
  expect(await load(GOOD, 1)).toEqual(fault('ended'));
});

test('a module cannot send anything out', async () => {
  const server = inject('listeningServer');
  const code = `const seen = await import(${JSON.stringify(`${server}/part/module.js`)}).then(() => 'data', () => 'runtime');
export default { start() { throw Object.assign(new Error(), { fault: typeof fetch === 'undefined' ? seen : 'ended' }); }, load() {}, run() {} };`;
  await openWith('module', code);
  expect(await start(code)).toEqual(fault('runtime'));
  const seen = (await (await fetch(`${server}/seen`)).json()) as string[];
  expect(seen.filter((entry) => entry.includes('/part/'))).toEqual([]);
});
