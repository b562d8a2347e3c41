/**
 * Behind nginx that ends TLS with a certificate of this test: signals get through; people set up their sign-in, sign in and act in the
 * console at its https origin, with a Secure cookie; other hosts, origins, and what came by plain HTTP are refused.
 */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Name } from '@lodestone/protocol/name';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../src/config.ts';
import { type Console, openConsole } from '../src/console/console.ts';
import { readLink } from '../src/users/links.ts';
import { totpCode } from '../src/users/totp.ts';
import { totpEncryption } from '../src/users/totp-encryption.ts';
import { freePort, NGINX, startNginx } from './support/nginx.ts';
import { SECRET } from './support/secret.ts';
import { insertUsers } from './support/users.ts';
import { startWorld, type World } from './support/world.ts';

/** Debian's nginx needs it. */
const OPENSSL = 'openssl';
const isAvailable = NGINX !== undefined && spawnSync(OPENSSL, ['version']).status === 0;
const PASSPHRASE = 'six plain words for one test';
const FORM = 'application/x-www-form-urlencoded';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

describe.runIf(isAvailable)(isAvailable ? 'behind nginx with TLS' : 'skipped without nginx and openssl', () => {
  let world: World;
  let opened: Console;
  let proxy: { stop(): Promise<void> };
  let certificate: Buffer;
  let ports: { tls: number; plain: number; careless: number };
  let origin: string;
  let token: string;

  beforeAll(async () => {
    world = await startWorld();
    token = (await insertUsers(world.database.db, 'tls')).administrator;
    ports = { tls: await freePort(), plain: await freePort(), careless: await freePort() };
    origin = `https://console.example:${ports.tls}`;
    opened = await openConsole(0, {
      db: world.database.db,
      totp: totpEncryption(SECRET, new Uint8Array(16)),
      config: DEFAULT_CONFIG,
      log: pino({ level: 'silent' }),
      now: () => world.now,
      origin,
    });
    const folder = await mkdtemp(path.join(tmpdir(), 'receiver-tls-'));
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const names = 'subjectAltName=DNS:console.example,DNS:signals.example';
    const subject = ['-subj', '/CN=console.example', '-addext', names, '-days', '2'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await promisify(execFile)(OPENSSL, ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject]);
    certificate = await readFile(cert);
    const to = (url: string, scheme: string): string =>
      `location / { proxy_pass ${url}; proxy_set_header Host $http_host; ${scheme} }`;
    const tls = `ssl_certificate ${cert}; ssl_certificate_key ${key};`;
    const proto = 'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $remote_addr;';
    const at = `http://127.0.0.1:${opened.port}`;
    proxy = await startNginx(
      folder,
      [
        `server { listen 127.0.0.1:${ports.tls} ssl default_server; ${tls} server_name console.example; ${to(at, proto)} }`,
        `server { listen 127.0.0.1:${ports.tls} ssl; ${tls} server_name signals.example; ${to(world.receiver.url, proto)} }`,
        `server { listen 127.0.0.1:${ports.plain}; ${to(at, proto)} }`,
        `server { listen 127.0.0.1:${ports.careless} ssl; ${tls} ${to(at, '')} }`,
      ],
      () => ask('/sign-in'),
    );
  }, 60_000);
  afterAll(async () => {
    await proxy.stop();
    await opened.close();
    await world.close();
  });

  interface Asked {
    fields?: Record<string, string>;
    body?: Uint8Array;
    headers?: Record<string, string>;
    host?: string;
    port?: number;
    isPlain?: boolean;
  }
  /** As a browser at the console's origin, unless stated otherwise. */
  async function ask(target: string, { fields, body, headers, host, port, isPlain }: Asked = {}): Promise<Answer> {
    const sent = fields ? new URLSearchParams(fields).toString() : (body ?? '');
    const options = {
      agent: false,
      host: '127.0.0.1',
      port: port ?? ports.tls,
      servername: host ?? 'console.example',
      ca: certificate,
      path: target,
      method: fields || body ? 'POST' : 'GET',
      headers: {
        host: `${host ?? 'console.example'}:${ports.tls}`,
        ...(fields && { origin, 'sec-fetch-site': 'same-origin', 'content-type': FORM }),
        'content-length': Buffer.byteLength(sent),
        ...headers,
      },
    };
    const asked = (isPlain ? plainRequest : request)(options).end(sent);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
  }
  const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0] ?? '';
  /** @returns the name of a user who was set up by their link, and the secret of their authenticator */
  const setUp = async (): Promise<{ answer: Answer; secret: Uint8Array }> => {
    const link = new URL(await opened.inviteLink(token, 'tls-lead' as Name));
    expect(link.origin).toBe(origin);
    expect((await ask(link.pathname + link.search)).text).toContain('tls-lead');
    const one = link.searchParams.get('link') ?? '';
    const secret = (await readLink(world.database.db, one, world.now))?.totpSecret ?? new Uint8Array();
    const chosen = { link: one, passphrase: PASSPHRASE, again: PASSPHRASE, code: totpCode(secret, world.now) };
    return { answer: await ask('/link', { fields: chosen }), secret };
  };

  test('a signal gets through, and is answered for every origin', async () => {
    const signal = await world.seal(world.match(await world.subjectId()));
    const before = await world.receiver.counts();
    const answer = await ask('/v1/signals', { host: 'signals.example', body: signal });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, '*']);
    expect((await world.receiver.counts()).counted - before.counted).toBe(1);
  });

  test('a person sets up their sign-in by the link, signs out and in again, with a cookie for HTTPS and this host only', async () => {
    const { answer, secret } = await setUp();
    expect(answer.status).toBe(303);
    expect(cookieOf(answer)).toMatch(
      /^__Host-lodestone-console=lss_[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer).split(';')[0] ?? '';
    const cases = await ask('/cases', { headers: { cookie } });
    expect([cases.status, cases.text]).toEqual([200, expect.stringContaining('tls-lead')]);
    expect((await ask('/cases', { headers: { cookie: cookie.replace('__Host-', '') } })).status).toBe(401);
    const [, form = ''] = /name="token" value="([^"]+)"/.exec(cases.text) ?? [];
    const out = await ask('/sign-out', { fields: { token: form }, headers: { cookie } });
    expect([out.status, cookieOf(out)]).toEqual([303, expect.stringMatching(/^__Host-lodestone-console=; .*Secure/)]);
    expect((await ask('/cases', { headers: { cookie } })).status).toBe(401);
    world.now += 60_000; // a code works once
    const fields = { name: 'tls-lead', passphrase: PASSPHRASE, code: totpCode(secret, world.now) };
    const signedIn = await ask('/sign-in', { fields });
    expect([signedIn.status, cookieOf(signedIn)]).toEqual([303, expect.stringContaining('; Secure; SameSite=Strict')]);
  });

  test.each<[string, Asked]>([
    ['another origin', { headers: { origin: 'https://evil.example' } }],
    ['the same host without TLS', { headers: { origin: `http://console.example` } }],
    ['the address behind the proxy', { headers: { origin: 'http://127.0.0.1' } }],
    ['no origin', { headers: { origin: '' } }],
    ['another site, by the browser', { headers: { 'sec-fetch-site': 'same-site' } }],
  ])('a form of %s is refused', async (_, change) => {
    const { answer } = await setUp();
    const cookie = cookieOf(answer).split(';')[0] ?? '';
    const refused = await ask('/sign-out', {
      fields: { token: 'x' },
      ...change,
      headers: { ...change.headers, cookie },
    });
    expect([refused.status, refused.text]).toEqual([403, 'Send this form from the console itself.\n']);
    expect((await ask('/cases', { headers: { cookie } })).status).toBe(200);
  });

  test('another host name, plain HTTP, and a proxy that does not say how a request came are refused', async () => {
    const elsewhere = await ask('/sign-in', { headers: { host: 'evil.example' } });
    expect([elsewhere.status, elsewhere.text]).toEqual([403, `Open the console at ${origin}/.\n`]);
    const plain = { port: ports.plain, isPlain: true };
    for (const at of [plain, { port: ports.careless }])
      expect(await ask('/sign-in', at)).toMatchObject({
        status: 403,
        text: expect.stringContaining('X-Forwarded-Proto'),
      });
    expect((await fetch(`http://127.0.0.1:${opened.port}/sign-in`)).status).toBe(403);
  });

  test.each([
    'http://console.example',
    'https://console.example/',
    'https://console.example/x',
    'console.example',
    '*',
  ])('the origin %s is refused at the start', async (wrong) => {
    const context = { db: world.database.db, totp: totpEncryption(SECRET, new Uint8Array(16)), config: DEFAULT_CONFIG };
    const log = pino({ level: 'silent' });
    await expect(openConsole(0, { ...context, log, now: Date.now, origin: wrong })).rejects.toMatchObject({
      code: 'ERR_RECEIVER',
      message: expect.stringContaining('use an origin such as https://console.example'),
    });
  });
});
