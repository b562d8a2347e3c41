/**
 * Builds the room: sources → one HTML document, the same bytes each time; and the client's copy of it as a module.
 * Flow: pdq's kernel is built first, the client's bundle after. Does nothing while the inputs are those of the last build.
 */
import { createHash } from 'node:crypto';
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { composeRoom, type RoomDocument } from './document.ts';
import { lockOf, printLock } from './lock.ts';

const ROOM = path.join(import.meta.dirname, '..');
const PACKAGES = path.join(ROOM, '..');
const OUTPUTS = {
  document: path.join(ROOM, 'dist/room.html'),
  lock: path.join(ROOM, 'dist/room.lock.json'),
  module: path.join(PACKAGES, 'client/src/content/room.generated.ts'),
  /** Apart, so that a page with a served room loads the digest alone. */
  buildModule: path.join(PACKAGES, 'client/src/content/room-build.generated.ts'),
};
/** Digest of the inputs of the last build. */
const STAMP = path.join(ROOM, 'dist/room.inputs');
/** All that decides the bytes, from the packages' folder. */
const INPUTS = ['{room,pdq,protocol}/{src,build}/**/*.ts', '{room,pdq,protocol}/package.json', '../pnpm-lock.yaml'];
/** The core's budget (DESIGN §7), gzip. */
const MAX_GZIP_BYTES = 40_000;

export async function buildRoom(): Promise<'built' | 'up to date'> {
  const inputs = await digestOfInputs();
  if (await isUpToDate(inputs)) return 'up to date';
  const room = await makeRoom();
  const gzipBytes = gzipBytesOf(room.html);
  if (gzipBytes > MAX_GZIP_BYTES) {
    throw new Error(`the room is ${gzipBytes} bytes gzip, more than the ${MAX_GZIP_BYTES} it may be`);
  }
  await write(OUTPUTS.document, room.html);
  await write(OUTPUTS.lock, printLock(lockOf(room)));
  await write(OUTPUTS.module, printModule(room));
  await write(OUTPUTS.buildModule, printBuildModule(room));
  await write(STAMP, inputs);
  return 'built';
}

/** The room of the sources as they are; writes nothing. */
export async function makeRoom(): Promise<RoomDocument> {
  return composeRoom({
    window: await bundle('src/window.ts', 'readable'),
    scanner: await bundle('src/scanner/main.ts', 'minified'),
  });
}

async function digestOfInputs(): Promise<string> {
  const files = await Array.fromAsync(glob(INPUTS, { cwd: PACKAGES }));
  const hash = createHash('sha256');
  for (const file of files.map((name) => name.replaceAll(path.sep, '/')).sort()) {
    hash
      .update(`${file}\0`)
      .update(await readFile(path.join(PACKAGES, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

async function isUpToDate(inputs: string): Promise<boolean> {
  const texts = await Promise.all(
    [STAMP, ...Object.values(OUTPUTS)].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return texts[0] === inputs && texts.every((text) => text !== '');
}

async function bundle(entry: string, form: 'readable' | 'minified'): Promise<string> {
  // Loaded only when there is something to build.
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    // Names of files enter the result from here on, so it must not depend on where the repository lies.
    cwd: ROOM,
    input: entry,
    platform: 'browser',
    tsconfig: false,
    resolve: { conditionNames: ['source', 'import', 'browser', 'default'] },
    onLog: (_level, log) => {
      throw new Error(`${entry}: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: 'es', minify: form === 'minified', codeSplitting: false });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0 || chunk.imports.length > 0) throw new Error(`${entry} does not fit into one file`);
  return chunk.code.trim();
}

function gzipBytesOf(html: string): number {
  return gzipSync(html, { level: 9 }).byteLength;
}

function printModule({ html }: RoomDocument): string {
  return `/** The sealed room as a text. Written by packages/room/build/build-room.ts. */
export const ROOM_DOCUMENT: string = ${JSON.stringify(html)};
`;
}

function printBuildModule({ build, script }: RoomDocument): string {
  return `/** Build digest of the sealed room, and its window's script as a policy names it. Written by packages/room/build/build-room.ts. */
import type { Digest } from '@lodestone/protocol/names';

export const ROOM_BUILD: Digest = '${build}' as Digest;
export const ROOM_SCRIPT: string = "${script}";
`;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

if (import.meta.main) {
  const result = await buildRoom();
  const html = await readFile(OUTPUTS.document, 'utf8');
  console.log(
    `room: ${result}, ${gzipBytesOf(html)} bytes gzip, build ${/data-build="(\w+)"/.exec(html)?.[1] ?? 'unknown'}`,
  );
}
