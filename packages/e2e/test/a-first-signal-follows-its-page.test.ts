/** The commands of docs/provide/first-signal.md run as they are written, and its documents fit together. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseOrder } from '@lodestone/protocol';
import { SITE_PORT } from '@lodestone/tools/docs/site';
import { ROOT, SOURCE } from '@lodestone/tools/run/program';
import { expect, test } from 'vitest';

const page = await readFile(path.join(ROOT, 'docs/provide/first-signal.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

const [order = '', configuration = ''] = blocks('json');
const { authorities, endpoint } = JSON.parse(configuration) as {
  endpoint: string;
  authorities: Record<'orders' | 'lists', { name: string; root: string }[]> & { provider: { root: string } };
};
const roots = [...authorities.orders, ...authorities.lists, authorities.provider].map(({ root }) => root);

test('the order, the receiver’s configuration, the account service and the app name the same things', () => {
  const { receiver, detect } = parseOrder(new TextEncoder().encode(order));
  expect(receiver?.endpoint).toBe(endpoint);
  const [service = '', app = ''] = blocks('ts');
  for (const sample of [service, app]) expect(sample).toContain(`'${endpoint}'`);
  expect(detect.map((item) => item.kind === 'known' && item.list.split(':')[0])).toEqual(
    authorities.lists.map(({ name }) => name),
  );
  expect(roots).toHaveLength(3);
  for (const root of roots) expect(app).toContain(`'./my-${root}'`);
});

test.each(['docs/start.md', 'docs/provide/first-signal.md'])(
  'the server of private keys in %s listens on this machine alone, and not where the documentation does',
  async (file) => {
    const text = await readFile(path.join(ROOT, file), 'utf8');
    const servers = text.match(/^ {4}npx --yes http-server .*$/gm) ?? [];
    expect(servers).toHaveLength(1);
    for (const server of servers) {
      expect(server).toContain(' -a 127.0.0.1');
      expect(server).not.toContain(` -p ${SITE_PORT}`);
    }
    expect(text).not.toMatch(/localhost:47/);
  },
);

test(
  'the commands stage and publish the order, and give receiver and app the same roots',
  { tags: '@long' },
  async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), 'first-signal-'));
    const trial = path.join(home, 'trial');
    const picture = path.join(ROOT, 'packages/sandbox/test/fixtures/picture.jpg');
    try {
      await mkdir(path.join(trial, 'pictures'), { recursive: true });
      await mkdir(path.join(home, 'my-app/src'), { recursive: true });
      await copyFile(picture, path.join(trial, 'pictures/picture.jpg'));
      await writeFile(path.join(trial, 'order.json'), order);
      const commands = blocks('sh')
        .join('')
        .replaceAll(/^alias lodestone-(\w+)=.*$/gm, (_, name: string) => {
          const program = path.join(ROOT, `packages/${name}/src/cli/main.ts`);
          return `lodestone-${name}() { '${process.execPath}' ${SOURCE} '${program}' "$@"; }`;
        });
      await promisify(execFile)('bash', ['-ec', commands], { cwd: trial });

      for (const root of roots) {
        const shipped = await readFile(path.join(home, 'my-app/src', `my-${root}`), 'utf8');
        expect(await readFile(path.join(trial, 'receiver', root), 'utf8')).toBe(shipped);
      }
    } finally {
      await rm(home, { recursive: true });
    }
  },
);
