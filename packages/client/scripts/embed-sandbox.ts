/**
 * Writes the built sandbox into the client's sources as modules: the document, its build digest, the code of each lazy part.
 * Flow: packages/sandbox/dist → here → src/content/*.generated.ts, which are not in the repository. Promise: this is the only
 * step that writes them; a file whose text is the same is left alone. Spec: docs/design/sandbox.md#document
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PART_NAMES } from '@lodestone/protocol/lazy-parts';
import { buildSandbox, DIST } from '@lodestone/sandbox/build/build-sandbox';

const CONTENT = path.join(import.meta.dirname, '../src/content');
const WRITTEN_BY = 'Written by packages/client/scripts/embed-sandbox.ts.';

export async function embedSandbox(): Promise<'built' | 'up to date'> {
  await buildSandbox();
  const changes = await Promise.all(
    Object.entries(await modules()).map(([name, text]) => writeIfChanged(`${name}.generated.ts`, text)),
  );
  return changes.includes(true) ? 'built' : 'up to date';
}

/** Separate modules: a page with a served sandbox loads the digest alone, and few orders need a lazy part. */
async function modules(): Promise<Record<string, string>> {
  const read = (file: string): Promise<string> => readFile(path.join(DIST, file), 'utf8');
  const lock = JSON.parse(await read('sandbox.lock.json')) as { build: string; script: string };
  const parts = await Promise.all(PART_NAMES.map(async (name) => [name, await read(`${name}.mjs`)] as const));
  return {
    sandbox: `/** The sandbox document. ${WRITTEN_BY} */
export const SANDBOX_DOCUMENT: string = ${JSON.stringify(await read('sandbox.html'))};
`,
    'sandbox-build': `/** The sandbox's build digest, and the source expression of its window's script. ${WRITTEN_BY} */
import type { Digest } from '@lodestone/protocol/digest';

export const SANDBOX_BUILD: Digest = '${lock.build}' as Digest;
export const SANDBOX_SCRIPT: string = "${lock.script}";
`,
    ...Object.fromEntries(parts.map(([name, code]) => [`part-${name}`, partModule(name, code)])),
    parts: `/** Loads the code of a lazy part. ${WRITTEN_BY} */
import type { PartName } from '@lodestone/protocol/lazy-parts';

export const PART_CODE: Readonly<Record<PartName, () => Promise<string>>> = {
${PART_NAMES.map((name) => `  '${name}': async () => (await import('./part-${name}.generated.ts')).CODE,`).join('\n')}
};
`,
  };
}

function partModule(name: string, code: string): string {
  return `/** The code of the lazy part ${name}. ${WRITTEN_BY} */
export const CODE: string = ${JSON.stringify(code)};
`;
}

async function writeIfChanged(name: string, text: string): Promise<boolean> {
  const file = path.join(CONTENT, name);
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return false;
  await writeFile(file, text);
  return true;
}

if (import.meta.main) console.log(`client copy of the sandbox: ${await embedSandbox()}`);
