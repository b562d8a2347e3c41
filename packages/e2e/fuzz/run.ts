/**
 * One fuzz run in one engine: serves the page and its inputs, opens the browser, and opens it again when the page ends.
 * Promise: each input gets a verdict or is a failure, whatever happens to the browser; a failure is saved with the command that repeats it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engine, type FoundBrowser, launchOptions, openWebKit } from '@lodestone/audit/browsers';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { serve, type Handler } from '@lodestone/tools/web-server';
import { chromium, firefox, webkit } from '@playwright/test';
import { createInputs, type Input } from './inputs.ts';
import { failureOf, type Report } from './judge.ts';
import { createSite } from './site.ts';

export interface FuzzOptions {
  readonly engine: Engine;
  readonly seed: number;
  /** The numbers of the inputs. */
  readonly first: number;
  readonly count: number;
  readonly say: (line: string) => void;
}

export interface FuzzFailure {
  readonly number: number;
  readonly recipe: string;
  readonly why: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly file: string;
}

export interface FuzzResult {
  readonly version: string;
  readonly checked: number;
  readonly seconds: number;
  /** How many inputs had each outcome: `clear`, `match`, `unscannable/format`, … */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly FuzzFailure[];
  /** The longest check, and what was checked. */
  readonly slowest: { readonly ms: number; readonly number: number; readonly recipe: string };
}

const SAVED = path.join(import.meta.dirname, '../../../.cache/fuzz');

/** The client's own deadline is 15 s and 2 s for each megabyte. After this the page counts as ended. */
const SILENCE_MS = 90_000;
const START_MS = 120_000;
/** A page that is opened this often without a request for an input never starts. */
const MOST_STARTS = 3;

export async function fuzz({ engine, seed, first, count, say }: FuzzOptions): Promise<FuzzResult> {
  const inputAt = await createInputs(seed);
  const run = new Run(inputAt, { first, count, say }, (input, why) => save(input, why, { engine, seed }));
  const server = await serve({ port: 0, handlers: [run.handler, ...(await createSite())] });
  const found = await ensureBrowser(engine, { memoryFile: MEMORY_FILE, say });
  const started = performance.now();
  try {
    for (let opened = 0; !run.isDone; opened++) {
      if (opened > 0) say(`the page ended or was silent after ${run.checked} inputs; it is opened again`);
      const page = await openPage(found, `${server.origin}/`);
      try {
        await run.untilSilent(page.ended);
      } finally {
        await page.close();
      }
    }
  } finally {
    await server.close();
  }
  return { version: found.version, seconds: (performance.now() - started) / 1_000, ...run.result() };
}

class Run {
  readonly #inputAt: (number: number) => Promise<Input>;
  readonly #save: (input: Input, why: string) => Promise<FuzzFailure>;
  readonly #say: (line: string) => void;
  readonly #end: number;
  readonly #outcomes: Record<string, number> = {};
  readonly #failures: FuzzFailure[] = [];
  #next: number;
  #given: Input | undefined;
  #hasVerdict = false;
  #lastHeard = 0;
  #checked = 0;
  #slowest = { ms: 0, number: 0, recipe: 'none' };
  #starts = 0;
  #opened = 0;
  #isMaking = false;
  #broken: Error | undefined;
  #checkedBefore = 0;

  constructor(
    inputAt: (number: number) => Promise<Input>,
    { first, count, say }: Pick<FuzzOptions, 'first' | 'count' | 'say'>,
    save: (input: Input, why: string) => Promise<FuzzFailure>,
  ) {
    this.#inputAt = inputAt;
    this.#say = say;
    this.#save = save;
    this.#next = first;
    this.#end = first + count;
  }

  get isDone(): boolean {
    return this.#next >= this.#end && !this.#given;
  }
  get checked(): number {
    return this.#checked;
  }
  result(): Pick<FuzzResult, 'checked' | 'outcomes' | 'failures' | 'slowest'> {
    return {
      checked: this.#checked,
      outcomes: this.#outcomes,
      failures: this.#failures,
      slowest: this.#slowest,
    };
  }

  readonly handler: Handler = async ({ method, url, body }) => {
    this.#lastHeard = Date.now();
    const plain = { type: 'text/plain', body: '' };
    if (method === 'GET' && url.pathname === '/next') {
      if (this.#next >= this.#end) return { ...plain, status: 204 };
      const { number, bytes } = await this.#give().catch((error: unknown) => this.#break(`input ${this.#next}`, error));
      return { type: 'application/octet-stream', body: bytes, headers: { 'X-Number': String(number) } };
    }
    if (method === 'POST' && url.pathname === '/verdict') this.#hasVerdict = true;
    else if (method === 'POST' && url.pathname === '/report') await this.#take(JSON.parse(body.toString()) as Report);
    else if (method === 'POST' && url.pathname === '/broken') this.#break('the page', body.toString());
    else return undefined;
    return plain;
  };

  /** An error of the run itself. */
  #break(where: string, cause: unknown): never {
    this.#broken = new Error(`the run failed at ${where}`, { cause });
    throw this.#broken;
  }

  /** The next input; the same again if the page ended before it had it. */
  async #give(): Promise<Input> {
    const opened = this.#opened;
    this.#isMaking = true; // a bomb takes time to make
    const input = await this.#inputAt(this.#next).finally(() => (this.#isMaking = false));
    this.#lastHeard = Date.now();
    if (opened !== this.#opened) return input;
    this.#next += 1;
    this.#given = input;
    this.#hasVerdict = false;
    return input;
  }

  /** Resolves when the run is done, or when the page has ended or is silent for too long. */
  async untilSilent(ended: () => boolean): Promise<void> {
    this.#opened += 1;
    this.#lastHeard = Date.now() + START_MS - SILENCE_MS;
    const isSilent = (): boolean => !this.#isMaking && Date.now() - this.#lastHeard >= SILENCE_MS;
    while (!this.isDone && !ended() && !isSilent() && !this.#broken) await sleep(100);
    if (this.#broken) throw this.#broken;
    this.#starts = this.#checked > this.#checkedBefore ? 0 : this.#starts + 1;
    this.#checkedBefore = this.#checked;
    if (!this.#given) {
      if (!this.isDone && this.#starts >= MOST_STARTS)
        throw new Error('the page does not start: no input was requested');
      return;
    }
    const why = ended() ? 'the page ended' : `no verdict and no sign of life for ${SILENCE_MS / 1_000} s`;
    if (this.#hasVerdict) this.#count('clear; the engine ended while it showed the file');
    else await this.#fail(this.#given, why);
    this.#given = undefined;
  }

  async #take(report: Report): Promise<void> {
    const input = this.#given;
    if (input?.number !== report.number) return;
    this.#given = undefined;
    if (report.ms > this.#slowest.ms) this.#slowest = { ms: report.ms, number: input.number, recipe: input.recipe };
    const detail = report.reason ? `/${report.reason}` : report.shown ? ' and shown' : '';
    this.#count(`${report.outcome}${detail}`);
    const why = failureOf(report, input.isListed);
    if (why) await this.#fail(input, why);
  }

  #count(outcome: string): void {
    this.#checked += 1;
    if (this.#checked % 100 === 0) this.#say(`${this.#checked} inputs checked, ${this.#failures.length} failures`);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }
  async #fail(input: Input, why: string): Promise<void> {
    const failure = await this.#save(input, why);
    this.#failures.push(failure);
    this.#say(`FAILED ${failure.number} (${failure.recipe}): ${why}\n  ${failure.command}\n  ${failure.file}`);
  }
}

async function save(
  { number, recipe, bytes }: Input,
  why: string,
  { engine, seed }: { engine: Engine; seed: number },
): Promise<FuzzFailure> {
  await mkdir(SAVED, { recursive: true });
  const file = path.join(SAVED, `${engine}-${seed}-${number}.bin`);
  const command = `npm run fuzz -- --seed ${seed} --only ${number} --engine ${engine}`;
  await writeFile(file, bytes);
  return { number, recipe, why, command, file };
}

interface OpenPage {
  ended(): boolean;
  close(): Promise<void>;
}

async function openPage(found: FoundBrowser, url: string): Promise<OpenPage> {
  if (found.driver === 'webdriver') {
    const window = await openWebKit(found);
    await window.open(url);
    return { ended: () => false, close: () => window.close() };
  }
  const browser = await { chromium, firefox, webkit }[found.engine].launch(launchOptions(found));
  const page = await browser.newPage();
  let hasEnded = false;
  const end = (): void => void (hasEnded = true);
  page.on('crash', end);
  page.on('close', end);
  browser.on('disconnected', end);
  await page.goto(url);
  return { ended: () => hasEnded, close: () => browser.close() };
}
