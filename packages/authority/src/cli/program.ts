/** The command line's contents page: each command reads its files, calls one function of the library, and prints. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Power } from '@lodestone/trust';
import { messageOf } from '../keys/authority.ts';
import { initAuthority } from '../keys/init.ts';
import { importList } from '../import/import.ts';
import { stageModel } from '../model/stage.ts';
import { stageKeys, stageOrder } from '../order/stage.ts';
import { suppressEntries } from '../release/suppress.ts';
import { publish } from '../repository/publish.ts';
import { verifyRepository } from '../repository/verify.ts';
import { withdraw } from '../repository/withdraw.ts';
import { printImport, printInForce, printPublication } from './print.ts';

export function program(): Command {
  const cli = new Command('lodestone-authority').description(
    'Publish signed lists, orders, keys and models: import, sign, publish, verify.',
  );

  cli
    .command('init')
    .description('make the keys and the first root of an authority; prints the path of the root that apps pin')
    .argument('<dir>', 'folder of the authority: keep it private, but for its folder "repository"')
    .requiredOption('--name <name>', 'a-z, 0-9 and hyphens')
    .addOption(
      new Option('--power <power>', 'what apps will trust it for')
        .choices(['lists', 'orders', 'provider'])
        .makeOptionMandatory(),
    )
    .option('--keys <n>', 'keys of root, and as many of targets', wholeNumber, 3)
    .option('--threshold <n>', 'how many of them must sign', wholeNumber, 2)
    .action(async (directory: string, options: { name: string; power: Power; keys: number; threshold: number }) => {
      const { rootFile } = await initAuthority({ directory, now: Date.now(), ...options });
      console.log(rootFile);
    });

  cli
    .command('import')
    .description('take a folder of pictures, or a CSV file of hashes, into a list')
    .argument('<dir>', 'folder of the authority')
    .argument('<source>', 'folder of pictures; or CSV as "signal_type,signal_str,…" or "type,hash[,entry]"')
    .requiredOption('--list <name>', 'the list')
    .option('--exact', "take the SHA-256 of the folder's files too", false)
    .option('--by <who>', 'who imports, for the private record', userInfo().username)
    .action(async (directory: string, source: string, options: { list: string; exact: boolean; by: string }) => {
      printImport(await importList({ directory, source, now: Date.now(), ...options }));
    });

  cli
    .command('order')
    .description('check an order against schema, law and the power of this authority, and stage it')
    .argument('<dir>', 'folder of the authority')
    .argument('<file>', 'the order, as JSON')
    .option(
      '--model <file>',
      'manifest of a model that it names, once for each: it may signal only by a model with figures',
      (file, before: string[]) => [...before, file],
      [],
    )
    .action(async (directory: string, file: string, options: { model: string[] }) => {
      const models = await Promise.all(options.model.map(readJson));
      const { path, unjudged = [] } = await stageOrder({
        directory,
        order: await readJson(file),
        models,
        now: Date.now(),
      });
      console.log(`staged ${path}`);
      for (const model of unjudged) console.log(`not judged, as its manifest was not given: the signal by ${model}`);
    });

  cli
    .command('keys')
    .description("check a receiver's public keys and stage them")
    .argument('<dir>', 'folder of the provider')
    .argument('<file>', 'the keys, as JSON')
    .option('--name <name>', "name of the keys; without it the file's name")
    .action(async (directory: string, file: string, options: { name?: string }) => {
      const name = options.name ?? path.basename(file, '.json');
      const staged = await stageKeys({ directory, name, keys: await readJson(file) });
      console.log(`staged ${staged.path}`);
    });

  cli
    .command('model')
    .description('check a model of a provider, fill in its manifest, and stage it with its files')
    .argument('<dir>', 'folder of the provider')
    .requiredOption('--manifest <file>', 'the draft, as JSON: model, input, output, buckets, figures')
    .requiredOption('--file <file>', 'the model, as ONNX')
    .requiredOption(
      '--runtime <file>',
      "@lodestone/client's runtime.wasm, or onnxruntime-web's ort-wasm-simd-threaded.wasm",
    )
    .option('--days <n>', 'how long devices may run it, at most 365', wholeNumber, 180)
    .action(async (directory: string, options: { manifest: string; file: string; runtime: string; days: number }) => {
      const { path: staged, version } = await stageModel({
        directory,
        draft: await readJson(options.manifest),
        file: await readBytes(options.file),
        runtime: await readBytes(options.runtime),
        days: options.days,
        now: Date.now(),
      });
      console.log(`staged ${staged}, version ${version}`);
    });

  cli
    .command('withdraw')
    .description('take a staged order, key file or model back: the next publication is without it')
    .argument('<dir>', 'folder of the authority')
    .argument('<path>', 'such as v1/orders/NAME.json')
    .action(async (directory: string, target: string) => {
      await withdraw({ directory, path: target });
      console.log(`withdrew ${target}`);
    });

  cli
    .command('suppress')
    .description('take entries off a list for good')
    .argument('<dir>', 'folder of the authority')
    .argument('<entry...>', 'entry numbers', (text, before: number[]) => [...before, wholeNumber(text)], [])
    .requiredOption('--list <name>', 'the list')
    .option('--by <who>', 'who suppresses, for the private record', userInfo().username)
    .action(async (directory: string, entries: number[], options: { list: string; by: string }) => {
      await suppressEntries({ directory, entries, now: Date.now(), ...options });
      console.log(`suppressed ${entries.join(', ')} of ${options.list}, from the next publication on`);
    });

  cli
    .command('publish')
    .description('build, sign and write the folder "repository"')
    .argument('<dir>', 'folder of the authority')
    .option(
      '--timestamp-only',
      'sign with the online keys alone: a new timestamp, and a new snapshot where it is old',
      false,
    )
    .action(async (directory: string, options: { timestampOnly: boolean }) => {
      printPublication(await publish({ directory, now: Date.now(), onlineOnly: options.timestampOnly }));
    });

  cli
    .command('verify')
    .description('check a repository as a new app would, and print what is in force')
    .argument('<repository>', 'a folder or an address')
    .requiredOption('--root <file>', 'the root.json that is pinned')
    .action(async (repository: string, options: { root: string }) => {
      const root = await readBytes(options.root);
      printInForce(await verifyRepository({ repository, root, now: Date.now() }));
    });

  return cli;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new LodestoneError('ERR_USAGE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

async function readJson(file: string): Promise<unknown> {
  const bytes = await readBytes(file);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LodestoneError('ERR_SCHEMA', `${file} is not JSON in UTF-8: ${messageOf(cause)}`, { cause });
  }
}
