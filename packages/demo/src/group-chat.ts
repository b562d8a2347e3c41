/** The React example as the demo serves it: the app, its configuration, the account service, and the relay, each on its port. */
import { randomBytes } from 'node:crypto';
import type { Configuration } from '@lodestone/example-react-e2ee-chat/configuration';
import { type Relay, type RelayOptions, startRelay } from '@lodestone/example-react-e2ee-chat/relay';
import sandbox from '@lodestone/sandbox/sandbox.lock.json' with { type: 'json' };
import { filesOf, freePort, type Handler, serve } from '@lodestone/tools/web-server';
import { ACCOUNT_PATHS, accountService } from './accounts.ts';
import type { DemoAuthority } from './authorities.ts';
import type { DemoAddresses } from './chat.ts';

export interface GroupChatOptions extends DemoAddresses, Pick<RelayOptions, 'onTraffic'> {
  /** Folder that `buildExample` returned. */
  app: string;
  /** The first ports to try; 0 takes any free port. */
  ports: { app: number; relay: number };
}

export interface GroupChat {
  /** Address of the app. */
  address: string;
  relay: Relay;
  close(): Promise<void>;
}

export async function openGroupChat(options: GroupChatOptions): Promise<GroupChat> {
  const { app, ports, onTraffic } = options;
  const relay = await startRelay({ port: await freePort(ports.relay), ...(onTraffic && { onTraffic }) });
  const configuration = configurationOf(options, relay.origin);
  const serveConfiguration: Handler = ({ url }) =>
    url.pathname === '/lodestone.json'
      ? { type: 'application/json', body: JSON.stringify(configuration), headers: { 'Cache-Control': 'no-store' } }
      : undefined;
  const files = filesOf(app, '/', {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': policyOf(options, relay.origin),
  });
  const server = await serve({ port: ports.app, handlers: [serveConfiguration, accountService(options), files] });
  return {
    address: `${server.origin}/`,
    relay,
    async close() {
      await server.close();
      await relay.close();
    },
  };
}

/**
 * What the page may do. The sandbox is inlined: a sandboxed frame has no service worker, so a served one would not open offline.
 * See docs/integrate/csp.md.
 */
function policyOf({ repositories, endpoint }: GroupChatOptions, relay: string): string {
  const servers = [repositories, new URL(endpoint).origin, relay, relay.replace('http', 'ws')];
  return [
    "default-src 'none'",
    `script-src 'self' ${sandbox.script} 'wasm-unsafe-eval'`,
    "worker-src 'self' data:",
    `connect-src 'self' ${servers.join(' ')}`,
    "style-src 'self'",
    "img-src 'self' blob:",
    'media-src blob:',
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function configurationOf({ authorities, repositories, endpoint }: GroupChatOptions, relay: string): Configuration {
  const source = ({ name, root }: DemoAuthority) => ({
    name,
    url: `${repositories}/${name}/`,
    root: new TextDecoder().decode(root),
  });
  const { court, lists, provider } = authorities;
  return {
    guard: {
      authorities: { orders: [source(court)], lists: [source(lists)], provider: source(provider) },
      endpoint,
    },
    relay,
    // The relay forgets all groups when it ends, so each start is a new installation.
    installation: randomBytes(8).toString('hex'),
    accountService: ACCOUNT_PATHS,
  };
}
