/**
 * The command line's contents page: each command reads what it is given, calls one function of the library, delivers. What
 * drives browsers and proxies is loaded by the commands that need it, since it takes a second.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Digest } from '@lodestone/protocol/digest';
import { sha256Hex } from '@lodestone/trust';
import { type Engine, ENGINES } from '../browsers/engine.ts';
import { loadAdapter } from '../traffic/adapter.ts';
import type { CaptureEngine } from '../traffic/recorded-browser.ts';
import { corpusFile, parseCanary } from '../traffic/corpus.ts';
import { ledgerExhibits } from '../commands/ledger/report-sections.ts';
import { listExhibits } from '../commands/list/report-sections.ts';
import { sandboxExhibits } from '../commands/sandbox/report-sections.ts';
import { auditLedger } from '../commands/ledger/run.ts';
import { auditList } from '../commands/list/run.ts';
import type { Question } from '../commands/list/lookup.ts';
import { auditSandbox, type SandboxLock } from '../commands/sandbox/run.ts';
import { deliver, type Delivery } from './output.ts';
import { readBytes, readJson, readText } from './read.ts';

const say = (line: string): void => console.error(line);

export function program(): Command {
  const cli = new Command('lodestone-audit')
    .exitOverride()
    .description(
      'Prove what leaves a device: verify ledgers, sandboxes and lists, and capture what an app really sends.',
    )
    .addHelpText(
      'after',
      `
Exit code: 0 every promise that was tested holds, 1 one does not hold, 2 the test could not be made.
Every command prints text, or JSON with --json; --html FILE writes a report for people, one page that needs nothing else.`,
    );
  addLedger(cli);
  addSandbox(cli);
  addList(cli);
  addCapture(cli);
  addCompare(cli);
  addProbe(cli);
  return cli;
}

function addLedger(cli: Command): void {
  command(cli, 'ledger', 'verify an exported ledger: its form, its chain, and what it says was sent')
    .argument('<file>', 'the export (NDJSON), as the app gives it')
    .option('--origin <origin>', 'a server that may be in it (repeat for more); any other breaks the promise', more, [])
    .option('--build <digest>', 'build digest of the published sandbox', digest)
    .option('--lock <file>', "sandbox.lock.json of the release: its build is the sandbox's")
    .action(async (file: string, options: { origin: string[]; build?: Digest; lock?: string } & Delivery) => {
      const build = options.build ?? (options.lock === undefined ? undefined : (await readLock(options.lock)).build);
      const report = auditLedger({ name: file, ndjson: await readText(file), origins: options.origin, build });
      await deliver(report, ledgerExhibits, options);
    });
}

function addSandbox(cli: Command): void {
  command(cli, 'sandbox', 'compare a sandbox.html with its release, and read what it forbids itself')
    .argument('<file>', 'the document: a file, or an address where an app serves it')
    .option(
      '--lock <file>',
      'sandbox.lock.json of the release, a file or an address; without it, the one beside the document',
    )
    .option('--build <digest>', 'build digest, as the release names it', digest)
    .action(async (file: string, options: { lock?: string; build?: Digest } & Delivery) => {
      const lock = options.lock ?? (options.build === undefined ? beside(file, 'sandbox.lock.json') : undefined);
      const published = {
        ...(lock !== undefined && (await readLock(lock))),
        ...(options.build !== undefined && { build: options.build }),
      };
      const html = await readBytes(file);
      await deliver(
        auditSandbox({ name: file, html, published: Object.keys(published).length > 0 ? published : undefined }),
        sandboxExhibits,
        options,
      );
    });
}

function addList(cli: Command): void {
  command(cli, 'list', 'compare mirrors of an authority, and prove that a hash is listed or is not')
    .argument('<url...>', 'addresses of the mirrors, or folders that hold "metadata" and "targets"')
    .requiredOption('--root <file>', 'the root.json that apps pin')
    .option('--list <name>', 'only this list')
    .option(
      '--listed <hash>',
      'prove that it is listed: 64 hex digits (PDQ or SHA-256), or a file, which is hashed (a picture by a browser, too)',
      more,
      [],
    )
    .option('--absent <hash>', 'prove that it is not, nor is a picture near it', more, [])
    .option('--entry <number>', 'prove what an entry consists of', more, [])
    .action(
      async (
        mirrors: string[],
        options: { root: string; list?: string; listed: string[]; absent: string[]; entry: string[] } & Delivery,
      ) => {
        const questions: Question[] = [
          ...(await Promise.all(options.listed.map((what) => question('listed', what)))),
          ...(await Promise.all(options.absent.map((what) => question('absent', what)))),
          ...options.entry.map((text): Question => ({ ask: 'entry', entry: wholeNumber(text) })),
        ];
        const root = await readBytes(options.root);
        const report = await auditList({ mirrors, root, list: options.list, questions, now: Date.now(), say });
        await deliver(report, listExhibits, options);
      },
    );
}

interface SessionFlags extends Delivery {
  url: string;
  adapter: string;
  own: string[];
  engine: CaptureEngine;
  settle: number;
}

function addCapture(cli: Command): void {
  sessionCommand(cli, 'capture', 'use an app in a real browser, and set every byte that leaves against its ledgers')
    .requiredOption('--corpus <dir>', 'folder of pictures and files to attach, which must not leave in any form')
    .option(
      '--content-to <origin>',
      'a server to which the app sends content in the clear by its own design',
      origins,
      [],
    )
    .option('--canary <canary>', 'what must not leave either: text:…, hex:… or score:0.… (repeat for more)', more, [])
    .option('--canaries <file>', 'the same, one a line')
    .option('--lock <file>', 'sandbox.lock.json of the release: the sandbox of the app must be that one')
    .option(
      '--packets',
      'run the browser in a network of its own and record every packet, so that nothing hides from the proxy (Chromium, as root on Linux)',
      false,
    )
    .action(
      async (
        options: {
          corpus: string;
          contentTo: string[];
          canary: string[];
          canaries?: string;
          lock?: string;
          packets: boolean;
        } & SessionFlags,
      ) => {
        const lines = options.canaries === undefined ? [] : (await readText(options.canaries)).split(/\r?\n/);
        const [{ auditCapture }, { captureExhibits }] = await Promise.all([
          import('../commands/capture/run.ts'),
          import('../commands/capture/report-sections.ts'),
        ]);
        const report = await auditCapture({
          ...options,
          adapter: await loadAdapter(options.adapter),
          canaries: [...options.canary, ...lines.filter((line) => line.trim() !== '')].map(parseCanary),
          published: options.lock === undefined ? undefined : await readLock(options.lock),
          settleMs: options.settle * 1_000,
          say,
        });
        await deliver(report, captureExhibits, options);
      },
    )
    .addHelpText('after', ADAPTER_HELP);
}

function addCompare(cli: Command): void {
  sessionCommand(cli, 'compare', 'can who watches the network tell a match from no match?')
    .requiredOption('--matching <dir>', 'folder of files that match')
    .requiredOption('--innocent <dir>', 'folder of as many files that do not')
    .option('--pairs <n>', 'how many pairs of sessions', whole, 4)
    .option('--pause <seconds>', 'between files', whole, 3)
    .action(async (options: { matching: string; innocent: string; pairs: number; pause: number } & SessionFlags) => {
      const [{ auditCompare }, { compareExhibits }] = await Promise.all([
        import('../commands/compare/run.ts'),
        import('../commands/compare/report-sections.ts'),
      ]);
      const report = await auditCompare({
        ...options,
        adapter: await loadAdapter(options.adapter),
        pauseMs: options.pause * 1_000,
        settleMs: options.settle * 1_000,
        say,
      });
      await deliver(report, compareExhibits, options);
    })
    .addHelpText('after', ADAPTER_HELP);
}

function addProbe(cli: Command): void {
  command(cli, 'probe', 'try every known way out inside the sandbox, in three engines, while servers listen')
    .argument('<sandbox>', 'sandbox.html of the release: a file or an address')
    .option('--lock <file>', 'sandbox.lock.json of the release; without it, the one beside the document')
    .option('--classifier <file>', 'classifier.mjs of the release; without it, the one beside the document')
    .addOption(new Option('--engine <names...>', 'the browsers').choices(ENGINES).default([...ENGINES], 'all three'))
    .option('--url <address>', "of a running app: a sandbox in an attacker's hands attacks it", address)
    .action(
      async (
        file: string,
        options: { lock?: string; classifier?: string; engine: Engine[]; url?: string } & Delivery,
      ) => {
        const lock = options.lock ?? beside(file, 'sandbox.lock.json');
        const classifier = options.classifier ?? beside(file, 'classifier.mjs');
        const [{ auditProbe }, { probeExhibits }] = await Promise.all([
          import('../commands/probe/run.ts'),
          import('../commands/probe/report-sections.ts'),
        ]);
        const report = await auditProbe({
          name: file,
          sandbox: await readBytes(file),
          classifier: classifier === undefined ? undefined : await readBytes(classifier),
          published: lock === undefined ? undefined : await readLock(lock),
          engines: options.engine,
          url: options.url,
          say,
        });
        await deliver(report, probeExhibits, options);
      },
    );
}

const ADAPTER_HELP = `
The adapter is a module whose default export is
  { name, ready(page), attach(page, file), ledgers(page, { savedBy }) }
with Playwright's page: it waits until the app checks pictures, attaches one file and waits until the app has dealt with
it, and gives the ledgers as the app exports them. An example is in the README.`;

/** What capture and compare have in common. */
function sessionCommand(cli: Command, name: string, description: string): Command {
  return command(cli, name, description)
    .requiredOption('--url <address>', 'of the app', address)
    .requiredOption('--adapter <file>', 'a small module that says how this app is used (see below)')
    .option('--own <origin>', "a server of the app's own, beside that of --url (repeat for more)", origins, [])
    .addOption(new Option('--engine <name>', 'the browser').choices(['chromium', 'firefox']).default('chromium'))
    .option('--settle <seconds>', 'how long to wait after the last file for what leaves later', whole, 30);
}

function command(cli: Command, name: string, description: string): Command {
  return cli
    .command(name)
    .description(description)
    .option('--json', 'print the whole result as JSON', false)
    .option('--html <file>', 'write a report for people');
}

async function question(ask: 'listed' | 'absent', what: string): Promise<Question> {
  const hash = what.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hash)) return { ask, name: `The hash ${hash}`, hashes: { sha256: hash, pdq: [hash] } };
  const bytes = await readBytes(what);
  const sha256 = sha256Hex(bytes);
  const name = path.basename(what);
  const { hashPictures } = await import('../traffic/picture-hashes.ts');
  const [hashed] = await hashPictures('chromium', [corpusFile(name, what, bytes)], { say });
  const pdq = hashed?.pdq.map(toHex) ?? [];
  return pdq.length > 0
    ? { ask, name: `The picture ${name} (PDQ ${pdq[0]}, in any orientation)`, hashes: { sha256, pdq } }
    : { ask, name: `The file ${name} (SHA-256 ${sha256})`, hashes: { sha256 } };
}

/** A file that the release puts beside a sandbox's document, where it is there. */
function beside(sandbox: string, name: string): string | undefined {
  const file = path.join(path.dirname(sandbox), name);
  return existsSync(file) ? file : undefined;
}

async function readLock(place: string): Promise<Partial<SandboxLock> & Pick<SandboxLock, 'build'>> {
  const lock = await readJson(place);
  if (typeof lock !== 'object' || lock === null || !('build' in lock) || typeof lock.build !== 'string')
    throw new LodestoneError('ERR_USAGE', `${place} is no sandbox.lock.json`);
  return lock as Partial<SandboxLock> & Pick<SandboxLock, 'build'>;
}

function more(value: string, before: string[]): string[] {
  return [...before, value];
}

function origins(value: string, before: string[]): string[] {
  return [...before, new URL(address(value)).origin];
}

function address(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('not an http(s) address');
  return text;
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

function digest(text: string): Digest {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('not 64 hex digits');
  return text as Digest;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new LodestoneError('ERR_USAGE', `"${text}" is no entry number`);
  return Number(text);
}
