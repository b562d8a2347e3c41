/** What each command prints, and its exit code. The last test starts the program as users do. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { CaseReason } from '@lodestone/protocol/case-review';
import { printFeedbackLine } from '@lodestone/protocol/feedback';
import type { Name } from '@lodestone/protocol/name';
import { toInstant } from '@lodestone/protocol/time';
import { inventedHash, picture, temporaryFolder } from './support/authority-folder.ts';
import { MAIN, run, startProgram } from './support/command-line.ts';
import { classifierOrder, KEYS, MODEL_DRAFT, MODEL_FILE, order, RUNTIME } from './support/documents.ts';

test('a list authority creates keys, imports and publishes', async () => {
  const folder = await temporaryFolder();
  const dir = path.join(folder, 'lists');
  const init = await run(
    'init',
    dir,
    '--name',
    'demo-lists',
    '--power',
    'lists',
    '--all-keys-here',
    '--keys',
    '3',
    '--threshold',
    '2',
  );
  expect(init).toEqual({
    code: 0,
    err: expect.stringMatching(/^warning: all 8 private keys are in .+ For tests and demos only\.\n$/),
    out: `${path.join(dir, 'root.json')}\n`,
  });

  const pictures = path.join(folder, 'pictures');
  await mkdir(pictures);
  await writeFile(path.join(pictures, 'one.png'), await picture(1).png().toBuffer());
  await writeFile(path.join(pictures, 'text.txt'), 'no picture');
  const imported = await run('import', dir, pictures, '--list', 'demo', '--purpose', 'verified', '--by', 'tester');
  expect(imported.out).toMatch(/^added {4}one\.png: entry \d+ \(pdq\)\nrefused {2}text\.txt: not a readable picture/);
  expect(imported.out).toMatch(/\n1 added, 0 already known, 1 refused\n$/);

  await writeFile(path.join(folder, 'more.csv'), `type,hash,entry\npdq,${inventedHash(1)},77\n`);
  expect(
    (await run('import', dir, path.join(folder, 'more.csv'), '--list', 'demo', '--purpose', 'verified')).code,
  ).toBe(0);
  expect(await run('suppress', dir, '77', '--list', 'demo')).toMatchObject({
    code: 0,
    out: 'suppressed 77 of demo; takes effect with the next publication\n',
  });
  const entry = Number(/entry (\d+)/.exec(imported.out)?.[1]);
  const line = (of: number, reason: CaseReason, list = 'demo'): string =>
    printFeedbackLine({ list: list as Name, entry: of, reason, evidence: 'exact', day: '2026-11-24' });
  const lines = [
    line(5, 'wrong-match'),
    line(77, 'wrong-match'),
    line(entry, 'account-misused'),
    line(6, 'wrong-match', 'other'),
  ];
  await writeFile(
    path.join(folder, 'feedback.ndjson'),
    [...lines, line(entry, 'wrong-match'), line(entry, 'wrong-match')].join(''),
  );
  expect((await run('feedback', dir, path.join(folder, 'feedback.ndjson'), '--list', 'demo')).out).toBe(
    `${entry} (in force): 2 × wrong-match, 1 × account-misused\n5 (never in the list): 1 × wrong-match\n77 (suppressed): 1 × wrong-match\n3 entries of demo\n`,
  );

  const published = await run('publish', dir);
  expect(published).toMatchObject({ code: 0, err: '' });
  expect(published.out).toContain(
    'list demo 1: 1 pdq, 0 sha256, 0 vpdq\nroot 1, targets 1, snapshot 1, timestamp 1 in ',
  );
  expect((await run('publish', dir, '--timestamp-only')).out).toContain(
    'root 1, targets 1, snapshot 1, timestamp 2 in ',
  );

  const verified = await run('verify', dir, '--root', path.join(dir, 'root.json'));
  expect(verified).toMatchObject({ code: 0, err: '' });
  expect(verified.out).toMatch(/^list {3}v1\/lists\/demo\/manifest\.json: in force, version 1, 1 pdq/);
  expect(verified.out).toContain('suppr. v1/lists/demo/suppression.json: 1 entries\n');
  expect(verified.out).toMatch(/\nroot {3}1: 2 of 3 keys sign, until \S+\nverified: targets 1, timestamp 2\n$/);
});

test('a provider stages, publishes and withdraws', async () => {
  const folder = await temporaryFolder();
  const dir = path.join(folder, 'provider');
  await run(
    'init',
    dir,
    '--name',
    'demo-provider',
    '--power',
    'provider',
    '--all-keys-here',
    '--keys',
    '1',
    '--threshold',
    '1',
  );
  const day = 86_400_000;
  const dates = { notBefore: toInstant(Date.now() - day), notAfter: toInstant(Date.now() + day) };
  await writeFile(path.join(folder, 'policy.json'), JSON.stringify(order({ basis: 'consent', ...dates })));
  await writeFile(path.join(folder, 'receiver.json'), JSON.stringify(KEYS));
  expect((await run('order', dir, path.join(folder, 'policy.json'))).out).toMatch(
    /^staged v1\/orders\/demo-order\.json\nlaw: no rule of ZZ forbids this order/,
  );
  expect((await run('keys', dir, path.join(folder, 'receiver.json'))).out).toBe('staged v1/keys/receiver.json\n');
  await run('publish', dir);
  const { out } = await run('verify', dir, '--root', path.join(dir, 'root.json'));
  expect(out).toContain(
    `order  v1/orders/demo-order.json: in-force, ${dates.notBefore} to ${dates.notAfter}, basis "consent"\n`,
  );
  expect(out).toContain('key    v1/keys/receiver.json: id 1, ');
  expect((await run('withdraw', dir, 'v1/orders/demo-order.json')).out).toBe('withdrew v1/orders/demo-order.json\n');
});

test('a provider publishes a model, and an order uses it', async () => {
  const folder = await temporaryFolder();
  const at = (name: string): string => path.join(folder, name);
  const dir = at('provider');
  await run(
    'init',
    dir,
    '--name',
    'demo-provider',
    '--power',
    'provider',
    '--all-keys-here',
    '--keys',
    '1',
    '--threshold',
    '1',
  );
  await writeFile(at('draft.json'), JSON.stringify({ ...MODEL_DRAFT, figures: [] }));
  await writeFile(at('model.onnx'), MODEL_FILE);
  await writeFile(at('runtime.wasm'), RUNTIME);
  const files = ['--manifest', at('draft.json'), '--file', at('model.onnx'), '--runtime', at('runtime.wasm')];
  expect(await run('model', dir, ...files, '--days', '30')).toEqual({
    code: 0,
    err: '',
    out: 'staged v1/models/demo/manifest.json, version 1\n',
  });

  const manifest = path.join(dir, 'staged/v1/models/demo/manifest.json');
  const dates = { notBefore: toInstant(Date.now()), notAfter: toInstant(Date.now() + 86_400_000) };
  await writeFile(at('order.json'), JSON.stringify({ ...(classifierOrder({ basis: 'consent' }) as object), ...dates }));
  expect(await run('order', dir, at('order.json'))).toEqual({
    code: 0,
    err: '',
    out: expect.stringMatching(
      /^staged v1\/orders\/demo-order\.json\n(?:law: .+\n)+not checked: provider:v1\/models\/demo\/manifest\.json must have per-group accuracy figures; pass its manifest with --model\n$/,
    ),
  });
  const { code, out, err } = await run('order', dir, at('order.json'), '--model', manifest);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^ERR_MODEL: order demo-order violates the rule signal-needs-figures: .+\n$/);

  await run('publish', dir);
  const verified = await run('verify', dir, '--root', path.join(dir, 'root.json'));
  expect(verified.out).toMatch(
    /\nmodel {2}v1\/models\/demo\/manifest\.json: in force, version 1, no per-group accuracy figures: never signals, until /,
  );
  expect(verified.out).toMatch(/\n {7}SHA-256 [0-9a-f]{64}, 4 bytes\n/);
  expect((await run('model', dir, ...files, '--days', '366')).err).toBe(
    'ERR_USAGE: days is 366; it must be a whole number from 1 to 365\n',
  );
});

test('an order of a jurisdiction without rules is staged only with --unjudged, and the output says that it was not judged', async () => {
  const folder = await temporaryFolder();
  const dir = path.join(folder, 'orders');
  await run('init', dir, '--name', 'demo-orders', '--power', 'orders', '--all-keys-here');
  const file = path.join(folder, 'order.json');
  const dates = { notBefore: toInstant(Date.now()), notAfter: toInstant(Date.now() + 86_400_000) };
  const document = order({ legal: { instrument: 'Invented', jurisdiction: 'IS' }, ...dates });
  await writeFile(file, JSON.stringify(document));
  expect(await run('order', dir, file)).toEqual({
    code: 1,
    out: '',
    err: 'ERR_ORDER_LAW: order demo-order cannot be judged: no rules are known for IS. Have a lawyer judge it, and then stage it with --unjudged (in the library: unjudged)\n',
  });
  expect(existsSync(path.join(dir, 'staged/v1/orders/demo-order.json'))).toBe(false);
  expect(await run('order', dir, file, '--unjudged')).toEqual({
    code: 0,
    err: '',
    out: expect.stringMatching(
      /^staged v1\/orders\/demo-order\.json\nlaw: unjudged: whether this order is lawful in IS is unknown\n/,
    ),
  });
  expect(existsSync(path.join(dir, 'staged/v1/orders/demo-order.json'))).toBe(true);
});

test('an error is one line that starts with its code, and the exit code is 1', async () => {
  const folder = await temporaryFolder();
  const dir = path.join(folder, 'orders');
  await run('init', dir, '--name', 'demo-orders', '--power', 'orders', '--all-keys-here');
  const file = path.join(folder, 'order.json');
  await writeFile(file, JSON.stringify(order({ legal: { instrument: 'x', jurisdiction: 'GB' } })));
  const cases: [string[], RegExp][] = [
    [['order', dir, file], /^ERR_ORDER_LAW: order demo-order violates the rule uk-technology-not-accredited: .+\n$/],
    [['order', dir, path.join(folder, 'none.json')], /^ERR_USAGE: .+none\.json cannot be read.+\n$/],
    [['order', dir, MAIN], /^ERR_SCHEMA: .+main\.ts is not a JSON document.+\n$/],
    [['keys', dir, file], /^ERR_TRUST_POWER: .+\n$/],
    [['import', dir, folder, '--list', 'demo', '--purpose', 'other'], /^ERR_TRUST_POWER: .+\n$/],
    [['init', dir, '--name', 'again', '--power', 'orders', '--all-keys-here'], /^ERR_REPOSITORY: .+\n$/],
    [
      ['init', `${dir}-2`, '--name', 'x', '--power', 'orders', '--all-keys-here', '--keys', '1'],
      /^ERR_USAGE: 2 of 1 keys.+\n$/,
    ],
    [
      ['verify', dir, '--root', path.join(dir, 'root.json')],
      /^ERR_TRUST_MISSING: the repository has no metadata\/timestamp\.json\n$/,
    ],
    [['verify', dir, '--root', path.join(dir, 'authority.json')], /^ERR_TRUST_METADATA: .+\n$/],
    [['publish', folder], /^ERR_REPOSITORY: .+\n$/],
    [
      ['init', `${dir}-2`, '--name', 'x', '--power', 'orders'],
      /^ERR_USAGE: pass each holder's public key with --holder/,
    ],
    [['prepare', dir], /^ERR_USAGE: .+ nothing to prepare: run "lodestone-authority publish"\n$/],
    [['status', dir], /^ERR_REPOSITORY: .+ has no publication to sign/],
    [['sign', dir], /^ERR_USAGE: pass your key with --key/],
    [['rotate', dir, '--remove', 'x'], /^ERR_USAGE: .+ its keys cannot be replaced\n$/],
    [['init', dir], /^error: required option '--name <name>' not specified\n$/],
    [['suppress', dir, 'x', '--list', 'demo'], /must be a whole number/],
    [['feedback', dir, path.join(dir, 'none'), '--list', 'demo'], /^ERR_USAGE: cannot read/],
    [['feedback', dir, path.join(dir, 'root.json'), '--list', 'demo'], /^ERR_SCHEMA: feedback/],
  ];
  for (const [args, sentence] of cases) {
    const { code, out, err } = await run(...args);
    expect({ code, out }, args.join(' ')).toEqual({ code: 1, out: '' });
    expect(err).toMatch(sentence);
  }
});

test('the program prints the same as its function, and exits with the same code', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  const dir = path.join(folder, 'lists');
  const init = ['init', dir, '--name', 'demo-lists', '--power', 'lists', '--all-keys-here'];
  expect(await startProgram(init)).toEqual({
    code: 0,
    out: `${path.join(dir, 'root.json')}\n`,
    err: expect.stringMatching(/^warning: all 8 private keys are in /) as unknown,
  });
  for (const args of [init, ['init', dir], ['verify', dir, '--root', 'none'], ['--help'], []]) {
    expect(await startProgram(args), args.join(' ')).toEqual(await run(...args));
  }
});
