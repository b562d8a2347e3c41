/**
 * The chat example as the demo serves it: built by Vite from the packages' sources, and built again only when one of them
 * changed. The example itself needs no setting for Lodestone; the one given here lets a fresh clone go without `dist`.
 */
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, defaultClientConditions } from 'vite';
import type { ServedConfiguration } from '@lodestone/example-vanilla-chat/served';
import { ROOT } from '@lodestone/tools/run/program';
import { type Accounts, accountService } from './accounts.ts';
import type { DemoAuthorities, DemoAuthority } from './authorities.ts';
import { type MadeFolder, madeFolder } from './cached-build.ts';
import { filesOf, type Handler } from '@lodestone/tools/web-server';

const EXAMPLE = path.join(ROOT, 'examples/vanilla-chat');
const INPUTS = [
  'examples/vanilla-chat/{index.html,vite.config.ts,package.json}',
  'examples/vanilla-chat/{src,public}/**/*.*',
  'packages/{client,protocol,trust,seal}/{package.json,src/**/*.*}',
  'pnpm-lock.yaml',
];

/** @param base of the name of the folder for what is built; ignored by git */
export async function buildChat(base: string): Promise<MadeFolder> {
  return madeFolder(base, await digestOfInputs(), async (into) => {
    await build({
      root: EXAMPLE,
      logLevel: 'warn',
      resolve: { conditions: ['source', ...defaultClientConditions] },
      build: { outDir: into, emptyOutDir: true },
    });
  });
}

async function digestOfInputs(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of globSync(INPUTS, { cwd: ROOT }).sort()) {
    hash.update(`${file}\n`).update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest('hex');
}

export interface ChatOptions {
  /** Where `buildChat` put it. */
  chat: string;
  /** Where the photographs are. */
  samples: string;
  authorities: DemoAuthorities;
  /** Origin under which the authorities' repositories are served, each below its name. */
  repositories: string;
  endpoint: string;
  accounts: Accounts;
  subjectKey: Uint8Array;
}

const SUBJECTS = '/account/subject';

/** The provider's own server: the chat, its configuration, the account service, and pictures to try. */
export function chatHandlers(options: ChatOptions): Handler[] {
  const configuration = configurationOf(options);
  return [
    ({ url }) =>
      url.pathname === '/lodestone.json'
        ? { type: 'application/json', body: JSON.stringify(configuration), headers: { 'Cache-Control': 'no-store' } }
        : undefined,
    accountService(SUBJECTS, options.accounts, options.subjectKey),
    filesOf(options.samples, '/samples/'),
    filesOf(options.chat, '/', { 'Cache-Control': 'no-cache' }),
  ];
}

function configurationOf({
  authorities: { court, lists, provider },
  repositories,
  endpoint,
  accounts,
}: Pick<ChatOptions, 'authorities' | 'repositories' | 'endpoint' | 'accounts'>): ServedConfiguration {
  const source = ({ name, root }: DemoAuthority) => ({
    name,
    url: `${repositories}/${name}/`,
    root: Buffer.from(root).toString('base64'),
  });
  return {
    authorities: { orders: [source(court)], lists: [source(lists)], provider: source(provider) },
    endpoint,
    accounts: Object.fromEntries(Object.entries(accounts).map(([person, { account }]) => [person, account])),
    subjects: SUBJECTS,
  };
}

/** The three repositories, as any web server or mirror would serve them: plain files that every page may read. */
export function repositoryHandlers(authorities: DemoAuthorities): Handler[] {
  return Object.values(authorities).map(({ name, repository }: DemoAuthority) =>
    filesOf(repository, `/${name}/`, { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-cache' }),
  );
}
