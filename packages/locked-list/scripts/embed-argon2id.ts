/**
 * Embeds the WebAssembly of the npm package `argon2id`, unchanged: dist/simd.wasm → src/argon2id.generated.ts, which holds the bytes in
 * base64, so that a device needs no fetch and no bundler configuration. Does nothing while they are those of the last run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const GENERATED = new URL('../src/argon2id.generated.ts', import.meta.url);

const wasm = await readFile(fileURLToPath(import.meta.resolve('argon2id/dist/simd.wasm')));
const text = `/** Written by packages/locked-list/scripts/embed-argon2id.ts. */\nexport const wasm: string =\n  '${wasm.toString('base64')}';\n`;
const present = await readFile(GENERATED, 'utf8').catch(() => '');
if (present !== text) await writeFile(GENERATED, text);
console.log(`argon2id: ${present === text ? 'up to date' : 'built'}`);
