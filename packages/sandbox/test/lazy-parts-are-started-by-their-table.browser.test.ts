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
const MODULE = `var part = ${METHODS};`;
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

type Kind = 'worker' | 'module';
interface Differences {
  readonly receives?: 'models' | 'nothing';
  /** Another code than the pinned one. */
  readonly handed?: string;
}

let handed: string | undefined;
async function openWith(kind: Kind, pinned: string, { receives = 'models', ...other }: Differences = {}) {
  const row = { kind, receives, runtimes: [] };
  const code = other.handed ?? pinned;
  handed = kind === 'worker' ? code : undefined;
  const html = await withPart(builtDocument, ECHO, row, pinned);
  sandbox = await openSandbox({ html, modules: kind === 'module' ? { [ECHO]: code } : {} });
  await sandbox.event('ready');
}
/** A worker's code comes with the call, a module's came with the boot message. */
function start(runtime?: ArrayBuffer): Promise<PartAnswer> {
  const code = handed === undefined ? undefined : new TextEncoder().encode(handed).buffer;
  return sandbox.calls.startPart(
    ECHO,
    transfer({ ...(code && { code }), ...(runtime && { runtime }) }, code ? [code] : []),
  );
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
    expect(await start()).toEqual({ ok: true });
    expect(await load(GOOD, 1)).toEqual({ ok: true });
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual({ ok: true });
    expect(await sandbox.calls.endPart(ECHO)).toEqual({ ok: true });
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual(fault('ended'));
    expect(await start()).toEqual({ ok: true });
  });

  test('keeps its other data after a fault of one item', async () => {
    await openWith(kind, code);
    await start();
    expect(await load(GOOD, 1)).toEqual({ ok: true });
    expect(await load(BAD, 0)).toEqual(fault('data'));
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual({ ok: true });
  });

  test('does not start with other code, or with a runtime that its row does not name', async () => {
    await openWith(kind, code);
    expect(await start(new ArrayBuffer(8))).toEqual(fault('digest'));
    sandbox.close();
    await openWith(kind, code, { handed: `${code} ` });
    expect(await start()).toEqual(fault('digest'));
  });

  test('gets no data if its row declares that it receives nothing', async () => {
    await openWith(kind, code, { receives: 'nothing' });
    expect(await start()).toEqual({ ok: true });
    expect(await load(GOOD, 1)).toEqual(fault('data'));
  });

  test('leaves the classifier as it is', async () => {
    await openWith(kind, code);
    await start();
    await load(GOOD, 1);
    expect(await sandbox.calls.endPart('classifier')).toEqual({ ok: true });
    expect(await sandbox.calls.partFault(ECHO, GOOD)).toEqual({ ok: true });
  });
});

test('a part that is not in the table does not start', async () => {
  sandbox = await openSandbox({ modules: { [ECHO]: MODULE } });
  await sandbox.event('ready');
  handed = undefined;
  expect(await start()).toEqual(fault('digest'));
  expect(await load(GOOD, 1)).toEqual(fault('ended'));
});

test('a module that throws as it starts is a fault, and may be started again', async () => {
  await openWith('module', 'throw new Error();');
  expect(await start()).toEqual(fault('runtime'));
  expect(await start()).toEqual(fault('runtime'));
});

test('a module cannot send anything out', async () => {
  const server = inject('listeningServer');
  const code = `const seen = await import(${JSON.stringify(`${server}/part/module.js`)}).then(() => 'data', () => 'runtime');
var part = { start() { throw Object.assign(new Error(), { fault: typeof fetch === 'undefined' ? seen : 'ended' }); }, load() {}, run() {} };`;
  await openWith('module', code);
  expect(await start()).toEqual(fault('runtime'));
  const seen = (await (await fetch(`${server}/seen`)).json()) as string[];
  expect(seen.filter((entry) => entry.includes('/part/'))).toEqual([]);
});
