/**
 * Every name that a worker's scope has in this engine is judged, with a reason (`src/scanner/capabilities.ts`); and when the
 * scanner runs, what was kept is there and fixed, and nothing else is. A new capability of an engine fails here.
 */
import { expect, test } from 'vitest';
import { RUNTIME_KEPT } from '../src/classifier/capabilities.ts';
import { KEPT, namesOf, NAVIGATOR_KEPT, NAVIGATOR_REMOVED, REMOVED } from '../src/scanner/capabilities.ts';
import { code, runtime } from './classifier-part.ts';
import { withClassifier, withScannerProbe } from './derive.ts';
import { builtDocument, openSandbox } from './open-sandbox.ts';

interface Scope {
  names: string[];
  /** Of `navigator`; undefined where it is gone. */
  navigator: string[] | undefined;
}

interface Report {
  type: 'scope';
  before: Scope;
  after: Scope;
  /** Of the navigator that somebody had taken hold of before. */
  left: string[];
  /** What could still be replaced. */
  loose: string[];
}

/** Looks at the scope as the engine made it, and again when the scanner has its ports. */
const LOOK = `
  const chain = (from) => {
    const owners = [];
    for (let owner = from; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) owners.push(owner);
    return owners;
  };
  const names = (from) => [...new Set(chain(from).flatMap((owner) => Reflect.ownKeys(owner).map(String)))];
  const itself = self.navigator;
  const look = () => ({ names: names(self), navigator: 'navigator' in self ? names(self.navigator) : undefined });
  const before = look();
  const { setTimeout } = self;
  addEventListener('message', ({ ports: [, events] }) => setTimeout(() => {
    const after = look();
    const fixed = Reflect.ownKeys(self).every((key) => !Object.getOwnPropertyDescriptor(self, key).configurable);
    const loose = fixed ? [] : ['the scope'];
    for (const name of after.names) {
      const value = name.startsWith('Symbol(') || name === 'self' || name === 'globalThis' ? undefined : self[name];
      for (const object of [value, value?.prototype]) {
        if (object !== null && ['object', 'function'].includes(typeof object) && !Object.isFrozen(object)) loose.push(name);
      }
    }
    for (const made of [[], new Map(), Promise.resolve(), async () => {}, new Uint8Array(1), '', events, crypto.subtle]) {
      if (!Object.isFrozen(Object.getPrototypeOf(made))) loose.push(Object.prototype.toString.call(made));
    }
    events.postMessage({ type: 'scope', before, after, loose, left: names(itself) });
  }, 100));`;

/** Asks the classifier's worker what is left in its scope, once its own code has run. */
async function namesInClassifier(): Promise<string[]> {
  // First, so that its answer comes before the worker's own; it looks only when it is asked.
  const asks = `addEventListener('message', ({ ports: [port] }) => port.addEventListener('message', () => {
  const owners = [];
  for (let owner = self; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) owners.push(owner);
  const names = [...new Set(owners.flatMap((owner) => Reflect.ownKeys(owner).map(String)))];
  port.postMessage({ ok: false, fault: JSON.stringify(names) });
}));
${code}`;
  const sandbox = await openSandbox({ html: await withClassifier(builtDocument, code, asks) });
  await sandbox.event('ready');
  const part = { code: new TextEncoder().encode(asks).buffer, runtime: runtime.slice() };
  const answer = await sandbox.calls.startClassifier(part);
  sandbox.close();
  return JSON.parse((answer as { fault: string }).fault) as string[];
}

async function report(): Promise<Report> {
  const sandbox = await openSandbox({ html: await withScannerProbe(builtDocument, LOOK) });
  const scope = await sandbox.event('scope' as never);
  sandbox.close();
  return scope;
}

const scope = await report();
const kept = namesOf(KEPT);

test('no name is kept and removed, and none is judged twice', () => {
  for (const judgements of [
    [...KEPT, ...REMOVED],
    [...NAVIGATOR_KEPT, ...NAVIGATOR_REMOVED],
  ]) {
    const names = judgements.flatMap(({ names }) => names.trim().split(/\s+/));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});

test('every name of the scope is judged: a new one has to be, before anything else goes on', () => {
  const judged = namesOf([...KEPT, ...REMOVED]);
  expect(scope.before.names.length).toBeGreaterThan(200);
  expect(scope.before.names.filter((name) => !judged.has(name))).toEqual([]);
});

test('every name of `navigator` is judged', () => {
  const judged = namesOf([...NAVIGATOR_KEPT, ...NAVIGATOR_REMOVED]);
  expect(scope.before.navigator?.length).toBeGreaterThan(10);
  expect(scope.before.navigator?.filter((name) => !judged.has(name))).toEqual([]);
});

test('when the scanner runs, its scope has what was kept, all of it, and nothing else', () => {
  expect(scope.after.names.sort()).toEqual(scope.before.names.filter((name) => kept.has(name)).sort());
  expect(scope.after.navigator).toBeUndefined();
  expect(scope.left.filter((name) => !namesOf(NAVIGATOR_KEPT).has(name))).toEqual([]);
});

test('what is left cannot be replaced: neither a name of the scope, nor what hangs on it', () => {
  expect(scope.loose).toEqual([]);
});

test('when the classifier runs, its scope has what was kept for its runtime, two stand-ins, and nothing else', async () => {
  const keptThere = new Set([...namesOf(RUNTIME_KEPT), 'console', 'performance']);
  const names = await namesInClassifier();
  expect(names).toEqual(expect.arrayContaining(['Atomics', 'WebAssembly', 'console', 'performance']));
  expect(names.filter((name) => !keptThere.has(name))).toEqual([]);
});
