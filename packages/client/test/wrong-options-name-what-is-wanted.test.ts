/** What hosts pass for options, right and wrong: the message names the option, what it is, and what is wanted. Spec: docs/design/client.md#roots */
import { runInNewContext } from 'node:vm';
import { toHex } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { throwIfWrong } from '../src/call-options.ts';
import { toBlob } from '../src/content/content-source.ts';
import { createGuard, type Guard } from '../src/index.ts';
import { type GuardOptions, checkOptions } from '../src/options.ts';
import { rootBytes } from '../src/network/updater/root-bytes.ts';
import type { RootOption } from '../src/root-option.ts';
import { createFakeGuard } from '../src/testing/index.ts';
import { World } from './world.ts';

const ALLOWED = { outcome: 'clear', action: 'allow', orders: [] } as const;
const START = Date.UTC(2026, 10, 24, 8);
let world: World;
let root: Uint8Array<ArrayBuffer>;

beforeEach(async () => {
  world = await World.create(START);
  root = Uint8Array.from(world.pinned('orders'));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const text = (): string => new TextDecoder().decode(root);
/** Of another realm, as in jsdom: `instanceof` of this realm does not know it. */
const foreign = (type: string): RootOption =>
  runInNewContext(
    `const bytes = Uint8Array.from(all); type === 'ArrayBuffer' ? bytes.buffer : new globalThis[type](bytes.buffer)`,
    { all: [...root], type },
  ) as RootOption;

describe('a root', () => {
  test.each<[string, () => RootOption]>([
    ['bytes', () => root],
    ['a Node buffer that is a part of a larger one', () => Buffer.from(`xx${text()}`).subarray(2)],
    ['an ArrayBuffer', () => root.buffer],
    ['a DataView', () => new DataView(root.buffer)],
    ['an ArrayBuffer of another realm', () => foreign('ArrayBuffer')],
    ['a Uint8Array of another realm', () => foreign('Uint8Array')],
    ['text', text],
    ['text with a line break at its end and other spaces', () => `${JSON.stringify(JSON.parse(text()), null, 2)}\n`],
    ['imported JSON', () => JSON.parse(text()) as RootOption],
  ])('may be %s', (_, given) => {
    const value = given();
    expect(value instanceof Uint8Array && value.buffer === root.buffer).toBe(value === root);
    expect(() => checkOptions(withRoot(value))).not.toThrow();
    expect(toHex(rootBytes(value))).toBe(toHex(root));
  });

  const WANTED = 'pass root.json as text, as bytes (an ArrayBuffer or a view) or as imported JSON';
  test.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'is missing'],
    ['a promise', () => Promise.resolve(root), 'is a promise: await it'],
    ['a Response', () => new Response(root), 'is a Response, not its content: await its text()'],
    ['a Blob', () => new Blob([root]), 'is a Blob, not its content: await its text()'],
    ['a URL', () => new URL('https://a.example/root.json'), 'is an address, not the file'],
    ['an address', () => '/root.json', 'is an address, not the file'],
    ['no bytes', () => new Uint8Array(), 'is empty'],
    ['other bytes', () => Uint8Array.of(1, 2), 'is not JSON'],
    [
      'the start page of the app',
      () => '<!doctype html><title>App</title>',
      'is an HTML page: the server answered with its start page instead of root.json',
    ],
    ['a number', () => 7, 'is a number'],
    ['another metadata file', () => ({ signed: { _type: 'timestamp' } }), 'is the metadata timestamp.json, not a root'],
    ['other JSON', () => ({ root: true }), 'is JSON of another kind, not a root'],
  ])('that is %s is refused', (_, given, why) => {
    expect(messageOf(withRoot(given() as RootOption))).toBe(
      `createGuard options at authorities.orders.0.root: ${why}: ${WANTED}`,
    );
  });
});

test('all faults are named at once, with the values that are allowed and the key that is unknown', () => {
  const options = { ...world.options({ endpoint: 'http://a.example/', whileUnknown: 'ask' as never }), retries: 3 };
  expect(messageOf(options)).toBe(
    'createGuard options: 3 faults: unknown key retries;' +
      ' at endpoint: not an https address (http is allowed on localhost only);' +
      ' at whileUnknown: "ask" is not allowed: use one of "allow", "warn", "block"',
  );
});

test('an option that is a circular object is named as an object', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  expect(messageOf(world.options({ storageName: circular as never }))).toBe(
    'createGuard options at storageName: an object is not allowed: use a value of type string',
  );
});

describe('check', () => {
  test('without options says what to pass', () => {
    expect(() => throwIfWrong('check', undefined)).toThrow(
      'check: the surface is missing: pass { surface } as second argument, one of send, receive, upload, profile',
    );
  });

  test('with an unknown surface names those that exist', () => {
    expect(() => throwIfWrong('check', { surface: 'mail' })).toThrow(
      'check: surface "mail" is unknown: use one of send, receive, upload, profile',
    );
  });

  test.each([
    [{ signal: new AbortController() }, 'check: signal is not an AbortSignal: pass `controller.signal`'],
    [{ onProgress: 1 }, 'check: onProgress is not a function'],
    [{ automatic: 'false' }, 'check: automatic is not a boolean'],
  ])('names an option of the wrong type: %o', async (wrong, message) => {
    const options = { surface: 'send', ...wrong } as never;
    vi.stubGlobal('document', {}); // without one a guard only says ERR_NO_DOCUMENT
    const guards = [createGuard(world.options()), createFakeGuard({ answer: ALLOWED })];
    for (const guard of guards) {
      await expect(guard.check(new Blob(['x']), options)).rejects.toMatchObject({ code: 'ERR_CONTENT', message });
      guard.dispose();
    }
  });

  test('takes bytes of another realm', async () => {
    expect(await toBlob(foreign('Uint8Array')).text()).toBe(text());
  });
});

describe.each([
  ['a guard', () => createGuard(world.options())],
  ['a fake guard', () => createFakeGuard({ answer: ALLOWED })],
] as const)('%s', (_, create) => {
  test('throws if prepare or appliesTo gets no surface, or an unknown word', () => {
    const guard = create();
    expect(() => guard.prepare(undefined as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTIONS',
        message: 'prepare: the surface is missing: pass { surface }, one of send, receive, upload, profile',
      }),
    );
    expect(() => guard.prepare({ surface: 'mail' as never })).toThrow(
      'prepare: surface "mail" is unknown: use one of send, receive, upload, profile',
    );
    expect(() => guard.appliesTo({ surface: 'send', media: 'picture' as never })).toThrow(
      'appliesTo: media "picture" is unknown: use one of image, video, file',
    );
    expect(guard.appliesTo({ surface: 'send', media: 'image' })).toBe(true);
  });
});

describe('with debug, a second guard of one storage', () => {
  const create = (storageName?: string): Guard => createGuard(world.options({ debug: true, storageName }));
  const linesOf = (use: () => Guard[]): unknown[] => {
    vi.stubGlobal('document', {});
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    for (const guard of use()) guard.dispose();
    return warn.mock.calls.flat();
  };

  test('is named once, however many follow', () => {
    expect(linesOf(() => [create(), create(), create()])).toEqual([
      'Lodestone: ERR_OPTIONS (createGuard): this page has two guards with one storage.' +
        ' To do: create the guard once, outside of components, and dispose of it before the next.',
    ]);
  });

  test('is none if the first was disposed, or has another storage', () => {
    expect(
      linesOf(() => {
        create().dispose();
        return [create(), create('other')];
      }),
    ).toEqual([]);
  });
});

test('after dispose every method that returns a promise rejects with ERR_DISPOSED', async () => {
  const guard = createGuard(world.options());
  guard.dispose();
  const calls = [
    guard.check(new Blob(['x']), { surface: 'send' }),
    guard.acknowledgeOrder('a' as never),
    guard.acknowledgeNotice('a'),
    guard.ledger.entries(),
    guard.ledger.export(),
  ];
  for (const call of calls)
    await expect(call).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
      message: 'the guard was disposed: create another one',
    });
  expect(guard.appliesTo({ surface: 'send' })).toBe(false);
  await guard.firstRefresh;
});

function withRoot(given: RootOption): GuardOptions {
  const options = world.options();
  const [orders] = options.authorities.orders;
  if (!orders) throw new Error('no source');
  return { ...options, authorities: { ...options.authorities, orders: [{ ...orders, root: given }] } };
}

function messageOf(options: GuardOptions): string {
  try {
    checkOptions(options);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_OPTIONS' });
    return (error as Error).message;
  }
  return '';
}
