/**
 * The pictures in docs/images: end-to-end tests make them of the pages that they test, when LODESTONE_SCREENSHOTS names a folder.
 * A new picture is a call of `keepScreenshot` in such a test, and a first copy in docs/images.
 */
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, runNode, SOURCE } from '../run/program.ts';

const KEPT = path.join(ROOT, 'docs/images');
const MADE = '.cache/screenshots';
const TESTS = ['a-group-chat-checks-before-encryption', 'the-chat-is-accessible'];

/** @returns the exit code: 1 if a test failed, or made no picture of a name that is in docs/images */
export async function makePictures(): Promise<number> {
  rmSync(path.join(ROOT, MADE), { recursive: true, force: true });
  const exitCode = await runNode([SOURCE, 'packages/tools/src/test.ts', 'e2e', '--all', ...TESTS], {
    LODESTONE_SCREENSHOTS: MADE,
  });
  if (exitCode !== 0) return exitCode;
  const missing = readdirSync(KEPT).filter((file) => !existsSync(path.join(ROOT, MADE, file)));
  for (const file of missing) console.log(`docs/images/${file}: no test makes it`);
  if (missing.length > 0) return 1;
  for (const file of readdirSync(KEPT)) copyFileSync(path.join(ROOT, MADE, file), path.join(KEPT, file));
  return 0;
}
