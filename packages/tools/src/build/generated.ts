/**
 * Makes what is generated and not in the repository: pdq's WebAssembly kernel, then the sandbox's and the sandbox, which contains
 * both; and the sensitive-image model.
 * `npm run setup` runs it before everything else. Each step does nothing while its inputs are those of its last build.
 */
import { buildModel } from '../../../../models/sensitive-image/src/build-model.ts';
import { buildKernel } from '../../../pdq/scripts/build-wasm.ts';
import { buildSandbox } from '../../../sandbox/build/build-sandbox.ts';

export async function generate(): Promise<void> {
  await step('pdq kernel', buildKernel);
  await step('sandbox document', buildSandbox);
  await step('sensitive-image model', buildModel);
}

async function step(name: string, build: () => Promise<'built' | 'up to date'>): Promise<void> {
  const started = performance.now();
  if ((await build()) === 'built')
    console.log(`${name} built (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

if (import.meta.main) await generate();
