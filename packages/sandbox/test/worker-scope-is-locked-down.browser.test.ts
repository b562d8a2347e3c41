/**
 * Every name in this engine's worker scope is listed as kept or removed, with a reason (`src/scanner/capabilities.ts`). When the scanner
 * runs, only kept names are left, and they cannot be changed. A new capability of an engine fails here.
 */
import { expect, test } from 'vitest';
import { CLASSIFIER_KEPT } from '../src/parts/classifier/capabilities.ts';
import { KEPT, namesOf, NAVIGATOR_KEPT, NAVIGATOR_REMOVED, REMOVED } from '../src/scanner/capabilities.ts';
import { code, runtime } from './built-classifier.ts';
import { withClassifier, withScannerProbe } from './derive.ts';
import { builtDocument, openSandbox } from './open-sandbox.ts';

interface Scope {
  names: string[];
  /** Of `navigator`; undefined if it was removed. */
  navigator: string[] | undefined;
}

interface Report {
  type: 'scope';
  before: Scope;
  after: Scope;
  /** Names of the navigator object that the probe kept a reference to. */
  left: string[];
  /** Names that can still be changed. */
  loose: string[];
}

/** Reads the scope's names before the scanner starts, and again when it has its ports. */
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

/** Reads the names in the classifier worker's scope, after its own code has run. */
async function namesInClassifier(): Promise<string[]> {
  // Registered first, so that its answer arrives before the worker's own; it reads the names only when a request arrives.
  const spy = `addEventListener('message', ({ ports: [port] }) => port.addEventListener('message', () => {
  const owners = [];
  for (let owner = self; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) owners.push(owner);
  const names = [...new Set(owners.flatMap((owner) => Reflect.ownKeys(owner).map(String)))];
  port.postMessage({ ok: false, fault: JSON.stringify(names) });
}));
${code}`;
  const sandbox = await openSandbox({ html: await withClassifier(builtDocument, code, spy) });
  await sandbox.event('ready');
  const part = { code: new TextEncoder().encode(spy).buffer, runtime: runtime.slice() };
  const answer = await sandbox.calls.startPart('classifier', part);
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

test('no name is listed twice', () => {
  for (const groups of [
    [...KEPT, ...REMOVED],
    [...NAVIGATOR_KEPT, ...NAVIGATOR_REMOVED],
  ]) {
    const names = groups.flatMap(({ names }) => names.trim().split(/\s+/));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});

test('every name of the scope is listed', () => {
  const listed = namesOf([...KEPT, ...REMOVED]);
  expect(scope.before.names.length).toBeGreaterThan(200);
  expect(scope.before.names.filter((name) => !listed.has(name))).toEqual([]);
});

test('every name of `navigator` is listed', () => {
  const listed = namesOf([...NAVIGATOR_KEPT, ...NAVIGATOR_REMOVED]);
  expect(scope.before.navigator?.length).toBeGreaterThan(10);
  expect(scope.before.navigator?.filter((name) => !listed.has(name))).toEqual([]);
});

test('when the scanner runs, its scope has exactly the kept names', () => {
  expect(scope.after.names.sort()).toEqual(scope.before.names.filter((name) => kept.has(name)).sort());
  expect(scope.after.navigator).toBeUndefined();
  expect(scope.left.filter((name) => !namesOf(NAVIGATOR_KEPT).has(name))).toEqual([]);
});

test('no name of the scope, nor any object reachable from it, can be changed', () => {
  expect(scope.loose).toEqual([]);
});

test('when the classifier runs, its scope has the names that its runtime needs, two replacements, and no others', async () => {
  const keptThere = new Set([...namesOf(CLASSIFIER_KEPT), 'console', 'performance']);
  const names = await namesInClassifier();
  expect(names).toEqual(expect.arrayContaining(['Atomics', 'WebAssembly', 'console', 'performance']));
  expect(names.filter((name) => !keptThere.has(name))).toEqual([]);
});
