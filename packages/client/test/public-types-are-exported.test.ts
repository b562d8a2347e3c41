/** A host can name every type that a type it imports mentions. Spec: docs/design/client.md#guard */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ORDER = '@lodestone/protocol/order';
const SRC = path.join(import.meta.dirname, '../src');
const read = (file: string): string => readFileSync(path.join(SRC, file), 'utf8');

/** Exported name → the module that it comes from. */
function exportsOf(entry: string): Map<string, string> {
  const found = new Map<string, string>();
  const own = `./${path.basename(entry)}`;
  for (const [, names = '', from = ''] of read(entry).matchAll(/export (?:type )?\{([^}]+)\} from '([^']+)'/g))
    for (const [, name = ''] of names.matchAll(/(?:type )?(\w+)\s*(?:,|$)/g)) found.set(name, from);
  for (const [, name = ''] of read(entry).matchAll(/^export (?:type|interface|function|class) (\w+)/gm))
    found.set(name, own);
  return found;
}

/** The text of a declaration up to the end of its statement, or to the body of a function or class; without comments. */
function declarationOf(name: string, module: string): string {
  const text = read(module).replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
  const [kind = '', rest = ''] =
    new RegExp(
      `^export (?:async )?(type|interface|function|class|const) ${name}\\b([^]*?)(?=^(?:export|import|const|function|class|type|interface|/\\*)|$(?![^]))`,
      'm',
    )
      .exec(text)
      ?.slice(1) ?? [];
  return kind === 'function'
    ? rest.slice(0, rest.search(/\{\n {2}/))
    : kind === 'class' || kind === 'const'
      ? ''
      : rest;
}

/** Names that the module imports from Lodestone or declares: others are the platform's, or React's. */
function namesIn(module: string): Set<string> {
  const text = read(module);
  const imported = [...text.matchAll(/import (?:type )?\{([^}]+)\} from '(?:\.|@lodestone\/)/g)].flatMap(
    ([, names = '']) => names.match(/\w+/g) ?? [],
  );
  const declared = [...text.matchAll(/^(?:export )?(?:type|interface|class) (\w+)/gm)].map(([, name = '']) => name);
  return new Set([...imported, ...declared]);
}

test.each(['index.ts', 'react.ts', 'blur.ts', 'testing/index.ts'])('%s', (entry) => {
  const exported = exportsOf(entry);
  // A subpath's types may come from the main entry.
  const known = new Set([...exported.keys(), ...exportsOf('index.ts').keys()]);
  const missing = [...exported].flatMap(([name, from]) => {
    if (!from.startsWith('.') && from !== ORDER) return []; // other types of the contract are named, not their parts
    const module = from === ORDER ? '../../protocol/src/order.ts' : path.join(path.dirname(entry), from);
    const names = namesIn(module);
    const mentioned = declarationOf(name, module).match(/\b[A-Z]\w+\b/g) ?? [];
    return mentioned.filter((one) => names.has(one) && !known.has(one)).map((one) => `${name} mentions ${one}`);
  });
  expect(exported.size).toBeGreaterThan(0);
  expect([...new Set(missing)]).toEqual([]);
});
