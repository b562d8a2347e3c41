/** The example without a framework as the demo serves it: the chat, its configuration, the account service, and what to try. */
import type { ServedConfiguration } from '@lodestone/example-vanilla-chat/configuration';
import { ACCOUNT_PATHS, type Accounts, accountService } from './accounts.ts';
import type { DemoAuthorities, DemoAuthority } from './authorities.ts';
import { filesOf, type Handler } from '@lodestone/tools/web-server';

/** What every example needs to know of the demo. */
export interface DemoAddresses {
  authorities: DemoAuthorities;
  /** Origin of the authorities' repositories, each below its name. */
  repositories: string;
  endpoint: string;
  accounts: Accounts;
}

export interface ChatOptions extends DemoAddresses {
  /** Folder that `buildExample` returned. */
  chat: string;
  /** Folder of the pictures, animations and videos to try. */
  samples: string;
}

/** The provider's own server: the chat, its configuration, the account service, and what to try. */
export function chatHandlers(options: ChatOptions): Handler[] {
  const configuration = configurationOf(options);
  return [
    ({ url }) =>
      url.pathname === '/lodestone.json'
        ? { type: 'application/json', body: JSON.stringify(configuration), headers: { 'Cache-Control': 'no-store' } }
        : undefined,
    accountService(options),
    filesOf(options.samples, '/samples/'),
    filesOf(options.chat, '/', { 'Cache-Control': 'no-cache' }),
  ];
}

function configurationOf({ authorities, repositories, endpoint, accounts }: DemoAddresses): ServedConfiguration {
  return {
    authorities: sourcesOf(authorities, repositories, (root) => Buffer.from(root).toString('base64')),
    endpoint,
    // Separates the databases of two demos at one address.
    installation: accounts.accounts.alice.id,
    accountService: ACCOUNT_PATHS,
  };
}

interface Sources<Root> {
  orders: { name: string; url: string; root: Root }[];
  lists: { name: string; url: string; root: Root }[];
  provider: { name: string; url: string; root: Root };
}

function sourcesOf<Root>(
  { court, lists, provider }: DemoAuthorities,
  repositories: string,
  rootAs: (root: Uint8Array) => Root,
): Sources<Root> {
  const source = ({ name, root }: DemoAuthority) => ({ name, url: `${repositories}/${name}/`, root: rootAs(root) });
  return { orders: [source(court)], lists: [source(lists)], provider: source(provider) };
}

const READABLE = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-cache' };

/**
 * The three repositories, as any web server or mirror serves them: plain files that every page may read. In addition
 * `guard.json`, the options with which a reader's own page uses this demo (docs/start.md). A real app ships its roots.
 */
export function repositoryHandlers(authorities: DemoAuthorities, endpoint: string): Handler[] {
  const options: Handler = ({ url }) => {
    if (url.pathname !== '/guard.json') return undefined;
    const sources = sourcesOf(authorities, url.origin, (root): unknown => JSON.parse(Buffer.from(root).toString()));
    return { type: 'application/json', body: JSON.stringify({ authorities: sources, endpoint }), headers: READABLE };
  };
  const folders = Object.values(authorities).map(({ name, repository }: DemoAuthority) =>
    filesOf(repository, `/${name}/`, READABLE),
  );
  return [options, ...folders];
}
