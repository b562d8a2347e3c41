/** What a host gets wrong on the network, in its headers or its options: the status says what, and what to do. Spec: docs/design/client.md#problems */
import { LodestoneError, type TargetReference } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FIRST_STATE, type GuardEvent, type GuardState, nextGuard } from '../src/guard-state.ts';
import { createEgress, type Egress } from '../src/network/egress.ts';
import { openLedger } from '../src/network/ledger.ts';
import { watchPagePolicy } from '../src/network/page-policy.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { createProblemLog } from '../src/problem-log.ts';
import { problemsOf } from '../src/problems.ts';
import { FIRST_STATUS, type Problem } from '../src/status.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, ENDPOINT, orderTargets, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
let world: World;
let stop: AbortController;

beforeEach(async () => {
  world = await World.create(START);
  stop = new AbortController();
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  stop.abort();
  vi.unstubAllGlobals();
});

async function refreshed(options: Parameters<World['options']>[0] = {}): Promise<Updater> {
  const updater = await anUpdater(world, { storage: memoryStorage(), now: () => START, stop: stop.signal, options });
  await updater.refresh();
  return updater;
}
function problemOf(updater: Updater, of: string): Problem | undefined {
  return problemsOf({ ...FIRST_STATUS, ...updater.status() }).find((problem) => problem.of === of);
}

describe('a source', () => {
  test('with the root of another authority', async () => {
    world.pin('orders', world.pinned('provider'));
    expect(problemOf(await refreshed(), 'orders')).toEqual({
      code: 'ERR_TRUST_SIGNATURE',
      of: 'orders',
      sentence:
        'source orders: timestamp.json: signed by 0 of the 1 required keys: is the `root` of this source the root.json of http://localhost:9/orders/?',
      fix: 'pass the first root.json of the repository at the `url` of this source as its `root`',
    });
  });

  test('with the root of another authority is the only problem: what it did not publish is none of its own', async () => {
    world.pin('lists', world.pinned('provider'));
    const status = { ...FIRST_STATUS, ...(await refreshed()).status() };
    expect(status.lists.map(({ error }) => error?.code)).toEqual(['ERR_TRUST_MISSING']);
    expect(problemsOf(status).map(({ code, of }) => `${code} ${of}`)).toEqual(['ERR_TRUST_SIGNATURE lists']);
  });

  test('that was trusted before does not suspect the root', async () => {
    const storage = memoryStorage();
    const updater = await anUpdater(world, { storage, now: () => START, stop: stop.signal });
    await updater.refresh();
    const timestamp = world.files.get('provider/metadata/timestamp.json') ?? new Uint8Array();
    world.files.set('orders/metadata/timestamp.json', timestamp);
    await updater.refresh();
    expect(problemOf(updater, 'orders')?.sentence).toBe('timestamp.json: signed by 0 of the 1 required keys');
  });

  test('without an answer', async () => {
    world.failing.add('/orders/');
    expect(problemOf(await refreshed(), 'orders')).toEqual({
      code: 'ERR_NETWORK',
      of: 'orders',
      sentence:
        'GET http://localhost:9/orders/metadata/2.root.json: no answer: the device is offline, the address is wrong, or the server sends no Access-Control-Allow-Origin for this page',
      fix: 'open the address in a browser (2.root.json: 404 is right); serve it with the header Access-Control-Allow-Origin: *, also a 404',
    });
  });

  test('whose order names another endpoint', async () => {
    expect(problemOf(await refreshed({ endpoint: 'https://other.example/v1/signals' }), 'orders')).toMatchObject({
      code: 'ERR_TRUST_ENDPOINT',
      sentence: expect.stringContaining(ENDPOINT),
      fix: 'set `endpoint` to the address that the order names, or have the order issued for yours',
    });
  });

  test('under an option that does not allow its orders', async () => {
    const policy = anOrder(START, { basis: 'provider-policy' });
    await world.publish('orders', orderTargets(policy));
    expect(problemOf(await refreshed(), 'orders')).toMatchObject({
      code: 'ERR_TRUST_POWER',
      fix: 'list the source under the option that allows what it publishes: orders, lists or provider',
    });
  });

  test('on a server that answers with its start page', async () => {
    const page = new TextEncoder().encode('\n<!DOCTYPE html><title>App</title>');
    world.files.set('orders/metadata/2.root.json', page);
    expect(problemOf(await refreshed(), 'orders')).toMatchObject({
      code: 'ERR_HTTP',
      sentence:
        'source orders: metadata/2.root.json answered with an HTML page and status 200: the server sends its start page for files that it does not have, and must answer 404',
    });
  });
});

describe('a server that answers 403 for what it does not have, as object stores do', () => {
  const forbidding = (isForbidden: (url: string) => boolean): void => {
    vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
      const answer = await world.fetch(url, init);
      return isForbidden(url.href) ? new Response('', { status: 403 }) : answer;
    });
  };

  test('has no next root', async () => {
    forbidding((url) => url.endsWith('2.root.json'));
    const updater = await refreshed();
    expect(problemOf(updater, 'orders')).toBeUndefined();
    expect(updater.inputs().orders).toHaveLength(1);
  });

  test('is wrong if it refuses the rest too', async () => {
    forbidding((url) => url.includes('/orders/'));
    expect(problemOf(await refreshed(), 'orders')).toMatchObject({
      code: 'ERR_HTTP',
      sentence: 'source orders: metadata/timestamp.json answered with status 403, expected 200',
    });
  });
});

describe('a request that fails', () => {
  const url = new URL('https://orders.example/metadata/timestamp.json');
  async function egressOf(page: EventTarget): Promise<Egress> {
    const ledger = await openLedger(memoryStorage(), () => START);
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch');
    });
    return createEgress(ledger, stop.signal, watchPagePolicy(page as Document, stop.signal));
  }
  const errorOf = async (egress: Egress): Promise<unknown> =>
    egress({ method: 'GET', purpose: 'metadata', url, maxBytes: 1 }).catch((error: unknown) => error);
  const violation = (report: Partial<SecurityPolicyViolationEvent>): Event =>
    Object.assign(new Event('securitypolicyviolation'), {
      effectiveDirective: 'connect-src',
      disposition: 'enforce',
      blockedURI: url.href,
      ...report,
    });

  test.each([
    ['the address', url.href],
    ['its origin alone, as some browsers report', url.origin],
  ])('is blocked by the page if the browser reports %s, which it does afterwards', async (_, blockedURI) => {
    const page = new EventTarget();
    const failing = errorOf(await egressOf(page));
    setTimeout(() => page.dispatchEvent(violation({ blockedURI })), 5);
    const source = { name: 'orders', power: 'orders', error: (await failing) as LodestoneError } as const;
    expect(problemsOf({ ...FIRST_STATUS, sources: [source] })).toEqual([
      {
        code: 'ERR_NETWORK_POLICY',
        of: 'orders',
        sentence:
          "this page's Content-Security-Policy blocks https://orders.example/metadata/timestamp.json: add https://orders.example to its connect-src",
        fix: 'change the header or the meta element that sets the policy, and load the page again',
      },
    ]);
  });

  test.each([
    ['another directive', { effectiveDirective: 'img-src' }],
    ['another address', { blockedURI: 'https://other.example' }],
    ['a policy that only reports', { disposition: 'report' as const }],
  ])('is not blocked by the page if the report is of %s', async (_, report) => {
    const page = new EventTarget();
    const egress = await egressOf(page);
    page.dispatchEvent(violation(report));
    expect(await errorOf(egress)).toMatchObject({ code: 'ERR_NETWORK' });
  });
});

describe('the guard', () => {
  const after = (...events: GuardEvent[]): GuardState =>
    events.reduce((state, event) => nextGuard(state, event).state, FIRST_STATE);
  const tooOld = new LodestoneError('ERR_UNSUPPORTED', 'this browser lacks WebCrypto X25519: use Chrome 137');

  test('in a browser that is too old is unsupported, which is final', () => {
    const state = after({ type: 'not-opened', error: tooOld });
    expect(state.status).toMatchObject({
      state: 'unsupported',
      problems: [
        {
          code: 'ERR_UNSUPPORTED',
          of: 'sandbox',
          sentence: tooOld.message,
          fix: 'open the page in one of the named browsers, over https or from localhost',
        },
      ],
    });
    expect(nextGuard(state, { type: 'opened', storage: 'memory' }).state.status.state).toBe('unsupported');
  });

  test('without storage says so', () => {
    const { problems } = after({ type: 'opened', storage: 'memory' }).status;
    expect(problems).toMatchObject([{ code: 'ERR_STORAGE', of: 'storage' }]);
  });

  test('names lists, parts and the outbox, and forgets a problem that is mended', () => {
    const error = new LodestoneError('ERR_NETWORK', 'no answer');
    const reference = 'lists:v1/lists/demo/manifest.json' as TargetReference;
    const inputs = (of: readonly object[]): GuardEvent => ({
      type: 'inputs',
      inputs: { sources: [], orders: [], lists: of as never, models: [] },
      isOrderInForce: false,
    });
    const failing = after(
      { type: 'opened', storage: 'persistent' },
      inputs([{ reference, error }]),
      { type: 'part', part: 'video', error: new LodestoneError('ERR_SANDBOX_PART', 'failed') },
      { type: 'network', change: { outbox: { armed: [], error: new LodestoneError('ERR_KEYS', 'no key') } } },
    );
    expect(failing.status.problems.map(({ of, code }) => `${of} ${code}`)).toEqual([
      `${reference} ERR_NETWORK`,
      'video ERR_SANDBOX_PART',
      'outbox ERR_KEYS',
    ]);
    expect(nextGuard(failing, inputs([{ reference }])).state.status.problems).toHaveLength(2);
  });

  test('keeps the same array of problems until one changes', () => {
    const state = after({ type: 'not-opened', error: tooOld });
    const next = nextGuard(state, { type: 'network', change: { notices: [] } }).state;
    expect(next.status).not.toBe(state.status);
    expect(next.status.problems).toBe(state.status.problems);
  });
});

test('an account service that is not reached is a matter of `subject` and of connect-src', () => {
  const error = new LodestoneError('ERR_SUBJECT', 'the account service returned no subject ids');
  const [problem] = problemsOf({ ...FIRST_STATUS, outbox: { armed: [], error } });
  expect(problem?.fix).toMatch(/`subject`.*connect-src/);
});

test.each([
  ['ERR_NETWORK', 'start the receiver, or set `endpoint` to its address'],
  ['ERR_STORAGE', 'free space on the device, and load the page again'],
] as const)(
  '%s of the outbox has a fix for the receiver or the step, not for a repository or a database',
  (code, fix) => {
    const outbox = { armed: [], error: new LodestoneError(code, 'failed') };
    expect(problemsOf({ ...FIRST_STATUS, outbox })).toMatchObject([{ code, of: 'outbox', fix }]);
  },
);

test('debug writes each problem once', () => {
  const lines: string[] = [];
  const log = createProblemLog((line) => lines.push(line));
  const problem: Problem = { code: 'ERR_NETWORK', of: 'court', sentence: 'no answer', fix: 'try again' };
  log([problem]);
  log([]);
  log([problem, { ...problem, of: 'centre', sentence: 'is this the root?' }]);
  expect(lines).toEqual([
    'Lodestone: ERR_NETWORK (court): no answer. To do: try again.',
    'Lodestone: ERR_NETWORK (centre): is this the root? To do: try again.',
  ]);
});
