/**
 * Writes the source model's outputs for the generated pictures, because the browser tests do not run tfjs. Run it when a
 * picture changes: `node --conditions=source models/sensitive-image/test/make-source-answers.ts`.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generated } from './generated.ts';
import { loadSourceModel } from './source-model.ts';

const source = await loadSourceModel();
const answers: Record<string, number[]> = {};
for (const { name, pixels } of generated()) answers[name] = [...(await source(pixels))];
await writeFile(path.join(import.meta.dirname, 'source-answers.json'), `${JSON.stringify(answers, null, 2)}\n`);
