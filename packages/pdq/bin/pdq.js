#!/usr/bin/env node
/**
 * `pdq hash FILE…` and `pdq compare A B`. Prints one result per line to standard output; an error is one line on standard
 * error, and the exit code is 1. Hashes pictures at full size, as browsers show them.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PdqError, distance, fromHex, loadPdq, orientations, toHex } from '@lodestone/pdq';
import { decode } from './decode.js';

const usage = `pdq hash [--orientations] FILE…   prints hash,quality,FILE (or hash,orientation,quality,FILE) for each
pdq compare A B                   prints in how many of 256 bits two differ; A and B are files or hashes

Reads PPM and PGM. Install the package sharp for JPEG, PNG, WebP and other formats.`;

/** @param {string} file */
async function read(file) {
  return decode(await readFile(file));
}

/** @param {string[]} files @param {boolean} isOriented */
async function hash(files, isOriented) {
  const pdq = await loadPdq();
  for (const file of files) {
    const picture = await read(file);
    if (isOriented) {
      const { hashes, quality } = pdq.hashOrientations(picture);
      for (const name of orientations) console.log(`${toHex(hashes[name])},${name},${quality},${file}`);
    } else {
      const { hash, quality } = pdq.hash(picture);
      console.log(`${toHex(hash)},${quality},${file}`);
    }
  }
}

/** @param {string} what A file, or a hash in hexadecimal. */
async function hashOf(what) {
  if (/^[0-9a-f]{64}$/i.test(what)) return fromHex(what);
  return (await loadPdq()).hash(await read(what)).hash;
}

async function version() {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return /** @type {{ version: string }} */ (JSON.parse(manifest)).version;
}

/** @param {string[]} args */
async function run(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      orientations: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'V', default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) console.log(usage);
  else if (values.version) console.log(await version());
  else if (command === 'hash' && rest.length > 0) await hash(rest, values.orientations);
  else if (command === 'compare' && rest.length === 2) {
    const [a, b] = await Promise.all(rest.map(hashOf));
    console.log(distance(a, b));
  } else throw new Error(`pdq: unknown command or wrong arguments\n\n${usage}`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { message } = /** @type {Error} */ (error);
  console.error(error instanceof PdqError ? `${error.code}: ${message}` : message);
  process.exitCode = 1;
}
